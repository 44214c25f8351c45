import { condition, proxyActivities } from '@temporalio/workflow';
import type { KycActivities } from '../activities/kyc';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { listenForNudges } from './nudge';

const db = proxyActivities<KycActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

/** A KYC case: rules check it, people and the client answer where rules cannot, until it is decided. */
export async function kycCase({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  let state = await db.assessCase(id);
  while (state !== 'approved' && state !== 'rejected') {
    state = await db.readCaseDecision(id);
    if (state === 'checking') state = await db.assessCase(id);
    else if (state === 'in_review' || state === 'information_requested') {
      await condition(nudge.set);
      nudge.clear();
    }
  }
  return state;
}
