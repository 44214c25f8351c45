/**
 * What a run works on, as temporary tables that end with its transaction: everything later reads these
 * and nothing else, so that the hash over them is the hash of all that was used.
 */
export const createRunTables = `
drop table if exists pg_temp.run_scope, pg_temp.run_currency, pg_temp.run_plan, pg_temp.run_group, pg_temp.run_closing, pg_temp.run_deal, pg_temp.run_piece,
  pg_temp.run_chain, pg_temp.run_rate, pg_temp.run_conversion, pg_temp.run_line;
create temporary table run_scope (plan_set text not null, entity_id text not null, currency text not null, from_at timestamptz not null,
  to_at timestamptz not null, as_of timestamptz not null) on commit drop;
create temporary table run_currency (code text primary key, per_major numeric not null, unit numeric not null) on commit drop;
create temporary table run_plan (segment int primary key, from_at timestamptz not null, to_at timestamptz not null,
  plan_hash text not null, plan_version text not null, currency text not null, min_hold_seconds int, override_by text not null,
  override_per_lot numeric, override_percent numeric, tiers_max int not null, cap_at_revenue boolean not null) on commit drop;
create temporary table run_group (segment int not null, ord int not null, name text not null, symbols text[] not null,
  rates text[] not null, min_move_points int, primary key (segment, ord)) on commit drop;
create temporary table run_closing (server_id text not null, ticket bigint not null, time timestamptz(3) not null, position_id bigint not null,
  kind text not null, partner_id text not null, attributed_from timestamptz not null, primary key (server_id, ticket)) on commit drop;
create temporary table run_deal (server_id text not null, position_id bigint not null, ticket bigint not null, time timestamptz(3) not null,
  kind text not null, entry text not null, login text not null, account_id text, entity_id text, client_id text not null,
  symbol text not null, currency text not null, volume numeric not null, closed numeric not null, price numeric not null, digits int,
  half_spread numeric not null, spread_source text not null, charged_minor numeric not null, partner_id text, attributed_from timestamptz,
  primary key (server_id, ticket)) on commit drop;
create temporary table run_piece (piece bigint generated always as identity primary key, server_id text not null, out_ticket bigint not null, in_ticket bigint, position_id bigint not null,
  login text not null, account_id text, client_id text not null, symbol text not null, currency text not null,
  partner_id text not null, attributed_from timestamptz not null, lots_e8 numeric not null, opened_at timestamptz, closed_at timestamptz not null,
  open_price numeric, close_price numeric not null, digits int, cancelled boolean not null, revenue_minor numeric not null,
  spread_source text not null, segment int, group_ord int, reason text) on commit drop;
`;

/** Closings of the period of clients who belonged to a partner of the plan set at that moment. */
export const fillClosings = `
insert into run_closing
select d.server_id, d.ticket, d.time, d.position_id, d.kind, a.partner_id, a.from_at
from run_scope r
join partner p on p.plan_set = r.plan_set
join attribution a on a.partner_id = p.id
join deal d on d.client_id = a.client_id and d.time >= a.from_at and (a.to_at is null or d.time < a.to_at)
where d.entity_id = r.entity_id and d.time >= r.from_at and d.time < r.to_at and d.seen_at <= r.as_of
  and d.kind in ('trade', 'cancelled') and d.entry in ('out', 'out_by', 'reverse')
`;

/**
 * The closings, and every other trade of the same positions before the period's end. Spread: half of it at
 * each side of a trade, in minor units of the account's currency for one 1e-8 lot: from the deal's own bid
 * and ask, else those of the tick at which it was read, else the symbol's average, else unknown and counted as nothing.
 */
export const fillDeals = `
with wanted as (
  select server_id, ticket, time from run_closing
  union
  select d.server_id, d.ticket, d.time
  from (select distinct server_id, position_id from run_closing where kind = 'trade') p
  join deal d on d.server_id = p.server_id and d.position_id = p.position_id
  where d.kind = 'trade' and d.time < (select to_at from run_scope) and d.seen_at <= (select as_of from run_scope)
)
insert into run_deal
select d.server_id, d.position_id, d.ticket, d.time, d.kind, coalesce(d.entry, 'in'), d.login, d.account_id, d.entity_id, d.client_id, d.symbol,
  c.code, d.volume,
  case d.entry when 'in' then 0
    when 'reverse' then least(d.volume, coalesce(d.volume_closed, d.volume))
    else d.volume end,
  coalesce(d.price, 0), coalesce(d.digits, s.digits),
  case
    when spread.source in ('deal', 'tick') then (d.ask - d.bid) * 0.5 * d.contract_size * d.profit_rate * c.per_major * 0.00000001
    when spread.source = 'average' then s.average_spread_points * (10::numeric ^ (-s.digits)) * 0.5 * s.contract_size * d.profit_rate * c.per_major * 0.00000001
    else 0 end,
  spread.source, -(d.commission_minor + d.fee_minor), o.partner_id, o.attributed_from
from wanted w
join deal d on d.server_id = w.server_id and d.ticket = w.ticket and d.time = w.time
left join run_closing o on o.server_id = d.server_id and o.ticket = d.ticket
-- A currency without an exponent ends the run (not null) instead of leaving deals out.
left join run_currency c on c.code = d.currency
left join symbol s on s.server_id = d.server_id and s.name = d.symbol
cross join lateral (select case
    when d.bid > 0 and d.ask >= d.bid and d.contract_size > 0 and d.profit_rate > 0 then coalesce(d.quoted, 'deal')
    when s.average_spread_points is not null and d.profit_rate > 0 then 'average'
    else 'unknown' end as source) spread
where d.client_id is not null and d.symbol is not null
`;

/**
 * Pairs what was closed with what had opened it before, first in first out per position: a piece is a closing,
 * or a part of one, with one opening. `uncovered` is how much was closed so far that nothing on record had opened.
 * Commission is shared by volume, cut after 12 digits.
 */
export const fillPieces = `
with leg as (
  select server_id, position_id, ticket, time, partner_id, closed, volume - closed as opened,
    sum(volume - closed) over w - (volume - closed) as opened_before, sum(closed) over w as closed_after
  from run_deal where kind = 'trade' window w as (partition by server_id, position_id order by time, ticket)
), covered as (
  select *, greatest(0, max(closed_after - opened_before) filter (where closed > 0) over w) as uncovered
  from leg window w as (partition by server_id, position_id order by time, ticket)
), closing as (
  select *, uncovered - coalesce(lag(uncovered) over w, 0) as unopened,
    closed_after - closed - coalesce(lag(uncovered) over w, 0) as lo, closed_after - uncovered as hi
  from covered window w as (partition by server_id, position_id order by time, ticket)
), opening as (
  select *, opened_before as lo, opened_before + opened as hi from leg where opened > 0
), paired as (
  select o.server_id, o.ticket as out_ticket, i.ticket as in_ticket, least(o.hi, i.hi) - greatest(o.lo, i.lo) as volume
  from closing o join opening i on i.server_id = o.server_id and i.position_id = o.position_id and i.lo < o.hi and o.lo < i.hi
  where o.partner_id is not null and o.closed > 0
  union all
  select server_id, ticket, null, unopened from closing where partner_id is not null and closed > 0 and unopened > 0
  union all
  select server_id, ticket, null, volume from run_deal where kind = 'cancelled' and partner_id is not null
)
insert into run_piece (server_id, out_ticket, in_ticket, position_id, login, account_id, client_id, symbol, currency, partner_id,
  attributed_from, lots_e8, opened_at, closed_at, open_price, close_price, digits, cancelled, revenue_minor, spread_source)
select o.server_id, o.ticket, i.ticket, o.position_id, o.login, o.account_id, o.client_id, o.symbol, o.currency, o.partner_id,
  o.attributed_from, p.volume, i.time, o.time, i.price, o.price, o.digits, o.kind = 'cancelled',
  p.volume * (o.half_spread + coalesce(i.half_spread, 0))
    + div(o.charged_minor * p.volume * 1000000000000, nullif(o.volume, 0)) * 0.000000000001
    + coalesce(div(i.charged_minor * p.volume * 1000000000000, nullif(i.volume, 0)) * 0.000000000001, 0),
  case when i.ticket is null then o.spread_source else o.spread_source || ', ' || i.spread_source end
from paired p
join run_deal o on o.server_id = p.server_id and o.ticket = p.out_ticket
left join run_deal i on i.server_id = p.server_id and i.ticket = p.in_ticket
`;

/** The plan and the symbol group of each piece, and what the deal itself lacks, whoever would be paid. */
export const judgePieces = `
with meant as (
  select distinct on (g.segment, y.symbol) g.segment, y.symbol, g.ord, g.min_move_points
  from (select distinct symbol from run_piece) y cross join run_group g cross join lateral unnest(g.symbols) m(pattern)
  where case when right(m.pattern, 1) = '*' then starts_with(y.symbol, left(m.pattern, -1)) else m.pattern = y.symbol end
  order by g.segment, y.symbol, g.ord
)
update run_piece p set segment = f.segment, group_ord = f.ord, reason = case
    when p.cancelled then 'CANCELLED'
    when p.in_ticket is null then 'NO_OPENING'
    when f.segment is null then 'NO_PLAN'
    when f.ord is null then 'NO_RATE'
    when p.open_price = p.close_price then 'NOT_QUALIFIED_OPEN_EQUALS_CLOSE'
    when p.closed_at - p.opened_at < make_interval(secs => f.min_hold_seconds) then 'MIN_HOLD'
    when f.min_move_points is not null and p.digits is null then 'MOVE_UNKNOWN'
    when abs(p.close_price - p.open_price) * (10::numeric ^ p.digits) <= f.min_move_points then 'MIN_MOVE'
  end
from (
  select q.piece, s.segment, s.min_hold_seconds, m.ord, m.min_move_points
  from run_piece q
  left join run_plan s on q.closed_at >= s.from_at and q.closed_at < s.to_at
  left join meant m on m.segment = s.segment and m.symbol = q.symbol
) f
where f.piece = p.piece
`;
