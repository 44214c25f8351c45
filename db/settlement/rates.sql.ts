/** The partners who may earn from each direct partner's clients: tier 1 is the direct one, then its parents. */
export const createChain = `
create temporary table run_chain on commit drop as
with recursive chain as (
  select p.id as direct_id, 1 as tier, p.id as partner_id, p.parent_id, p.level, p.client_id
  from partner p where p.id in (select partner_id from run_piece)
  union all
  select c.direct_id, c.tier + 1, p.id, p.parent_id, p.level, p.client_id
  from chain c join partner p on p.id = c.parent_id where c.tier < 10
)
select direct_id, tier, partner_id, level, client_id from chain
`;

/**
 * What each tier gets per lot, exact, by plan, symbol group and direct partner. `top` is the highest own
 * rate so far: an override by difference pays what the own rate adds to it.
 */
export const createRates = `
create temporary table run_rate on commit drop as
with recursive rate as (
  select g.segment, g.ord, c.direct_id, c.tier, c.partner_id, g.rates[least(c.level, cardinality(g.rates))]::numeric as own,
    g.rates[least(c.level, cardinality(g.rates))]::numeric as per_lot, g.rates[least(c.level, cardinality(g.rates))]::numeric as top,
    0::numeric as below
  from run_chain c cross join run_group g where c.tier = 1
  union all
  select r.segment, r.ord, r.direct_id, c.tier, c.partner_id, o.own,
    case p.override_by when 'difference' then greatest(0, o.own - r.top) when 'fixed' then p.override_per_lot
      else r.per_lot * p.override_percent * 0.01 end,
    greatest(r.top, o.own), case p.override_by when 'difference' then r.top else r.per_lot end
  from rate r
  join run_chain c on c.direct_id = r.direct_id and c.tier = r.tier + 1
  join run_plan p on p.segment = r.segment
  join run_group g on g.segment = r.segment and g.ord = r.ord
  cross join lateral (select g.rates[least(c.level, cardinality(g.rates))]::numeric as own) o
)
select segment, ord, direct_id, tier, partner_id, own, per_lot, below from rate
`;

/**
 * One rate for each pair of currencies that the run needs, into the currency of payment: from the last deal
 * before the period's end whose server named one (MT5 RateProfit: profit currency to account currency), as it
 * is or turned round (12 digits). The deal it comes from is its source.
 */
export const createConversions = `
create temporary table run_conversion on commit drop as
with scope as (
  select * from run_scope
), wanted as (
  select currency as from_code from run_plan union select currency from run_piece
), quoted as (
  select coalesce(s.profit_currency, substr(d.symbol, 4, 3)) as from_code, d.currency as to_code, d.profit_rate as rate, d.server_id, d.ticket, d.time
  from deal d left join symbol s on s.server_id = d.server_id and s.name = d.symbol
  cross join scope
  where exists (select 1 from wanted where from_code <> scope.currency)
    and d.kind = 'trade' and d.time >= scope.from_at and d.time < scope.to_at and d.seen_at <= scope.as_of and d.profit_rate > 0
    and (s.name is not null or (substr(d.symbol, 1, 3) in (select code from run_currency) and substr(d.symbol, 4, 3) in (select code from run_currency)))
    and scope.currency in (d.currency, coalesce(s.profit_currency, substr(d.symbol, 4, 3)))
), usable as (
  select from_code, trim_scale(rate) as rate, server_id, ticket, time, '' as turned from quoted where to_code = (select currency from scope)
  union all
  select to_code, round(1 / rate, 12), server_id, ticket, time, ', turned round' from quoted where from_code = (select currency from scope)
), latest as (
  select distinct on (from_code) from_code, rate, server_id, ticket, turned from usable
  where from_code in (select from_code from wanted)
  order by from_code, time desc, server_id collate "C", ticket desc, turned
)
select w.from_code, case when w.from_code = scope.currency then 1 else l.rate end as rate,
  case when w.from_code = scope.currency then 'same currency' else 'deal ' || l.server_id || '/' || l.ticket || l.turned end as source
from wanted w cross join scope left join latest l on l.from_code = w.from_code
where w.from_code = scope.currency or l.rate > 0
`;
