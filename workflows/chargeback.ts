import { condition, proxyActivities } from '@temporalio/workflow';
import type { ChargebackActivities } from '../activities/chargeback';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';

const db = proxyActivities<ChargebackActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

const lookAgainMs = 24 * 60 * 60_000;

/**
 * A chargeback from the day that it is told of: people say whether it is contested, the provider says how it ends, and
 * what the client owes is taken when there is something in the wallet.
 */
export async function chargeback({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  let standing = await db.settleChargeback(id);
  while (standing === 'waiting') {
    await goOnInNewRun(id);
    await condition(nudge.set, lookAgainMs);
    nudge.clear();
    standing = await db.settleChargeback(id);
  }
  return standing;
}
