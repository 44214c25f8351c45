import { condition, proxyActivities } from '@temporalio/workflow';
import type { DepositActivities } from '../activities/deposit';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { returnPayment } from './deposit-return';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';
import { carryOut } from './outside';

const db = proxyActivities<DepositActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const once = proxyActivities<DepositActivities>({
  ...onceOnlyCall,
  taskQueue: taskQueues.payments,
});
const ask = proxyActivities<DepositActivities>({ ...provider, taskQueue: taskQueues.payments });

const firstAskMs = 5_000;
const longestAskMs = 15 * 60_000;

/** A deposit: what the payer has to do, the provider's word that it was paid, and one credit to the wallet. */
export async function deposit({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  // A webhook may overtake the answer to our own call, or have come before this run began.
  let standing = await db.settleDeposit(id, { ask: false });
  if (standing === 'waiting') {
    const opened = await carryOut({
      id,
      perform: () => once.openPayment(id),
      lookUp: () => ask.lookUpPayment(id),
      report: (result) => db.reportDeposit(id, result),
      nudged: nudge.set,
      forgetNudge: nudge.clear,
    });
    if (opened.kind === 'refused') {
      await db.refuseDeposit(id, opened.code);
      return 'failed';
    }
    await db.showPayment(id);
    standing = await db.settleDeposit(id, { ask: false });
  }
  for (;;) {
    // The webhook wakes us; asking covers the one that never comes.
    let waitMs = firstAskMs;
    while (standing === 'waiting' || standing === 'held') {
      await goOnInNewRun(id);
      const woken = await condition(nudge.set, waitMs);
      nudge.clear();
      standing = woken
        ? await db.settleDeposit(id, { ask: false })
        : await ask.settleDeposit(id, { ask: true });
      waitMs = Math.min(waitMs * 2, longestAskMs);
    }
    if (standing !== 'returning') return standing;
    if ((await returnPayment(id, nudge)) === 'returned') return 'returned';
    // It was refused where it should have gone, and what becomes of it is asked anew.
    standing = 'held';
  }
}
