import { newId } from '../../domain/ids';
import { openTask } from '../../db/tasks';
import type { TestApi } from './api';

/** A withdrawal's approval in the entity `cy`, opened as its process would; answers the task's id. */
export async function openApproval(
  api: TestApi,
  clientId: string,
  excluded: readonly string[] = [],
): Promise<string> {
  const subject = newId('withdrawal');
  const task = await api.system((tx) =>
    openTask(tx, {
      kind: 'withdrawal_approval',
      subject,
      workflowId: null,
      entityId: 'cy',
      clientId,
      title: 'Approve a withdrawal',
      issue: [],
      content: { withdrawal: subject },
      excluded,
      key: subject,
    }),
  );
  return task.id;
}
