import { newId } from '../../domain/ids';
import { workflowIds } from '../../temporal-config/workflow-ids';
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

/** An officer's review of a case, opened as its process would; answers the task's id. */
export async function openReview(
  api: TestApi,
  { entityId, clientId }: { readonly entityId: string; readonly clientId: string },
  caseId: string,
): Promise<string> {
  const task = await api.system((tx) =>
    openTask(tx, {
      kind: 'kyc_review',
      subject: caseId,
      workflowId: workflowIds.kyc(caseId),
      entityId,
      clientId,
      title: 'KYC review, round 1',
      issue: [],
      content: { case: caseId },
      key: `kyc_review/${caseId}`,
    }),
  );
  return task.id;
}

/** What two people are asked about a screening, tied to the screening and to no client. */
export async function openMatch(api: TestApi, entityId = 'cy'): Promise<string> {
  const subject = newId('screening');
  const task = await api.system((tx) =>
    openTask(tx, {
      kind: 'screening_match',
      subject,
      workflowId: null,
      entityId,
      clientId: null,
      title: 'Screening to be judged by two people',
      issue: [{ code: 'SANCTIONS_POSSIBLE' }],
      content: { screening: subject },
      key: subject,
    }),
  );
  return task.id;
}
