import { newId } from '../../domain/ids';
import { openTask } from '../../db/tasks';
import type { TestApi } from './api';

/** A withdrawal's approval, opened as its process would; answers the task's id. */
export async function openApproval(
  api: TestApi,
  clientId: string,
  excluded: readonly string[] = [],
  entityId = 'cy',
): Promise<string> {
  const subject = newId('withdrawal');
  const task = await api.system((tx) =>
    openTask(tx, {
      kind: 'withdrawal_approval',
      subject,
      workflowId: null,
      entityId,
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
