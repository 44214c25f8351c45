import {
  ActivityFailure,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  patched,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { SettlementActivities } from '../activities/settlement';
import { bulkPage, idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { listenForNudges, type Nudge } from './nudge';
import type { partnerPayout } from './partner-payout';

const db = proxyActivities<SettlementActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const bulk = proxyActivities<SettlementActivities>({ ...bulkPage, taskQueue: taskQueues.bulk });

const firstLookMs = 1_000;
const longestLookMs = 15 * 60_000;
const longestSleepMs = 24 * 60 * 60_000;

export interface SettlementInput {
  readonly planSet: string;
  /** `2026-10`, `2026-W41` or `2026-10-05`. */
  readonly period: string;
}

/** A plan set's period: every deal here, computed, approved by another person, each partner paid on the plan's day. */
export async function settlement(key: SettlementInput): Promise<string> {
  const nudge = listenForNudges();
  await waitFor(nudge, async () => (await db.checkSettlementFeeds(key)) === 'complete');
  for (;;) {
    await waitFor(nudge, async () => (await bulk.computeSettlement(key)) === 'computed');
    const decision = await decisionOn(key, nudge);
    if (decision === 'recompute') continue;
    if (decision === 'approve') break;
    await db.rejectSettlement(key);
    return 'rejected';
  }
  if (patched('pay-day')) await untilPayDay(key);
  await db.beginSettlementPayouts(key);
  await payAll(key);
  for (;;) {
    const failures = await db.resolveFailedPayouts(key);
    if (failures === 'none') break;
    if (failures === 'retry') await payAll(key);
    else await nudged(nudge);
  }
  await db.closeSettlement(key);
  return 'paid';
}

/** Looks again and again, at once when something was committed. */
async function waitFor(nudge: Nudge, isSo: () => Promise<boolean>): Promise<void> {
  let waitMs = firstLookMs;
  while (!(await isSo())) {
    await condition(nudge.set, waitMs);
    nudge.clear();
    waitMs = Math.min(waitMs * 2, longestLookMs);
  }
}

/** Asks the clock of the record, again after a day: a sleep of weeks would trust that of one machine. */
async function untilPayDay(key: SettlementInput): Promise<void> {
  for (;;) {
    const leftMs = await db.approveSettlement(key);
    if (leftMs === 0) return;
    await sleep(Math.min(leftMs, longestSleepMs));
  }
}

async function decisionOn(key: SettlementInput, nudge: Nudge) {
  for (;;) {
    const decision = await db.readSettlementDecision(key);
    if (decision !== 'waiting') return decision;
    await nudged(nudge);
  }
}

async function nudged(nudge: Nudge): Promise<void> {
  await condition(nudge.set);
  nudge.clear();
}

/** Every payout that is open, a window of them at a time; a long list goes on in a new run. */
async function payAll(key: SettlementInput): Promise<void> {
  for (;;) {
    const { settlement: id, payouts } = await db.nextSettlementPayouts(key);
    if (payouts.length === 0) return;
    await Promise.all(payouts.map((one) => payOne(id, one)));
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof settlement>(key);
  }
}

/** One partner's payout to its end; however it ends, the others go on. */
async function payOne(
  settlementId: string,
  { payout, partner }: { payout: string; partner: string },
): Promise<void> {
  try {
    await executeChild<typeof partnerPayout>('partnerPayout', {
      workflowId: workflowIds.payout(settlementId, partner),
      taskQueue: taskQueues.workflows,
      args: [{ id: payout }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: payout,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    // One of an earlier run of this process is still at it: it is looked at again.
    if (error instanceof WorkflowExecutionAlreadyStartedError) await sleep(1_000);
    else if (error instanceof ChildWorkflowFailure || error instanceof ActivityFailure)
      await db.failPartnerPayout(payout, 'process_failed');
    else throw error;
  }
}
