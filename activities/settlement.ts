import { systemScope } from '../domain/access/scope';
import { PlanInvalid } from '../domain/partners/plan';
import { parsePeriod, type Period, periodBefore, periodsEnded } from '../domain/partners/period';
import { payDayOf } from '../domain/partners/pay-day';
import { formatAmount } from '../domain/money';
import { Problem } from '../domain/problem';
import { inScope, rows, type Database, type Tx } from '../db/connection';
import { calendarOf } from '../db/business-calendars';
import { appendEvents } from '../db/events';
import { askForPlanSetChecks } from '../db/feed-checks';
import { LedgerRefusal } from '../db/ledger';
import { listPlanSets, type PlanSet } from '../db/plan-sets';
import { finishProcess, setProcess } from '../db/processes';
import { approvalKey, computeAndAsk, lastPlan } from '../db/settlement/compute';
import { feedsBehind, type FeedBehind } from '../db/settlement/feeds-behind';
import {
  cancelPayouts,
  failedPayouts,
  failPayout,
  nextPayouts,
  type Payout,
  type PayoutState,
  payoutTotals,
  payPayout,
  retryPayout,
  withholdPayout,
} from '../db/settlement/payouts';
import { planSegments } from '../db/settlement/plan-segments';
import {
  keepPayDay,
  lastStarted,
  lockSettlement,
  moveSettlement,
  processOf,
  type Settlement,
  settlementEvent,
  type SettlementKey,
  settlementOf,
  startSettlement,
  uncomputedBefore,
} from '../db/settlement/settlements';
import { openTask, taskOfKey, type Task } from '../db/tasks';
import { beating } from './outside';

export interface SettlementDeps {
  readonly db: Database;
}

/** Where a settlement stands for its process. `blocked` waits for a plan that can be used. */
export type Computed = 'computed' | 'blocked';
export type SettlementDecision = 'waiting' | 'approve' | 'reject' | 'recompute';
export type Failures = 'none' | 'retry' | 'waiting';

const payoutsAtOnce = 20;
const planSetsPerPage = 200;
/** Periods of a plan set that are made up for at once; the next run takes what is left. */
const missedMax = 31;

/** What the settlement process does to the world. Every function may be called again. */
export function createSettlementActivities({ db }: SettlementDeps) {
  const within = <T>(key: SettlementKey, work: (tx: Tx) => Promise<T>) =>
    inScope(db, systemScope(`workflow:${processOf(key)}`), work);

  return {
    /** Whether every deal of the period is here; says on the process row what is missing. */
    async checkSettlementFeeds(key: SettlementKey): Promise<'complete' | 'behind'> {
      return within(key, async (tx) => {
        const settlement = await settlementOf(tx, key);
        if (settlement.state !== 'waiting_for_feed') return 'complete';
        const lateness = await latenessOf(tx, settlement);
        const behind =
          lateness === undefined ? undefined : await feedsBehind(tx, settlement, lateness);
        const before = await uncomputedBefore(tx, settlement);
        if (behind?.length === 0 && before === undefined) {
          await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
          await setProcess(tx, processOf(key), { state: 'computing' });
          return 'complete';
        }
        if (lateness !== undefined && behind?.some(({ missing }) => missing === 'checks'))
          await askForPlanSetChecks(tx, settlement, lateness);
        await setProcess(tx, processOf(key), {
          state: 'waiting_for_feed',
          waitsFor:
            behind === undefined
              ? planWanted
              : behind.length === 0
                ? `the settlement of ${before} to be computed`
                : wordsOf(settlement, behind),
        });
        return 'behind';
      });
    },

    /** Computes and asks for approval, unless that has been done and nobody asked for it again. */
    async computeSettlement(key: SettlementKey): Promise<Computed> {
      try {
        return await beating(() => within(key, (tx) => compute(tx, key)));
      } catch (error) {
        if (!isPlanMissing(error)) throw error;
        await within(key, (tx) =>
          setProcess(tx, processOf(key), { state: 'computing', waitsFor: planWanted }),
        );
        return 'blocked';
      }
    },

    /** The committed decision on the last run; one that was acted upon reads the same. */
    async readSettlementDecision(key: SettlementKey): Promise<SettlementDecision> {
      return within(key, async (tx) => decisionOf(tx, await settlementOf(tx, key)));
    },

    /** Notes that it is approved, and when it is paid; answers the milliseconds until then, none when it is now. */
    async approveSettlement(key: SettlementKey): Promise<number> {
      return within(key, async (tx) => {
        const settlement = await lockSettlement(tx, key);
        if (settlement.state === 'in_review') {
          const payAt = await payDay(tx, settlement);
          await moveSettlement(tx, settlement, { from: ['in_review'], to: 'approved' });
          await keepPayDay(tx, settlement.id, payAt);
          await appendEvents(tx, [approvedEvent(settlement, payAt)]);
          const day = payAt === null ? null : `the day of payment, ${payAt.slice(0, 16)} UTC`;
          await setProcess(tx, processOf(key), { state: 'approved', waitsFor: day, due: payAt });
        }
        return msUntilPayDay(tx, await settlementOf(tx, key));
      });
    },

    async beginSettlementPayouts(key: SettlementKey): Promise<void> {
      await within(key, async (tx) => {
        const settlement = await lockSettlement(tx, key);
        const from = settlement.state;
        if (
          !(await moveSettlement(tx, settlement, { from: ['in_review', 'approved'], to: 'paying' }))
        )
          return;
        // A process of before there were days of payment comes here straight from its review.
        if (from === 'in_review') await appendEvents(tx, [approvedEvent(settlement, null)]);
        await setProcess(tx, processOf(key), { state: 'paying' });
      });
    },

    /** The next partners to pay. */
    async nextSettlementPayouts(
      key: SettlementKey,
    ): Promise<{ settlement: string; payouts: { payout: string; partner: string }[] }> {
      return within(key, async (tx) => {
        const settlement = await settlementOf(tx, key);
        const payouts = await nextPayouts(tx, settlement.id, payoutsAtOnce);
        const { open } = await payoutTotals(tx, settlement);
        await setProcess(tx, processOf(key), {
          state: 'paying',
          waitsFor: open === 0 ? null : `payouts of ${open} partners`,
        });
        return { settlement: settlement.id, payouts };
      });
    },

    /** Pays one partner. A refusal of the ledger is kept on the payout, so that it stops nobody else's. */
    async payPartner(payout: string): Promise<PayoutState> {
      const scope = systemScope(`workflow:payout/${payout}`);
      try {
        return await inScope(db, scope, (tx) => payPayout(tx, payout));
      } catch (error) {
        const code = refusalOf(error);
        if (code === undefined) throw error;
        await inScope(db, scope, (tx) => failPayout(tx, payout, code));
        return 'failed';
      }
    },

    /** The process of a payout ended without an answer. */
    async failPartnerPayout(payout: string, code: string): Promise<void> {
      await inScope(db, systemScope(`workflow:payout/${payout}`), (tx) =>
        failPayout(tx, payout, code),
      );
    },

    /** Asks people about payouts that failed, and does what they have decided. */
    async resolveFailedPayouts(key: SettlementKey): Promise<Failures> {
      return within(key, async (tx) => {
        const settlement = await lockSettlement(tx, key);
        const waiting: Task[] = [];
        let retries = 0;
        for (const payout of await failedPayouts(tx, settlement)) {
          const task = await askAboutFailure(tx, settlement, payout);
          if (task.state === 'open') waiting.push(task);
          else if (task.decision === 'retry') {
            await retryPayout(tx, payout);
            retries += 1;
          } else await withholdPayout(tx, payout);
        }
        const [first] = waiting;
        if (retries > 0) return 'retry';
        if (!first) return 'none';
        await setProcess(tx, processOf(key), {
          state: 'paying',
          waitsFor: `task ${first.id}`,
          due: first.dueAt,
        });
        return 'waiting';
      });
    },

    async closeSettlement(key: SettlementKey): Promise<void> {
      await within(key, async (tx) => {
        const settlement = await lockSettlement(tx, key);
        const totals = await payoutTotals(tx, settlement);
        if (totals.open > 0) throw new Error(`${totals.open} payouts of ${settlement.id} are open`);
        if (await moveSettlement(tx, settlement, { from: ['paying'], to: 'paid' })) {
          await appendEvents(tx, [
            settlementEvent(settlement, 'settlement.paid', {
              partners: totals.paid,
              carriedOn: totals.carriedOn,
              total: formatAmount(totals.paidMinor, settlement.currency),
              currency: settlement.currency,
              resultHash: settlement.resultHash,
            }),
          ]);
        }
        await finishProcess(tx, processOf(key), { state: 'paid', outcome: 'done' });
      });
    },

    async rejectSettlement(key: SettlementKey): Promise<void> {
      await within(key, async (tx) => {
        const settlement = await lockSettlement(tx, key);
        if (await moveSettlement(tx, settlement, { from: ['in_review'], to: 'rejected' })) {
          await cancelPayouts(tx, settlement);
          await appendEvents(tx, [
            settlementEvent(settlement, 'settlement.rejected', { run: settlement.run }),
          ]);
        }
        await finishProcess(tx, processOf(key), { state: 'rejected', outcome: 'rejected' });
      });
    },

    /** Starts the month of every plan set that has it; answers how many are new. For runs of before there were weeks and days. */
    async startScheduledSettlements(period: string): Promise<number> {
      const { to } = parsePeriod(period);
      return startOfEach(({ schedule }) => {
        const before = periodBefore(schedule, to);
        return Promise.resolve(before.name === period ? [before] : []);
      });
    },

    /**
     * Starts what is over by the moment and has not been started: of each plan set the periods since the last one, so that what
     * was missed is made up for in order; the last one alone where there was none. Answers how many are new.
     */
    async startDueSettlements(at: string): Promise<number> {
      return startOfEach(async ({ id, schedule }, tx) => {
        const last = periodBefore(schedule, at);
        const after = await lastStarted(tx, id);
        return after === undefined
          ? [last]
          : periodsEnded(schedule, { after, until: at, limit: missedMax });
      });
    },
  };

  async function startOfEach(
    periodsOf: (planSet: PlanSet, tx: Tx) => Promise<readonly Period[]>,
  ): Promise<number> {
    const scope = systemScope('schedule:settlement');
    let started = 0;
    let after: string | undefined;
    for (;;) {
      const page = await inScope(db, scope, (tx) =>
        listPlanSets(tx, { limit: planSetsPerPage, ...(after === undefined ? {} : { after }) }),
      );
      for (const planSet of page) {
        const periods = await inScope(db, scope, (tx) => periodsOf(planSet, tx));
        for (const { name } of periods) {
          const { isNew } = await inScope(db, scope, (tx) =>
            startSettlement(tx, { planSet: planSet.id, period: name }),
          );
          if (isNew) started += 1;
        }
      }
      after = page.at(-1)?.id;
      if (page.length < planSetsPerPage) return started;
    }
  }
}

const planWanted = 'a published partner plan that can be used';

async function compute(tx: Tx, key: SettlementKey): Promise<Computed> {
  const settlement = await lockSettlement(tx, key);
  if (settlement.state === 'computing') await computeAndAsk(tx, settlement);
  else if (settlement.state === 'in_review' && (await decisionOf(tx, settlement)) === 'recompute')
    await computeAndAsk(tx, settlement);
  return 'computed';
}

function approvedEvent(settlement: Settlement, payAt: string | null) {
  const { run, resultHash } = settlement;
  return settlementEvent(settlement, 'settlement.approved', { run, resultHash, payAt });
}

/** By the plan at the period's end. */
async function payDay(tx: Tx, settlement: Settlement): Promise<string | null> {
  const { paidOn } = lastPlan(await planSegments(tx, settlement));
  const { kind } = parsePeriod(settlement.period);
  const calendar = await calendarOf(tx, settlement.entityId);
  return payDayOf({ kind, to: settlement.to }, { paidOn, calendar });
}

async function msUntilPayDay(tx: Tx, { payAt }: Settlement): Promise<number> {
  if (payAt === null) return 0;
  const [left] = await rows<{ ms: string }>(
    tx,
    'select greatest(0, ceil(1000 * extract(epoch from :payAt::timestamptz - clock_timestamp()))) as ms',
    { payAt },
  );
  return Number(left?.ms ?? 0);
}

async function decisionOf(tx: Tx, settlement: Settlement): Promise<SettlementDecision> {
  switch (settlement.state) {
    case 'waiting_for_feed':
    case 'computing':
      return 'recompute';
    case 'approved':
    case 'paying':
    case 'paid':
      return 'approve';
    case 'rejected':
      return 'reject';
    case 'in_review': {
      const task = await taskOfKey(tx, approvalKey(settlement.id, settlement.run));
      if (!task) throw new Error(`${settlement.id} is in review without a task`);
      if (task.state === 'open') return 'waiting';
      if (task.decision === 'approve' || task.decision === 'recompute') return task.decision;
      return 'reject';
    }
  }
}

async function latenessOf(tx: Tx, settlement: Settlement): Promise<number | undefined> {
  try {
    return lastPlan(await planSegments(tx, settlement)).latenessMinutes;
  } catch (error) {
    if (isPlanMissing(error)) return undefined;
    throw error;
  }
}

/** Whether what is missing is a published plan that can be used. */
export function isPlanMissing(error: unknown): boolean {
  return (
    error instanceof PlanInvalid || (error instanceof Problem && error.code === 'policy_missing')
  );
}

function wordsOf(settlement: Settlement, behind: readonly FeedBehind[]): string {
  const words = {
    watermark: `to be read past ${settlement.to}`,
    backfill: 'to be read again',
    owners: 'to get their owners',
    checks: 'to be found complete',
  };
  const [first] = behind;
  const more = behind.length > 1 ? ` and ${behind.length - 1} more servers` : '';
  if (!first) return planWanted;
  const away = first.declared === null ? '' : ` (${awayWords[first.declared]})`;
  return `deals of ${first.serverId}${away}${more} ${words[first.missing]}`;
}

const awayWords = { outage: 'out of order', maintenance: 'under maintenance' } as const;

function refusalOf(error: unknown): string | undefined {
  if (error instanceof LedgerRefusal) return error.verdict;
  return error instanceof Problem ? error.code : undefined;
}

function askAboutFailure(tx: Tx, settlement: Settlement, payout: Payout): Promise<Task> {
  return openTask(tx, {
    kind: 'payout_failed',
    subject: payout.id,
    workflowId: processOf(settlement),
    entityId: settlement.entityId,
    clientId: null,
    title: "A partner's commission could not be paid",
    issue: [
      {
        code: 'PARTNER_PAYOUT_FAILED',
        detail: 'Try it again, or refuse: then the amount is carried into the next settlement.',
        failure: payout.failure,
      },
    ],
    content: {
      settlement: settlement.id,
      period: settlement.period,
      partner: payout.partnerId,
      amount: formatAmount(payout.amountMinor, payout.currency),
      currency: payout.currency,
      failure: payout.failure,
      attempt: payout.attempts,
    },
    key: `payout_failed/${payout.id}/${payout.attempts}`,
  });
}

export type SettlementActivities = ReturnType<typeof createSettlementActivities>;
