import { condition, proxyActivities } from '@temporalio/workflow';
import type { WithdrawalActivities } from '../activities/withdrawal';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges, type Nudge } from './nudge';
import { carryOut } from './outside';

const db = proxyActivities<WithdrawalActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const once = proxyActivities<WithdrawalActivities>({
  ...onceOnlyCall,
  taskQueue: taskQueues.payments,
});
const ask = proxyActivities<WithdrawalActivities>({ ...provider, taskQueue: taskQueues.payments });

const firstAskMs = 5_000;
const longestAskMs = 60 * 60_000;

/** A withdrawal: policy, people where it says so, then each leg back to where the money came from. */
export async function withdrawal({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  let state = await db.assessWithdrawal(id);
  while (state === 'in_review') {
    state = await db.readWithdrawalDecision(id);
    if (state !== 'in_review') break;
    await goOnInNewRun(id);
    await condition(nudge.set);
    nudge.clear();
  }
  if (state === 'approved' || state === 'paying') {
    for (const leg of await legsToPay(id, nudge)) await payOneLeg(id, leg, nudge);
  }
  return db.endWithdrawal(id);
}

/** What was approved is paid when nothing stops the client's money any more; a lifted restriction wakes us. */
async function legsToPay(id: string, nudge: Nudge): Promise<number[]> {
  let waitMs = firstAskMs;
  for (;;) {
    const legs = await db.startPaying(id);
    if (legs !== 'waiting') return legs;
    await condition(nudge.set, waitMs);
    nudge.clear();
    waitMs = Math.min(waitMs * 2, longestAskMs);
    await goOnInNewRun(id);
  }
}

/** One leg to its end: paid, or given up by a person. */
async function payOneLeg(id: string, leg: number, nudge: Nudge): Promise<void> {
  for (let round = 1; ; round += 1) {
    const sent = await carryOut({
      id,
      perform: () => once.sendLeg(id, leg, round),
      lookUp: () => ask.lookUpLeg(id, leg, round),
      report: (result) => db.reportLeg(id, result),
      nudged: nudge.set,
      forgetNudge: nudge.clear,
    });
    const standing = sent.kind === 'done' ? await settled(id, { leg, round, nudge }) : 'refused';
    if (standing === 'paid') return;
    await db.openLegTask(id, leg, round, sent.kind === 'refused' ? sent.code : 'RETURNED');
    if ((await decision(id, { leg, round, nudge })) === 'refuse') return;
  }
}

interface OneLeg {
  readonly leg: number;
  readonly round: number;
  readonly nudge: Nudge;
}

/** An accepted payout is over when the provider says so: by webhook, or when asked. */
async function settled(id: string, { leg, round, nudge }: OneLeg): Promise<'paid' | 'refused'> {
  let waitMs = firstAskMs;
  let standing = await db.settleLeg(id, leg, round, { ask: false });
  while (standing === 'waiting') {
    await goOnInNewRun(id);
    const woken = await condition(nudge.set, waitMs);
    nudge.clear();
    standing = woken
      ? await db.settleLeg(id, leg, round, { ask: false })
      : await ask.settleLeg(id, leg, round, { ask: true });
    waitMs = Math.min(waitMs * 2, longestAskMs);
  }
  return standing;
}

async function decision(id: string, { leg, round, nudge }: OneLeg): Promise<'retry' | 'refuse'> {
  for (;;) {
    const read = await db.readLegDecision(id, leg, round);
    if (read !== 'waiting') return read;
    await goOnInNewRun(id);
    await condition(nudge.set);
    nudge.clear();
  }
}
