import { condition, patched, proxyActivities } from '@temporalio/workflow';
import type { DocumentReadingActivities } from '../activities/document-reading';
import type { KycActivities } from '../activities/kyc';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { listenForNudges } from './nudge';

const db = proxyActivities<KycActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
/** A handful of pictures, each a second or, where the reader does not come to an end, most of a minute. */
const pictures = proxyActivities<DocumentReadingActivities>({
  ...idempotentWrite,
  startToCloseTimeout: '10 minutes',
  taskQueue: taskQueues.documents,
});

/** A KYC case: rules check it, people and the client answer where rules cannot, until it is decided. */
export async function kycCase({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  let state = await check(id);
  while (state !== 'approved' && state !== 'rejected') {
    state = await db.readCaseDecision(id);
    if (state === 'checking') state = await check(id);
    else if (state === 'in_review' || state === 'information_requested') {
      await condition(nudge.set);
      nudge.clear();
    }
  }
  return state;
}

/** Every submission is read before it is checked. */
async function check(id: string) {
  if (patched('pictures are read')) await pictures.readPictures(id);
  return db.assessCase(id);
}
