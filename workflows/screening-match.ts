import { condition, proxyActivities } from '@temporalio/workflow';
import type { RescreeningActivities } from '../activities/rescreening';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';

const db = proxyActivities<RescreeningActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

/** Somebody who is a client already came near a listed name: two people dismiss it, or the client is frozen until they do. */
export async function screeningMatch({ id }: { readonly id: string }): Promise<void> {
  const nudge = listenForNudges();
  while ((await db.followMatch(id)) === 'waiting') {
    await goOnInNewRun(id);
    await condition(nudge.set);
    nudge.clear();
  }
}
