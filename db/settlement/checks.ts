import { formatAmount } from '../../domain/money';
import { type ApprovalChecks, planAmountMinor } from '../../domain/partners/plan';
import { formatLots } from '../../domain/partners/statement';
import { rows, type Tx } from '../connection';
import type { Json } from '../events';
import type { Settlement } from './settlements';

type Issue = { readonly [key: string]: Json };

/** Examples that an issue names. */
const examplesMax = 10;

/**
 * What an approver is told of a settlement whose lines are computed: a jump against the last period, deals that were nobody's,
 * and what caps cut off. A jump needs two approvals.
 */
export async function checksOf(
  tx: Tx,
  settlement: Settlement,
  checks: ApprovalChecks,
): Promise<{ readonly issues: readonly Issue[]; readonly hasJump: boolean }> {
  const jumps = await jumpOf(tx, settlement, checks);
  return {
    issues: [
      ...jumps,
      ...(await unassignedOf(tx, settlement, checks)),
      ...(await cappedOf(tx, settlement, checks)),
    ],
    hasJump: jumps.length > 0,
  };
}

/** Against the last period of the same kind that was approved; the first of a plan set has none to jump from. */
async function jumpOf(
  tx: Tx,
  settlement: Settlement,
  { jumpTimes, jumpAmount }: ApprovalChecks,
): Promise<Issue[]> {
  if (jumpAmount === null) return [];
  const { id, currency } = settlement;
  const found = await rows<{
    partner_id: string | null;
    period: string;
    before: string;
    now: string;
    partners: string;
  }>(
    tx,
    `with last as (
       select id, period from settlement where plan_set = :planSet and to_at <= :from::timestamptz and state in ('approved', 'paying', 'paid')
         and regexp_replace(period, '[0-9]', '9', 'g') = regexp_replace(:period, '[0-9]', '9', 'g')
       order by to_at desc limit 1
     ), own as (
       select l.partner_id, last.period, coalesce(sum(l.amount_minor) filter (where l.settlement_id = last.id), 0) as before,
         coalesce(sum(l.amount_minor) filter (where l.settlement_id = :id), 0) as now
       from last join settlement_line l on l.settlement_id in (last.id, :id) group by 1, 2
     ), compared as (
       select * from own union all select null, period, sum(before), sum(now) from own group by period
     )
     select partner_id, period, before::numeric(38, 0), now::numeric(38, 0), count(partner_id) over () as partners from compared
     where now - before > :amount::numeric and now > :times::numeric * greatest(before, 0)
     order by partner_id is not null, now - before desc, partner_id collate "C" limit ${examplesMax + 1}`,
    {
      ...{ id, planSet: settlement.planSet, from: settlement.from, period: settlement.period },
      ...{ amount: planAmountMinor(jumpAmount, currency).toString(), times: jumpTimes },
    },
  );
  const [first] = found;
  if (!first) return [];
  const amount = (minor: string) => formatAmount(BigInt(minor), currency);
  const told = found.map((row) => ({
    what: row.partner_id ?? settlement.planSet,
    ...{ before: amount(row.before), now: amount(row.now) },
  }));
  const words = told.map(({ what, before, now }) => `${what} ${before} → ${now}`).join(', ');
  return [
    {
      code: 'JUMP_AGAINST_LAST_PERIOD',
      ...{ lastPeriod: first.period, times: jumpTimes, amount: jumpAmount, currency },
      ...{ partners: Number(first.partners), wholePlanSet: first.partner_id === null },
      examples: told,
      detail: `More than ${jumpTimes} times ${first.period}, and more by ${jumpAmount} ${currency}: ${words}. Two people approve it.`,
    },
  ];
}

/** Closings of clients whom a partner's link brought, or who had a partner before, and who were nobody's then. */
async function unassignedOf(
  tx: Tx,
  settlement: Settlement,
  { unassignedLots }: ApprovalChecks,
): Promise<Issue[]> {
  if (unassignedLots === null) return [];
  const [found] = await rows<{
    deals: string;
    clients: string;
    lots: string;
    is_enough: boolean;
    examples: string[];
  }>(
    tx,
    `with wanted as (
       select c.client_id, c.at as since from client_came_by c join referral_link l on l.code = c.link_code join partner p on p.id = l.partner_id
       where p.plan_set = :planSet and c.entity_id = :entityId
       union all
       select a.client_id, a.to_at from attribution a join partner p on p.id = a.partner_id
       where p.plan_set = :planSet and a.entity_id = :entityId and a.to_at < :to::timestamptz
     ), since as (
       select client_id, min(since) as since from wanted group by 1
     ), nobodys as (
       select d.server_id, d.ticket, d.client_id, d.volume, d.time from since w join deal d on d.client_id = w.client_id and d.time >= w.since
       where d.time >= :from::timestamptz and d.time < :to::timestamptz and d.entity_id = :entityId and d.kind = 'trade' and d.entry <> 'in'
         and not exists (select 1 from attribution a where a.client_id = d.client_id and a.from_at <= d.time and (a.to_at is null or d.time < a.to_at))
     )
     select count(*) as deals, count(distinct client_id) as clients, coalesce(sum(volume), 0)::numeric(38, 0) as lots,
       coalesce(sum(volume), 0) >= :lots::numeric * 100000000 as is_enough,
       coalesce((select array_agg(server_id || ' ' || ticket || ' of ' || client_id order by volume desc, server_id, ticket)
         from (select * from nobodys order by volume desc, server_id, ticket limit ${examplesMax}) n), '{}') as examples
     from nobodys`,
    {
      ...{ planSet: settlement.planSet, entityId: settlement.entityId, lots: unassignedLots },
      ...{ from: settlement.from, to: settlement.to },
    },
  );
  if (!found || found.deals === '0' || !found.is_enough) return [];
  const lots = formatLots(BigInt(found.lots));
  return [
    {
      code: 'UNASSIGNED_DEALS',
      ...{ deals: Number(found.deals), clients: Number(found.clients), lots },
      ...{ lotsMin: unassignedLots, examples: found.examples },
      detail: `${lots} lots in ${found.deals} deals of ${found.clients} clients were nobody's, though a link brought them or they had a partner before: ${found.examples.join(', ')}.`,
    },
  ];
}

async function cappedOf(
  tx: Tx,
  settlement: Settlement,
  { cappedAmount }: ApprovalChecks,
): Promise<Issue[]> {
  if (cappedAmount === null) return [];
  const { id, currency } = settlement;
  const found = await rows<{ reason: string; lines: string; cut: string }>(
    tx,
    `select reason, count(*) as lines, sum((explanation ->> 'beforeCapMinor')::numeric - amount_minor)::numeric(38, 0) as cut
     from settlement_line where settlement_id = :id and reason like 'CAPPED%' and explanation ->> 'beforeCapMinor' is not null group by 1 order by 1`,
    { id },
  );
  const cut = found.reduce((sum, row) => sum + BigInt(row.cut), 0n);
  if (cut === 0n || cut < planAmountMinor(cappedAmount, currency)) return [];
  const lines = found.reduce((sum, row) => sum + Number(row.lines), 0);
  const byReason = found.map((row) => ({
    ...{ reason: row.reason, lines: Number(row.lines) },
    amount: formatAmount(BigInt(row.cut), currency),
  }));
  const words = byReason.map((each) => `${each.reason} ${each.amount} of ${each.lines}`).join(', ');
  return [
    {
      code: 'CAPS_REACHED',
      ...{
        lines,
        amount: formatAmount(cut, currency),
        currency,
        amountMin: cappedAmount,
        byReason,
      },
      detail: `Caps cut ${formatAmount(cut, currency)} ${currency} off ${lines} lines: ${words}.`,
    },
  ];
}
