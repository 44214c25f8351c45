import { condition, proxyActivities } from '@temporalio/workflow';
import type { IdentityCheckActivities } from '../activities/identity-check';
import { idempotentWrite, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';

const db = proxyActivities<IdentityCheckActivities>({
  ...idempotentWrite,
  taskQueue: taskQueues.db,
});
/** Longer than a step may wait: the activity itself gives up when the check's time is over. */
const outside = proxyActivities<IdentityCheckActivities>({
  ...provider,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '40 days',
  taskQueue: taskQueues.documents,
});

/** An outside verifier is asked about somebody: it answers by a message, or is asked how it stands when none comes. */
export async function identityCheck({ id }: { readonly id: string }): Promise<void> {
  const nudge = listenForNudges();
  await outside.orderIdentityCheck(id);
  while ((await db.followIdentityCheck(id)) === 'waiting') {
    await goOnInNewRun(id);
    const isTold = await condition(nudge.set, '6 hours');
    nudge.clear();
    if (!isTold) await outside.lookAtIdentityCheck(id);
  }
}
