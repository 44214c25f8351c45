import { readClients } from './lines.sql';

/**
 * What a run works on, as temporary tables that end with its transaction: everything later reads these
 * and nothing else, so that the hash over them is the hash of all that was used.
 */
export const createRunTables = `
drop table if exists pg_temp.run_scope, pg_temp.run_currency, pg_temp.run_plan, pg_temp.run_group, pg_temp.run_component, pg_temp.run_step,
  pg_temp.run_bonus, pg_temp.run_given_rate, pg_temp.run_symbol, pg_temp.run_earlier, pg_temp.run_changed, pg_temp.run_also_wanted, pg_temp.run_previous_cpa, pg_temp.run_previous_client, pg_temp.run_revised, pg_temp.run_member, pg_temp.run_event, pg_temp.run_deal,
  pg_temp.run_deposit, pg_temp.run_cpa, pg_temp.run_piece, pg_temp.run_ended, pg_temp.run_chain, pg_temp.run_rate, pg_temp.run_conversion, pg_temp.run_line;
create temporary table run_scope (plan_set text not null, entity_id text not null, currency text not null, from_at timestamptz not null,
  to_at timestamptz not null, as_of timestamptz not null) on commit drop;
create temporary table run_currency (code text primary key, per_major numeric not null, unit numeric not null) on commit drop;
create temporary table run_plan (segment int primary key, from_at timestamptz not null, to_at timestamptz not null, plan_hash text not null,
  plan_version text not null, currency text not null, pay_open numeric not null, pay_close numeric not null, min_hold_seconds int,
  hedged boolean not null, bonus_money boolean not null, spike_times numeric, negative_stop_out boolean not null, own_trades boolean not null,
  swap_share numeric not null, cost_share numeric not null, client_losses boolean not null, override_by text not null, override_per_lot numeric,
  override_percent numeric, tiers_max int not null, cap_at_revenue boolean not null, cap_per_deal numeric, cap_per_client numeric,
  cap_per_period numeric, lifetime_share numeric, tiers_by text, tiers_network boolean, tiers_retroactive boolean, after_cpa boolean not null,
  cpa_first_min numeric, cpa_first_hours int, cpa_deposit_min numeric, cpa_lots_min numeric, cpa_days int) on commit drop;
create temporary table run_group (segment int not null, ord int not null, name text not null, symbols text[] not null, modifier numeric not null,
  min_move_points int, primary key (segment, ord)) on commit drop;
create temporary table run_component (segment int not null, ord int not null, component text not null, component_ord int not null,
  rates text[] not null, primary key (segment, ord, component)) on commit drop;
create temporary table run_step (segment int not null, step int not null, from_value numeric not null, percent numeric not null,
  primary key (segment, step)) on commit drop;
create temporary table run_bonus (from_lots numeric primary key, per_lot numeric not null) on commit drop;
create temporary table run_given_rate (from_code text primary key, rate numeric not null, source text not null) on commit drop;
create temporary table run_symbol (server_id text not null, name text not null, digits int not null, contract_size numeric not null,
  average_spread_points numeric, primary key (server_id, name)) on commit drop;
create temporary table run_ended (partner_id text primary key, reason text not null, from_at timestamptz not null) on commit drop;
create temporary table run_earlier (settlement_id text primary key) on commit drop;
create temporary table run_changed (client_id text primary key) on commit drop;
create temporary table run_also_wanted (code text primary key) on commit drop;
create temporary table run_previous_cpa (client_id text primary key, qualified_at timestamptz not null) on commit drop;
create temporary table run_previous_client (client_id text primary key, revenue_minor numeric not null, paid_minor numeric not null) on commit drop;
create temporary table run_revised (like deal) on commit drop;
create temporary table run_member (client_id text not null, partner_id text not null, from_at timestamptz not null, to_at timestamptz not null,
  primary key (client_id, from_at)) on commit drop;
create temporary table run_event (server_id text not null, ticket bigint not null, time timestamptz(3) not null, position_id bigint not null,
  kind text not null, partner_id text not null, attributed_from timestamptz not null, primary key (server_id, ticket)) on commit drop;
create temporary table run_deal (server_id text not null, position_id bigint not null, ticket bigint not null, time timestamptz(3) not null,
  kind text not null, entry text not null, side text, login text not null, account_id text, entity_id text, client_id text not null,
  symbol text not null, currency text not null, volume numeric not null, closed numeric not null, price numeric not null, digits int,
  half_spread numeric not null, spread_source text not null, spread_now numeric, spread_average numeric, charged_minor numeric not null,
  swap_minor numeric not null, profit_minor numeric not null, equity_minor numeric, credit_minor numeric, stop_out boolean not null,
  partner_id text, attributed_from timestamptz, primary key (server_id, ticket)) on commit drop;
create temporary table run_deposit (id text primary key, client_id text not null, time timestamptz(3) not null, amount_minor numeric not null,
  currency text not null) on commit drop;
create temporary table run_cpa (client_id text primary key, segment int not null, partner_id text not null, attributed_from timestamptz not null,
  first_deposit_at timestamptz(3) not null, first_sum numeric not null, deposit_sum numeric not null, lots_e8 numeric not null,
  at timestamptz(3) not null, reason text) on commit drop;
create temporary table run_piece (piece bigint generated always as identity primary key, server_id text not null, at_ticket bigint not null,
  in_ticket bigint, out_ticket bigint, opens boolean not null, position_id bigint not null, login text not null, account_id text,
  client_id text not null, symbol text not null, side text, currency text not null, partner_id text not null, attributed_from timestamptz not null,
  lots_e8 numeric not null, paid_e8 numeric not null, portion numeric not null, weight numeric not null, opened_at timestamptz, at timestamptz not null,
  open_price numeric, price numeric not null, spread_minor numeric not null, revenue_minor numeric not null, spread_source text not null,
  segment int, group_ord int, steps int[] not null default '{}', reason text) on commit drop;
`;

/**
 * What closed periods came to when they were computed once more, for the periods after them: it takes the place of what is
 * recorded. These tables outlive the runs of one transaction.
 */
export const createClosedTables = `
create temporary table if not exists run_adjuster (settlement_id text primary key) on commit drop;
create temporary table if not exists run_closed (settlement_id text primary key) on commit drop;
create temporary table if not exists run_closed_cpa (settlement_id text not null, client_id text not null, qualified_at timestamptz not null,
  primary key (settlement_id, client_id)) on commit drop;
create temporary table if not exists run_closed_client (settlement_id text not null, client_id text not null, revenue_minor numeric not null,
  paid_minor numeric not null, primary key (settlement_id, client_id)) on commit drop;
`;

/** Keeps what a closed period has come to. */
export const keepClosed = [
  'insert into run_closed values (:id)',
  'insert into run_closed_cpa select :id, client_id, at from run_cpa where reason is null',
  `insert into run_closed_client select :id, client_id, revenue_minor, paid_minor from (${readClients}) c`,
];

/** Partners whose agreement ends before the run's end, and why: what is earned from then on is not theirs. */
export const fillEnded = `
insert into run_ended
select s.partner_id, case s.state when 'terminated' then 'PARTNER_TERMINATED' else 'PARTNER_DECEASED' end, s.from_at
from run_scope r join partner p on p.plan_set = r.plan_set join partner_standing s on s.partner_id = p.id
where s.state in ('terminated', 'deceased') and s.from_at < r.to_at
`;

/** The settlements of the plan set that count as earlier ones, unless the run is told which. */
export const fillEarlier = `
insert into run_earlier
select s.id from run_scope r join settlement s on s.plan_set = r.plan_set and s.to_at <= r.from_at and s.state <> 'rejected'
`;

/**
 * What earlier settlements of the plan set leave for this one; a run on files brings it along instead. A line counts for the
 * period that it is about: that of an adjustment is the one that it adjusts, and the last that was said of it holds.
 */
export const fillPrevious = `
insert into run_previous_cpa
with said as (
  select distinct on (p.id, l.client_id, l.partner_id, l.tier) l.client_id, l.closed_at as at,
    case when l.event = 'adjustment' then coalesce(l.explanation ->> 'reasonNow', 'CPA_GONE') else l.reason end as reason
  from run_scope r cross join run_earlier e
  join settlement s on s.id = e.settlement_id
  join settlement_line l on l.settlement_id = s.id and l.component = 'cpa' and l.client_id is not null
  join settlement p on p.id = coalesce(l.adjusts, l.settlement_id) and p.to_at <= r.from_at
  where not exists (select 1 from run_closed c where c.settlement_id = p.id)
  order by p.id, l.client_id, l.partner_id, l.tier, s.from_at desc, l.event = 'adjustment' desc
), qualified as (
  select client_id, at from said where reason not in ('CPA_FIRST_DEPOSIT', 'CPA_DEPOSITS', 'CPA_LOTS', 'CPA_RELATED', 'CPA_GONE', 'NO_CONVERSION')
  union all
  select c.client_id, c.qualified_at from run_closed_cpa c join settlement p on p.id = c.settlement_id
  cross join run_scope r where p.to_at <= r.from_at
)
select client_id, min(at) from qualified group by 1;
insert into run_previous_client
select client_id, sum(revenue_minor), sum(paid_minor) from (
  select c.client_id, c.revenue_minor, c.paid_minor from run_scope r cross join run_earlier e
  join settlement_client c on c.settlement_id = e.settlement_id
  join settlement p on p.id = c.of_settlement and p.to_at <= r.from_at
  where not exists (select 1 from run_closed k where k.settlement_id = p.id)
  union all
  select c.client_id, c.revenue_minor, c.paid_minor from run_closed_client c join settlement p on p.id = c.settlement_id
  cross join run_scope r where p.to_at <= r.from_at
) earlier
where exists (select 1 from run_plan where lifetime_share is not null)
group by 1;
`;

/** The records that deals had, of those that were edited or cancelled since the moment that the run looks from. */
export const fillRevised = `
insert into run_revised
select (jsonb_populate_record(null::deal, r.record)).* from (
  select distinct on (server_id, ticket) record from deal_revision, run_scope
  where replaced_at > as_of and record is not null order by server_id, ticket, revision
) r
`;

/** A table's deals as the run sees them. */
export const dealsAsOf = `(
  select * from deal where not (modified and exists (select 1 from run_revised v where v.server_id = deal.server_id and v.ticket = deal.ticket))
  union all select * from run_revised)`;

const membersOf = (only: string): string => `
insert into run_member
select a.client_id, a.partner_id, a.from_at, coalesce(a.to_at, 'infinity')
from run_scope r join partner p on p.plan_set = r.plan_set join attribution a on a.partner_id = p.id ${only}
where a.from_at < r.to_at and (a.to_at is null or a.to_at > r.from_at)
`;

/** Which clients belonged to a partner of the plan set within the period, and when. */
export const fillMembers = membersOf('');

/** The same of the clients in `run_changed` alone. */
export const fillChangedMembers = membersOf('join run_changed c on c.client_id = a.client_id');

/** Deals of the period that earn, of its members: closings, and openings where a plan pays for those. */
export const fillEvents = `
insert into run_event
select d.server_id, d.ticket, d.time, d.position_id, d.kind, m.partner_id, m.from_at
from run_scope r cross join run_member m
join ${dealsAsOf} d on d.client_id = m.client_id and d.time >= m.from_at and d.time < m.to_at
where d.entity_id = r.entity_id and d.time >= r.from_at and d.time < r.to_at and d.seen_at <= r.as_of
  and d.kind in ('trade', 'cancelled')
  and (d.entry in ('out', 'out_by', 'reverse') or (select bool_or(pay_open > 0) from run_plan))
`;

/** Symbols as they are now, where the run was not given what an earlier one had taken. */
export const fillSymbols = `
insert into run_symbol
select s.server_id, s.name, s.digits, s.contract_size, s.average_spread_points from symbol s
where s.server_id in (select server_id from run_event) on conflict do nothing
`;

/** The symbols of the run's deals. */
export const readSymbols = `
select s.server_id as server, s.name, s.digits, trim_scale(s.contract_size)::text as "contractSize",
  trim_scale(s.average_spread_points)::text as "averageSpreadPoints"
from run_symbol s where (s.server_id, s.name) in (select server_id, symbol from run_deal) order by s.server_id collate "C", s.name collate "C"
`;

/**
 * These deals, and every other trade of the same positions before the period's end. Spread: half of it at
 * each side of a trade, in minor units of the account's currency for one 1e-8 lot: from the deal's own bid
 * and ask, else those of the tick at which it was read, else the symbol's average, else unknown and counted as nothing.
 */
export const fillDeals = `
with wanted as (
  select server_id, ticket, time, partner_id, attributed_from from run_event
  union all
  select d.server_id, d.ticket, d.time, null, null
  from (select distinct server_id, position_id from run_event where kind = 'trade') p
  join ${dealsAsOf} d on d.server_id = p.server_id and d.position_id = p.position_id
  where d.kind = 'trade' and d.time < (select to_at from run_scope) and d.seen_at <= (select as_of from run_scope)
    and not exists (select 1 from run_event e where e.server_id = d.server_id and e.ticket = d.ticket)
)
insert into run_deal
select d.server_id, d.position_id, d.ticket, d.time, d.kind, coalesce(d.entry, 'in'), d.side, d.login, d.account_id, d.entity_id, d.client_id,
  d.symbol, c.code, d.volume,
  case d.entry when 'in' then 0
    when 'reverse' then least(d.volume, coalesce(d.volume_closed, d.volume))
    else d.volume end,
  coalesce(d.price, 0), coalesce(d.digits, s.digits),
  case
    when spread.source in ('deal', 'tick') then (d.ask - d.bid) * 0.5 * d.contract_size * d.profit_rate * c.per_major * 0.00000001
    when spread.source = 'average' then s.average_spread_points * (10::numeric ^ (-s.digits)) * 0.5 * s.contract_size * d.profit_rate * c.per_major * 0.00000001
    else 0 end,
  spread.source, case when spread.source in ('deal', 'tick') then d.ask - d.bid end,
  -- The average moves on: it is an input only where a plan asks for it.
  case when (select bool_or(spike_times is not null) from run_plan) then s.average_spread_points * (10::numeric ^ (-s.digits)) end,
  -(d.commission_minor + d.fee_minor), d.swap_minor, d.profit_minor,
  d.equity_minor, d.credit_minor, d.stop_out, w.partner_id, w.attributed_from
from wanted w
join ${dealsAsOf} d on d.server_id = w.server_id and d.ticket = w.ticket and d.time = w.time
-- A currency without an exponent ends the run (not null) instead of leaving deals out.
left join run_currency c on c.code = d.currency
left join run_symbol s on s.server_id = d.server_id and s.name = d.symbol
cross join lateral (select case
    when d.bid > 0 and d.ask >= d.bid and d.contract_size > 0 and d.profit_rate > 0 then coalesce(d.quoted, 'deal')
    when s.average_spread_points is not null and d.profit_rate > 0 then 'average'
    else 'unknown' end as source) spread
where d.client_id is not null and d.symbol is not null
`;

/** The deposits of clients whose days to qualify for a CPA reach into the period. */
export const fillDeposits = `
insert into run_deposit
select d.id, d.client_id, d.credited_at, d.amount_minor, d.currency
from run_scope r
join deposit d on d.entity_id = r.entity_id and d.credited_at < r.to_at and d.credited_at <= r.as_of and d.credit_recorded_at <= r.as_of
join (
  select f.client_id, min(f.credited_at) as at from deposit f cross join run_scope s where f.credit_recorded_at <= s.as_of group by 1
) first on first.client_id = d.client_id
where first.at >= r.from_at - make_interval(days => (select max(cpa_days) from run_plan))
  and exists (select 1 from attribution a join partner p on p.id = a.partner_id where a.client_id = d.client_id and p.plan_set = r.plan_set)
`;
