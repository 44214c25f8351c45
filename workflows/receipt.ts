import { condition, proxyActivities } from '@temporalio/workflow';
import type { ReceiptActivities } from '../activities/receipt';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';

const db = proxyActivities<ReceiptActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

/** Money that has arrived and is nobody's: it waits until two people say whose it is, or that it goes back. */
export async function receipt({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  let standing = await db.settleReceipt(id);
  while (standing === 'waiting') {
    await goOnInNewRun(id);
    await condition(nudge.set);
    nudge.clear();
    standing = await db.settleReceipt(id);
  }
  return standing;
}
