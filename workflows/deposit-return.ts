import { condition, proxyActivities } from '@temporalio/workflow';
import type { DepositReturnActivities } from '../activities/deposit-return';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import type { Nudge } from './nudge';
import { carryOut } from './outside';

const db = proxyActivities<DepositReturnActivities>({
  ...idempotentWrite,
  taskQueue: taskQueues.db,
});
const once = proxyActivities<DepositReturnActivities>({
  ...onceOnlyCall,
  taskQueue: taskQueues.payments,
});
const ask = proxyActivities<DepositReturnActivities>({
  ...provider,
  taskQueue: taskQueues.payments,
});

const firstAskMs = 5_000;
const longestAskMs = 60 * 60_000;

/** Gives a held payment back, until the provider says that it has. */
export async function returnPayment(id: string, nudge: Nudge): Promise<void> {
  for (let round = 1; ; round += 1) {
    const sent = await carryOut({
      id,
      perform: () => once.sendReturn(id, round),
      lookUp: () => ask.lookUpReturn(id, round),
      report: (result) => db.reportReturn(id, result),
      nudged: nudge.set,
      forgetNudge: nudge.clear,
    });
    const end = sent.kind === 'done' ? await settled(id, round, nudge) : 'refused';
    if (end === 'returned') return;
    const code = sent.kind === 'refused' ? sent.code : 'FAILED';
    while ((await db.askAboutReturn(id, round, code)) === 'waiting') {
      await goOnInNewRun(id);
      await condition(nudge.set);
      nudge.clear();
    }
  }
}

async function settled(id: string, round: number, nudge: Nudge): Promise<'returned' | 'refused'> {
  let waitMs = firstAskMs;
  let standing = await db.settleReturn(id, round, { ask: false });
  while (standing === 'waiting') {
    await goOnInNewRun(id);
    const woken = await condition(nudge.set, waitMs);
    nudge.clear();
    standing = woken
      ? await db.settleReturn(id, round, { ask: false })
      : await ask.settleReturn(id, round, { ask: true });
    waitMs = Math.min(waitMs * 2, longestAskMs);
  }
  return standing;
}
