import { condition, proxyActivities } from '@temporalio/workflow';
import type { ReceiptReturnActivities } from '../activities/receipt-return';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges, type Nudge } from './nudge';
import { carryOut } from './outside';

const db = proxyActivities<ReceiptReturnActivities>({
  ...idempotentWrite,
  taskQueue: taskQueues.db,
});
const once = proxyActivities<ReceiptReturnActivities>({
  ...onceOnlyCall,
  taskQueue: taskQueues.payments,
});
const ask = proxyActivities<ReceiptReturnActivities>({
  ...provider,
  taskQueue: taskQueues.payments,
});

const firstAskMs = 5_000;
const longestAskMs = 60 * 60_000;

/** Money that goes back to the account that it was paid from, until the bank says that it has paid. */
export async function receiptReturn({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  for (let round = 1; ; round += 1) {
    const sent = await carryOut({
      id,
      perform: () => once.sendReceiptReturn(id, round),
      lookUp: () => ask.lookUpReceiptReturn(id, round),
      report: (result) => db.reportReceiptReturn(id, result),
      nudged: nudge.set,
      forgetNudge: nudge.clear,
    });
    const end = sent.kind === 'done' ? await settled(id, round, nudge) : 'refused';
    if (end === 'returned') return end;
    const code = sent.kind === 'refused' ? sent.code : 'RETURNED';
    while ((await db.askAboutReceiptReturn(id, round, code)) === 'waiting') {
      await goOnInNewRun(id);
      await condition(nudge.set);
      nudge.clear();
    }
  }
}

async function settled(id: string, round: number, nudge: Nudge): Promise<'returned' | 'refused'> {
  let waitMs = firstAskMs;
  let standing = await db.settleReceiptReturn(id, round, { ask: false });
  while (standing === 'waiting') {
    await goOnInNewRun(id);
    const woken = await condition(nudge.set, waitMs);
    nudge.clear();
    standing = woken
      ? await db.settleReceiptReturn(id, round, { ask: false })
      : await ask.settleReceiptReturn(id, round, { ask: true });
    waitMs = Math.min(waitMs * 2, longestAskMs);
  }
  return standing;
}
