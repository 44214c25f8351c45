import { condition, proxyActivities } from '@temporalio/workflow';
import type { VerificationActivities } from '../activities/verification';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';

const db = proxyActivities<VerificationActivities>({
  ...idempotentWrite,
  taskQueue: taskQueues.db,
});

/** The time a client has to be verified after paying in: it sleeps on one timer, and reads its row when it wakes. */
export async function verificationClock({ id }: { id: string }): Promise<void> {
  const nudge = listenForNudges();
  for (;;) {
    const standing = await db.lookAtVerificationClock(id, new Date().toISOString());
    if (standing.kind === 'ended') return;
    await goOnInNewRun(id);
    await condition(nudge.set, standing.inMs);
    nudge.clear();
  }
}
