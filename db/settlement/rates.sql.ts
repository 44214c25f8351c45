import { dealsAsOf } from './inputs.sql';

/**
 * The partners who may earn from each direct partner's clients, as the network stood in each segment: tier 1 is the direct
 * one, then its parents. `moved_at` is when the youngest of the places was taken; null where nobody had been moved.
 */
export const createChain = `
create temporary table run_chain on commit drop as
with recursive place as (
  select s.segment, w.partner_id, w.parent_id, w.level, p.client_id, nullif(w.from_at, '-infinity') as moved_at
  from run_scope r join partner p on p.plan_set = r.plan_set join partner_place w on w.partner_id = p.id
  join run_plan s on w.from_at <= s.from_at and (w.to_at is null or w.to_at > s.from_at)
), chain as (
  select p.segment, p.partner_id as direct_id, 1 as tier, p.partner_id, p.parent_id, p.level, p.client_id, p.moved_at
  from place p where p.partner_id in (select partner_id from run_piece union select partner_id from run_cpa)
  union all
  select c.segment, c.direct_id, c.tier + 1, p.partner_id, p.parent_id, p.level, p.client_id, greatest(c.moved_at, p.moved_at)
  from chain c join place p on p.segment = c.segment and p.partner_id = c.parent_id where c.tier < 10
)
select segment, direct_id, tier, partner_id, level, client_id, moved_at from chain
`;

/**
 * The step that each tier of a piece has reached, by what its partner brought: until then, in the order of time
 * (prospective), or in the whole period (retroactive). Deals that do not count bring nothing.
 */
export const fillSteps = `
with brought as (
  select p.piece, p.segment, p.at, c.tier, c.partner_id, c.tier = 1 as is_own, p.paid_e8 * p.portion * g.modifier * 0.00000001 as lots,
    row_number() over (partition by c.partner_id, p.client_id order by p.at, p.piece) = 1 as is_first,
    c.tier = 1 and row_number() over (partition by c.partner_id, p.client_id, c.tier = 1 order by p.at, p.piece) = 1 as is_first_own
  from run_piece p join run_group g on g.segment = p.segment and g.ord = p.group_ord
  join run_chain c on c.segment = p.segment and c.direct_id = p.partner_id
  where p.reason is null
), measured as (
  select b.*, sum(lots) over before as lots_before, sum(case when is_own then lots else 0 end) over before as own_before,
    sum(is_first::int) over before as clients_before, sum(is_first_own::int) over before as own_clients_before,
    sum(lots) over whole as lots_all, sum(case when is_own then lots else 0 end) over whole as own_all,
    sum(is_first::int) over whole as clients_all, sum(is_first_own::int) over whole as own_clients_all
  from brought b
  window before as (partition by partner_id order by at, piece rows between unbounded preceding and 1 preceding), whole as (partition by partner_id)
), reached as (
  select m.piece, m.tier, coalesce((select max(step) from run_step t where t.segment = m.segment and t.from_value <= coalesce(
    case when s.tiers_by = 'lots' then case when s.tiers_retroactive then case when s.tiers_network then lots_all else own_all end
        else case when s.tiers_network then lots_before else own_before end end
      else case when s.tiers_retroactive then case when s.tiers_network then clients_all else own_clients_all end
        else case when s.tiers_network then clients_before else own_clients_before end end end, 0)), 0) as step
  from measured m join run_plan s on s.segment = m.segment where s.tiers_by is not null
), stepped as (
  select piece, array_agg(step order by tier) as steps from reached group by 1
)
update run_piece p set steps = s.steps from stepped s where s.piece = p.piece
`;

/**
 * What each tier gets of each kind, exact, by plan, symbol group, direct partner and the steps that the tiers have
 * reached. \`top\` is the highest own rate so far: an override by difference pays what the own rate adds to it. Group
 * −1 is the CPA. A fixed override is one sum per lot, whatever the tier below is paid for.
 */
export const createRates = `
create temporary table run_own on commit drop as
with combination as (
  select distinct segment, group_ord as ord, partner_id as direct_id, case when reason is null then steps else '{}' end as steps
  from run_piece where segment is not null and group_ord is not null
  union
  select segment, -1, partner_id, '{}' from run_cpa
)
select k.*, c.tier, c.partner_id, g.component, g.component_ord, min(g.component_ord) over (partition by k.segment, k.ord) = g.component_ord as is_lead,
  g.rates[least(c.level, cardinality(g.rates))]::numeric * coalesce(t.percent, 100) * 0.01 as own
from combination k join run_chain c on c.segment = k.segment and c.direct_id = k.direct_id
join run_component g on g.segment = k.segment and g.ord = k.ord
left join run_step t on t.segment = k.segment and t.step = k.steps[c.tier];
-- Analyzed, or each step of the recursion reads it through for each rate.
analyze run_own;
create temporary table run_rate on commit drop as
with recursive rate as (
  select segment, ord, direct_id, steps, tier, partner_id, component, component_ord, is_lead, own, own as per_unit, own as top, 0::numeric as below
  from run_own where tier = 1
  union all
  select r.segment, r.ord, r.direct_id, r.steps, o.tier, o.partner_id, case p.override_by when 'fixed' then 'per_lot' else r.component end,
    case p.override_by when 'fixed' then 1 else r.component_ord end, r.is_lead, o.own,
    case p.override_by when 'difference' then greatest(0, o.own - r.top) when 'fixed' then p.override_per_lot
      else r.per_unit * p.override_percent * 0.01 end,
    greatest(r.top, o.own), case p.override_by when 'difference' then r.top else r.per_unit end
  from rate r
  join run_plan p on p.segment = r.segment
  join run_own o on o.segment = r.segment and o.ord = r.ord and o.direct_id = r.direct_id and o.steps = r.steps and o.tier = r.tier + 1
    and case p.override_by when 'fixed' then r.is_lead and o.is_lead and r.ord >= 0 else o.component = r.component end
)
select row_number() over () as rate_id, segment, ord, direct_id, steps, tier, partner_id, component, component_ord, is_lead, own, per_unit, below from rate;
drop table run_own
`;

/**
 * One rate for each pair of currencies that the run needs, into the currency of payment: one that was given, else from
 * the last deal before the period's end whose server named one (MT5 RateProfit: profit currency to account currency), as
 * it is or turned round (12 digits). The deal it comes from is its source.
 */
export const createConversions = `
create temporary table run_conversion on commit drop as
with scope as (
  select * from run_scope
), wanted as (
  select currency as from_code from run_plan union select currency from run_deal union select currency from run_deposit union select code from run_also_wanted
), quoted as (
  select coalesce(s.profit_currency, substr(d.symbol, 4, 3)) as from_code, d.currency as to_code, d.profit_rate as rate, d.server_id, d.ticket, d.time
  from ${dealsAsOf} d left join symbol s on s.server_id = d.server_id and s.name = d.symbol
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
select w.from_code, case when w.from_code = scope.currency then 1 else coalesce(g.rate, l.rate) end as rate,
  case when w.from_code = scope.currency then 'same currency' when g.rate is not null then g.source
    else 'deal ' || l.server_id || '/' || l.ticket || l.turned end as source
from wanted w cross join scope left join latest l on l.from_code = w.from_code left join run_given_rate g on g.from_code = w.from_code
where w.from_code = scope.currency or coalesce(g.rate, l.rate) > 0
`;
