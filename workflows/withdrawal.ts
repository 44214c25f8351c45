import { condition, patched, proxyActivities } from '@temporalio/workflow';
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

type LegStanding = Awaited<ReturnType<WithdrawalActivities['settleLeg']>>;
type WithdrawalState = Awaited<ReturnType<WithdrawalActivities['assessWithdrawal']>>;

const firstAskMs = 5_000;
const longestAskMs = 60 * 60_000;

/** A withdrawal: policy, people where it says so, then each leg back to where the money came from. */
export async function withdrawal({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  for (;;) {
    const state = await decidedState(id, nudge);
    if (state !== 'approved' && state !== 'paying') break;
    const legs = await legsToPay(id, nudge);
    if (legs === 'edited') continue;
    for (const leg of legs) await payOneLeg(id, leg, nudge);
    break;
  }
  return db.endWithdrawal(id);
}

/** What policy, and people where it says so, have decided; an edit before the point of no return asks them again. */
async function decidedState(id: string, nudge: Nudge): Promise<WithdrawalState> {
  let state = await db.assessWithdrawal(id);
  // The assessment acts on a decision that is there already: there is nothing to read before somebody decides.
  let isRead = state === 'in_review' && patched('assessed-with-decision');
  while (state === 'in_review') {
    if (!isRead) state = await db.readWithdrawalDecision(id);
    isRead = false;
    if (state === 'requested') {
      state = await db.assessWithdrawal(id);
      isRead = true;
      continue;
    }
    if (state !== 'in_review') break;
    await goOnInNewRun(id);
    await condition(nudge.set);
    nudge.clear();
  }
  return state;
}

/** What was approved is paid when nothing stops the client's money any more; a lifted restriction wakes us. */
async function legsToPay(id: string, nudge: Nudge): Promise<number[] | 'edited'> {
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
    const standing =
      sent.kind === 'done' ? await settled(id, { leg, round, nudge }, sent.standing) : 'refused';
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

/** An accepted payout is over when the provider says so: by its answer, by webhook, or when asked. */
async function settled(
  id: string,
  { leg, round, nudge }: OneLeg,
  whenSent: LegStanding | undefined,
): Promise<'paid' | 'refused'> {
  let waitMs = firstAskMs;
  let standing = whenSent ?? (await db.settleLeg(id, leg, round, { ask: false }));
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
