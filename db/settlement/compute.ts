import { createHash } from 'node:crypto';
import { newId } from '../../domain/ids';
import { formatAmount } from '../../domain/money';
import { clawedBack, toClawBack } from '../../domain/partners/claw-back';
import { payoutStateOf } from '../../domain/partners/payout-state';
import type { PartnerPlan } from '../../domain/partners/plan';
import type { PartnerState } from '../../domain/partners/standing';
import { isLineReason, mendableReasons, reasonText } from '../../domain/partners/reason';
import { refused } from '../../domain/problem';
import { rows, type Tx } from '../connection';
import { appendEvents, canonical, type Json } from '../events';
import { setProcess } from '../processes';
import { openTask, type Task } from '../tasks';
import { computeWithAdjustments } from './adjustments';
import { checksOf } from './checks';
import { keepLines, type RunResult } from './engine';
import { engineVersion } from './engine-version';
import { keepHolds, takeDecidedHolds } from './keep-holds';
import { takeAdjustments, withAdjustments } from './manual';
import { planSegments, type PlanSegment } from './plan-segments';
import { markMonth } from './signals';
import { processOf, settlementEvent, type Settlement } from './settlements';

/**
 * Computes a locked settlement, keeps its lines and what each partner gets, and opens the task for another
 * person, in the caller's transaction. What was computed before is replaced.
 */
export async function computeAndAsk(tx: Tx, settlement: Settlement): Promise<Task> {
  // Two periods at once would both adjust a third: one waits, and takes what the other has adjusted.
  await rows(tx, `select pg_advisory_xact_lock(hashtext('settlement/' || :planSet))`, {
    planSet: settlement.planSet,
  });
  const plans = await planSegments(tx, settlement);
  const [clock] = await rows<{ now: string }>(tx, 'select now() as now');
  if (!clock) throw new Error('the clock gave no answer');
  await markMonth(tx, settlement, { plans, asOf: clock.now });
  const computed = await computeWithAdjustments(tx, { ...settlement, plans, asOf: clock.now });
  await keepLines(tx, settlement.id);
  await takeAdjustments(tx, settlement);
  const result = await withAdjustments(tx, settlement.id, computed);
  await reserveCarried(tx, settlement);
  await keepHolds(tx, settlement, lastPlan(plans));
  await keepPayouts(tx, settlement, lastPlan(plans));
  const run = settlement.run + 1;
  await rows(
    tx,
    `update settlement set state = 'in_review', input_hash = :inputHash, result_hash = :resultHash, total_minor = :total, run = :run,
       policy_pins = :pins, computed_at = :asOf::timestamptz, engine_version = :engineVersion, basis = :basis,
       claw_back_days = :clawBackDays, version = version + 1 where id = :id`,
    {
      id: settlement.id,
      inputHash: result.inputHash,
      resultHash: result.resultHash,
      total: result.totalMinor.toString(),
      run,
      engineVersion,
      basis: JSON.stringify(result.basis),
      clawBackDays: lastPlan(plans).clawBackDays,
      asOf: clock.now,
      pins: [...new Set(plans.flatMap(({ pins }) => pins))],
    },
  );
  await appendEvents(tx, [
    settlementEvent(settlement, 'settlement.computed', {
      run,
      inputHash: result.inputHash,
      resultHash: result.resultHash,
      lines: result.lines,
      total: formatAmount(result.totalMinor, settlement.currency),
      currency: settlement.currency,
    }),
  ]);
  const { issues, hasJump } = await checksOf(tx, settlement, lastPlan(plans).checks);
  const task = await openTask(tx, {
    kind: 'settlement_approval',
    subject: settlement.id,
    workflowId: processOf(settlement),
    entityId: settlement.entityId,
    clientId: null,
    title: `Partners' commission for ${settlement.period}`,
    issue: [...issues, ...(await issuesOf(tx, settlement))],
    ...(hasJump ? { approvalsRequired: 2 } : {}),
    content: await contentOf(tx, settlement, { run, result }),
    excluded: await tookPart(tx, settlement),
    key: approvalKey(settlement.id, run),
  });
  await setProcess(tx, processOf(settlement), {
    state: 'in_review',
    waitsFor: `task ${task.id}`,
    due: task.dueAt,
  });
  return task;
}

/** Each run is decided by a task of its own. */
export function approvalKey(settlementId: string, run: number): string {
  return `settlement_approval/${settlementId}/${run}`;
}

/** The plan at the period's end decides about payout and lateness. */
export function lastPlan(plans: readonly PlanSegment[]): PartnerPlan {
  const last = plans.at(-1);
  if (!last) throw new Error('a period has a plan');
  return last.plan;
}

/**
 * Computes the period again from the deals it was computed from and keeps nothing: a deal that came in later is
 * a later period's, and other settlements have the part that they had. For as long as its inputs have not changed, both hashes are those of the settlement. Throws 422
 * `other_engine_version` for what another version of the engine computed: this one may say otherwise of the same inputs.
 */
export async function recomputeSettlement(
  tx: Tx,
  settlement: Pick<
    Settlement,
    | 'id'
    | 'planSet'
    | 'entityId'
    | 'currency'
    | 'from'
    | 'to'
    | 'computedAt'
    | 'engineVersion'
    | 'basis'
  >,
): Promise<RunResult> {
  const { id, planSet, entityId, currency, from, to, computedAt } = settlement;
  if (computedAt === null) throw new Error('it has not been computed yet');
  if (settlement.engineVersion !== engineVersion)
    throw refused('other_engine_version', 'Another version of the engine computed it.', {
      computedBy: settlement.engineVersion,
      present: engineVersion,
    });
  const plans = await planSegments(tx, settlement);
  const scope = { planSet, entityId, currency, from, to, plans, asOf: computedAt };
  return withAdjustments(
    tx,
    id,
    await computeWithAdjustments(tx, scope, settlement.basis ?? undefined),
  );
}

/** What earlier settlements of the plan set could not pay, so that two settlements under way cannot both pay it. */
async function reserveCarried(tx: Tx, { id, planSet, from }: Settlement): Promise<void> {
  await rows(tx, 'delete from settlement_payout where settlement_id = :id', { id });
  await rows(tx, 'update settlement_payout set carried_into = null where carried_into = :id', {
    id,
  });
  await rows(
    tx,
    `update settlement_payout q set carried_into = :id from settlement s
     where s.id = q.settlement_id and s.plan_set = :planSet and s.state in ('approved', 'paying', 'paid') and s.to_at <= :from::timestamptz
       and q.state in ('below_minimum', 'withheld') and q.amount_minor <> 0 and q.carried_into is null`,
    { id, planSet, from },
  );
}

/**
 * What each partner gets: the lines' sum without what is held, what is carried into it, and what was released, less what is clawed
 * back. What is released is reserved here, so that two settlements under way cannot both pay it.
 */
async function keepPayouts(tx: Tx, settlement: Settlement, plan: PartnerPlan): Promise<void> {
  const { id, currency } = settlement;
  await takeDecidedHolds(tx, settlement);
  const sums = await rows<{
    partner_id: string;
    client_id: string | null;
    standing: PartnerState;
    own: string;
    carried: string;
    held: string;
    released: string;
    adjusted: string;
    unearned: string;
    unearned_then: string;
    clawed: string;
    lines: string;
  }>(
    tx,
    `with ${toTakeBack}
     select p.id as partner_id, p.client_id, p.state as standing, coalesce(l.own, 0) as own, coalesce(c.carried, 0) as carried,
       coalesce(h.held, 0) as held, coalesce(r.released, 0) as released, coalesce(m.adjusted, 0) as adjusted, coalesce(k.unearned, 0) as unearned,
       coalesce(k.unearned_then, 0) as unearned_then, coalesce(k.clawed, 0) as clawed,
       coalesce(l.lines, 0) as lines
     from partner p
     left join (select partner_id, sum(amount_minor) as own, count(*) as lines from settlement_line where settlement_id = :id group by 1) l
       on l.partner_id = p.id
     left join (select partner_id, sum(amount_minor) as carried from settlement_payout where carried_into = :id group by 1) c
       on c.partner_id = p.id
     left join (select o.partner_id, sum(o.held_minor) as held from settlement_hold h join settlement_hold_part o on o.hold_id = h.id
       where h.settlement_id = :id and h.state <> 'closed' group by 1) h on h.partner_id = p.id
     left join (select o.partner_id, coalesce(sum(o.held_minor) filter (where h.state = 'released'), 0) as released
       from settlement_hold h join settlement_hold_part o on o.hold_id = h.id where h.taken_into = :id group by 1) r on r.partner_id = p.id
     left join (select partner_id, sum(amount_minor) as adjusted from partner_adjustment where taken_into = :id group by 1) m on m.partner_id = p.id
     left join to_take_back k on k.partner_id = p.id
     where l.partner_id is not null or c.partner_id is not null or r.partner_id is not null or m.partner_id is not null or k.unearned_then < k.clawed order by p.id`,
    { id, planSet: settlement.planSet, days: plan.clawBackDays },
  );
  const payouts = sums.map((sum) => {
    const earned =
      BigInt(sum.own) +
      BigInt(sum.carried) -
      BigInt(sum.held) +
      BigInt(sum.released) +
      BigInt(sum.adjusted);
    const left = toClawBack({
      unearned: BigInt(sum.unearned),
      unearnedThen: BigInt(sum.unearned_then),
      clawed: BigInt(sum.clawed),
    });
    const clawed = clawedBack(earned, left);
    const amount = earned - clawed;
    return {
      id: newId('payout'),
      partner_id: sum.partner_id,
      client_id: sum.client_id,
      amount_minor: amount.toString(),
      carried_minor: sum.carried,
      held_minor: sum.held,
      released_minor: sum.released,
      adjusted_minor: sum.adjusted,
      clawed_back_minor: clawed.toString(),
      lines: sum.lines,
      state: payoutStateOf(amount, { plan, currency, standing: sum.standing }),
    };
  });
  await rows(
    tx,
    `insert into settlement_payout (id, settlement_id, entity_id, partner_id, client_id, amount_minor, carried_minor, clawed_back_minor,
       held_minor, released_minor, adjusted_minor, currency, lines, state)
     select n.id, :settlementId, :entityId, n.partner_id, n.client_id, n.amount_minor, n.carried_minor, n.clawed_back_minor, n.held_minor, n.released_minor, n.adjusted_minor, :currency,
       n.lines, n.state
     from jsonb_to_recordset(:payouts::jsonb) as n(id text, partner_id text, client_id text, amount_minor numeric, carried_minor numeric,
       clawed_back_minor numeric, held_minor numeric, released_minor numeric, adjusted_minor numeric, lines bigint, state text)`,
    {
      settlementId: id,
      entityId: settlement.entityId,
      currency,
      payouts: JSON.stringify(payouts),
    },
  );
}

/**
 * By partner, what chargebacks make unearned and what payouts have taken back: the lines of the plan set, this settlement's and
 * those before it, of the days before the chargeback that the plan says: the client's CPA, and trades that the client
 * closed between the deposit and its chargeback, unless that was won; nothing that is held or was denied, which nobody got. `unearned_then` is that by the most days for which
 * anything of the partner was clawed back since the chargeback.
 */
const toTakeBack = `touched as (
    select l.partner_id, l.amount_minor, bool_or(l.closed_at > b.created_at - make_interval(days => :days)) as is_unearned
    from settlement_line l join settlement s on s.id = l.settlement_id
    join chargeback b on b.client_id = l.client_id and b.state <> 'won' and l.closed_at <= b.created_at
    join deposit d on d.id = b.deposit_id and (l.component = 'cpa' or l.closed_at >= d.credited_at)
    where s.plan_set = :planSet and s.state <> 'rejected'
      and not exists (select 1 from settlement_hold h join settlement_hold_part o on o.hold_id = h.id
        where h.settlement_id = l.settlement_id and h.client_id = l.client_id and o.partner_id = l.partner_id and h.state in ('open', 'denied'))
      and l.closed_at > b.created_at - make_interval(days => greatest(:days, (
        select max(t.claw_back_days) from settlement_payout o join settlement t on t.id = o.settlement_id
        where o.partner_id = l.partner_id and t.plan_set = s.plan_set and t.id <> :id and o.state <> 'cancelled'
          and o.clawed_back_minor > 0 and t.computed_at >= b.created_at)))
    group by l.settlement_id, l.line, l.partner_id, l.amount_minor
  ), unearned as (
    select partner_id, coalesce(sum(amount_minor) filter (where is_unearned), 0) as minor, sum(amount_minor) as minor_then
    from touched group by 1
  ), clawed as (
    select o.partner_id, sum(o.clawed_back_minor) as minor from settlement_payout o join settlement s on s.id = o.settlement_id
    where s.plan_set = :planSet and o.state <> 'cancelled' group by 1
  ), to_take_back as (
    select coalesce(u.partner_id, c.partner_id) as partner_id, coalesce(u.minor, 0) as unearned, coalesce(u.minor_then, 0) as unearned_then,
      coalesce(c.minor, 0) as clawed
    from unearned u full join clawed c on c.partner_id = u.partner_id
  )`;

/** Partners shown one by one in the task; the hash covers all of them. */
const partnersShownMax = 200;

/** What the approver signs: the hash of the lines, and what every partner gets. */
async function contentOf(
  tx: Tx,
  settlement: Settlement,
  { run, result }: { run: number; result: RunResult },
): Promise<{ readonly [key: string]: Json }> {
  const payouts = await rows<{
    partner_id: string;
    amount_minor: string;
    carried_minor: string;
    clawed_back_minor: string;
    held_minor: string;
    released_minor: string;
    adjusted_minor: string;
    lines: string;
    state: string;
    standing: PartnerState;
  }>(
    tx,
    `select o.partner_id, o.amount_minor, o.carried_minor, o.clawed_back_minor, o.held_minor, o.released_minor, o.adjusted_minor, o.lines, o.state, p.state as standing
     from settlement_payout o join partner p on p.id = o.partner_id where o.settlement_id = :id
     order by o.amount_minor desc, o.partner_id`,
    { id: settlement.id },
  );
  const amount = (minor: string) => formatAmount(BigInt(minor), settlement.currency);
  const shown = payouts.map((payout) => ({
    partner: payout.partner_id,
    amount: amount(payout.amount_minor),
    broughtForward: amount(payout.carried_minor),
    ...(payout.clawed_back_minor === '0' ? {} : { clawedBack: amount(payout.clawed_back_minor) }),
    ...(payout.held_minor === '0' ? {} : { held: amount(payout.held_minor) }),
    ...(payout.released_minor === '0' ? {} : { released: amount(payout.released_minor) }),
    ...(payout.adjusted_minor === '0' ? {} : { adjusted: amount(payout.adjusted_minor) }),
    lines: Number(payout.lines),
    pays: payout.state === 'computed',
    // Nothing of an active partner: what was asked before standings were stays word for word the same.
    ...(payout.standing === 'active' ? {} : { standing: payout.standing }),
  }));
  const payable = payouts
    .filter(({ state }) => state === 'computed')
    .reduce((sum, payout) => sum + BigInt(payout.amount_minor), 0n);
  return {
    planSet: settlement.planSet,
    period: settlement.period,
    run,
    inputHash: result.inputHash,
    resultHash: result.resultHash,
    payoutHash: createHash('sha256').update(canonical(shown)).digest('hex'),
    lines: result.lines,
    earned: formatAmount(result.totalMinor, settlement.currency),
    held: formatAmount(
      payouts.reduce((sum, payout) => sum + BigInt(payout.held_minor), 0n),
      settlement.currency,
    ),
    payable: formatAmount(payable, settlement.currency),
    currency: settlement.currency,
    partnerCount: shown.length,
    partners: shown.slice(0, partnersShownMax),
  };
}

/** What can still be mended comes first, with how many lines it concerns. */
async function issuesOf(
  tx: Tx,
  settlement: Settlement,
): Promise<{ readonly [key: string]: Json }[]> {
  const counts = await rows<{ reason: string; n: string }>(
    tx,
    'select reason, count(*) as n from settlement_line where settlement_id = :id group by 1 order by 2 desc, 1',
    { id: settlement.id },
  );
  const mendable = counts.flatMap(({ reason, n }) =>
    isLineReason(reason) && mendableReasons.includes(reason)
      ? [{ code: reason, lines: Number(n), detail: reasonText(reason) }]
      : [],
  );
  const [held] = await rows<{ clients: string }>(
    tx,
    `select count(*) as clients from settlement_hold where settlement_id = :id and state = 'open'`,
    { id: settlement.id },
  );
  const holds = Number(held?.clients ?? 0);
  return [
    ...mendable,
    ...(holds === 0
      ? []
      : [
          {
            code: 'COMMISSION_HELD',
            clients: holds,
            detail: 'What these clients earned is held, and paid or not by a decision of its own.',
          },
        ]),
    {
      code: 'SETTLEMENT_COMPUTED',
      detail: 'The lines are computed; another person approves them.',
    },
  ];
}

/** Who started it, and colleagues who gave clients to the plan set's partners within the period or since. */
async function tookPart(tx: Tx, settlement: Settlement): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `select distinct u.id from attribution a join partner p on p.id = a.partner_id
     join user_account u on a.actor = 'user:' || u.id and u.kind = 'staff'
     where p.plan_set = :planSet and a.from_at < :to::timestamptz and (a.to_at is null or a.to_at > :from::timestamptz) limit 1000`,
    { planSet: settlement.planSet, from: settlement.from, to: settlement.to },
  );
  return [...new Set([settlement.requestedBy, ...found.map(({ id }) => id)])].filter((id) =>
    id.startsWith('usr_'),
  );
}
