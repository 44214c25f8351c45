/** Half to even, whatever the sign: PostgreSQL's round() goes half away from zero. */
const halfEven = (x: string): string =>
  `(round(${x}) - case when abs(${x} - trunc(${x})) = 0.5 and mod(trunc(${x}), 2) = 0 then sign(${x}) else 0 end)`;

/** The part of a piece's sum that its paid volume has, cut after 12 digits. */
const ofPaid = (sum: string): string =>
  `case when paid_e8 = lots_e8 then ${sum} else div(${sum} * paid_e8 * 1000000000000, lots_e8) * 0.000000000001 end`;

export const createLineTable = `
create temporary table run_line (line bigint primary key, segment int, event text not null, component text not null, partner_id text not null,
  client_id text, server_id text, login text, position_id bigint, tickets bigint[] not null, symbol text, lots_e8 numeric not null, tier int not null,
  source_partner text not null, plan_version text not null, plan_hash text not null, rate text not null, rate_currency text not null,
  conversion text not null, reason text not null, amount_minor numeric not null, closed_at timestamptz(3) not null, adjusts text,
  explanation jsonb not null, piece bigint, rate_id bigint) on commit drop;
`;

/** What a piece's lines say of it, built once for all of them. */
const toldPieces = `
  select p.piece, rc.source as plan_source, ac.source as account_source,
    trim_scale(round(p.spread_minor * acc.unit * ac.rate * pay.per_major, 6))::text as spread_text,
    jsonb_strip_nulls(jsonb_build_object(
      'group', g.name, 'openPrice', trim_scale(case when p.opens then p.price else p.open_price end)::text,
      'closePrice', case when p.opens then null else trim_scale(p.price)::text end, 'openedAt', p.opened_at,
      'closedAt', case when p.opens then null else p.at end, 'attributedFrom', p.attributed_from, 'planHash', s.plan_hash, 'spreadSource', p.spread_source,
      'paidLots', case when p.paid_e8 <> p.lots_e8 then trim_scale(p.paid_e8 * 0.00000001)::text end,
      'portion', case when p.portion <> 1 then trim_scale(p.portion)::text end, 'weight', case when p.weight <> 1 then trim_scale(p.weight)::text end,
      'revenueMinor', trim_scale(round(p.revenue_minor * acc.unit * ac.rate * pay.per_major, 6))::text, 'revenueConversion', trim_scale(ac.rate)::text,
      'revenueConversionSource', ac.source)) as told
  from run_piece p
  left join run_plan s on s.segment = p.segment
  left join run_group g on g.segment = p.segment and g.ord = p.group_ord
  left join run_conversion rc on rc.from_code = s.currency
  left join run_conversion ac on ac.from_code = p.currency
  cross join run_scope scope
  join run_currency pay on pay.code = scope.currency
  join run_currency acc on acc.code = p.currency
  offset 0`;

/** What the lines of a rate say of it. */
const toldRates = `
  select r.rate_id, r.component,
    jsonb_strip_nulls(jsonb_build_object('override', case when r.tier > 1 then s.override_by end, 'ownRate', trim_scale(r.own)::text,
      'below', case when r.tier > 1 then trim_scale(r.below)::text end,
      'lotModifier', case when g.modifier <> 1 and r.component = 'per_lot' then trim_scale(g.modifier)::text end)) as told
  from run_rate r join run_plan s on s.segment = r.segment left join run_group g on g.segment = r.segment and g.ord = r.ord
  offset 0`;

/**
 * A line for each piece, tier and kind of rate, exact until one rounding half to even into the currency's minor unit.
 * Where the tiers together would get more than the deal brought in, its whole minor units are shared out in proportion,
 * the rest by largest remainder, the lower tier first; what is below zero stands aside.
 */
export const fillLines = `
with piece as (
  select p.piece, p.client_id, p.partner_id, p.at, p.segment, p.group_ord, p.steps, p.reason, p.lots_e8, p.paid_e8, p.portion, p.weight, p.spread_minor,
    p.revenue_minor, p.spread_source, s.override_by, s.cap_at_revenue, s.tiers_max, s.own_trades, g.modifier, rc.rate as plan_conversion,
    ac.rate as account_conversion, pay.per_major, acc.unit,
    floor(greatest(p.revenue_minor * acc.unit * ac.rate * pay.per_major, 0)) as allowed
  from run_piece p
  left join run_plan s on s.segment = p.segment
  left join run_group g on g.segment = p.segment and g.ord = p.group_ord
  left join run_conversion rc on rc.from_code = s.currency
  left join run_conversion ac on ac.from_code = p.currency
  cross join run_scope scope
  join run_currency pay on pay.code = scope.currency
  join run_currency acc on acc.code = p.currency
  offset 0
), tier as (
  select p.*, r.rate_id, r.tier, r.component, r.component_ord, r.per_unit,
    coalesce(p.reason, case
      when r.tier is null then 'ZERO_RATE'
      when r.tier > p.tiers_max then 'BEYOND_TIERS'
      when x.from_at <= p.at then x.reason
      when c.client_id = p.client_id and not p.own_trades then 'OWN_TRADES'
      when r.per_unit = 0 then case when p.override_by = 'difference' and r.tier > 1 then 'NO_DIFFERENCE' else 'ZERO_RATE' end
      when p.plan_conversion is null or ((p.cap_at_revenue or r.component <> 'per_lot') and p.account_conversion is null) then 'NO_CONVERSION'
      when r.component = 'spread' and p.spread_minor = 0 and p.spread_source like '%unknown%' then 'SPREAD_UNKNOWN' end) as refusal
  from piece p
  left join run_rate r on r.segment = p.segment and r.ord = p.group_ord and r.direct_id = p.partner_id
    and r.steps = case when p.reason is null then p.steps else '{}' end and (p.reason is null or (r.tier = 1 and r.is_lead))
  left join run_chain c on c.segment = p.segment and c.direct_id = p.partner_id and c.tier = r.tier
  left join run_ended x on x.partner_id = r.partner_id
  offset 0
), worth as (
  select piece, rate_id, tier, component_ord, refusal, allowed, cap_at_revenue, plan_conversion, account_conversion, case when refusal is not null then 0
      when component = 'per_lot' then paid_e8 * 0.00000001 * modifier * portion * weight * per_unit * plan_conversion * per_major
      when component = 'spread' then (${ofPaid('spread_minor')}) * weight * per_unit * 0.01 * unit * account_conversion * per_major
      else (${ofPaid('revenue_minor')}) * weight * per_unit * 0.01 * unit * account_conversion * per_major end as exact
  from tier t offset 0
), rounded as (
  select w.*, case when exact = 0 then 0 else ${halfEven('exact')} end as fair, greatest(exact, 0) as positive from worth w offset 0
), summed as (
  select r.*, row_number() over (order by piece, tier, component_ord) as line, sum(positive) over pieces as exact_all,
    sum(greatest(fair, 0)) over pieces as fair_all
  from rounded r window pieces as (partition by piece order by tier, component_ord rows between unbounded preceding and unbounded following)
), over as (
  select s.*, exact > 0 as capped, case when exact_all > 0 then div(positive * allowed, exact_all) else 0 end as share
  from summed s where cap_at_revenue and fair_all > allowed offset 0
), ranked as (
  select o.*, allowed - sum(share) over pieces as left_over,
    row_number() over (partition by piece order by (positive > 0) desc,
      case when capped then positive * allowed - share * exact_all else 0 end desc, tier, component_ord) as rank
  from over o window pieces as (partition by piece)
), final as (
  select line, piece, rate_id, tier, refusal, exact, fair, capped, plan_conversion, account_conversion,
    case when refusal is not null then 0 when capped then share + case when rank <= left_over then 1 else 0 end else fair end as amount_minor
  from ranked
  union all
  select line, piece, rate_id, tier, refusal, exact, fair, false, plan_conversion, account_conversion, case when refusal is not null then 0 else fair end
  from summed where (cap_at_revenue and fair_all > allowed) is not true
)
insert into run_line
select f.line, p.segment, case when p.opens then 'open' else 'close' end, coalesce(r.component, 'per_lot'), coalesce(r.partner_id, p.partner_id), p.client_id,
  p.server_id, p.login, p.position_id,
  case when p.opens then array[p.in_ticket] when p.in_ticket is null then array[p.out_ticket] else array[p.in_ticket, p.out_ticket] end,
  p.symbol, p.lots_e8, coalesce(f.tier, 1), p.partner_id, coalesce(s.plan_version, ''), coalesce(s.plan_hash, ''), coalesce(trim_scale(r.per_unit)::text, ''),
  case when r.component = 'per_lot' then s.currency when r.component is null then '' else '%' end,
  coalesce(trim_scale(case when r.component = 'per_lot' then f.plan_conversion else f.account_conversion end)::text, ''),
  coalesce(f.refusal, case when f.capped and f.amount_minor < f.fair then 'CAPPED_BY_REVENUE' when f.amount_minor = 0 then 'ROUNDS_TO_ZERO' else 'PAID' end),
  f.amount_minor, p.at, null,
  jsonb_strip_nulls(jsonb_build_object(
    'step', case when p.steps[f.tier] > 0 then p.steps[f.tier] end,
    'exactMinor', case when f.refusal is null then trim_scale(round(f.exact, 12))::text end,
    'beforeCapMinor', case when f.capped and f.refusal is null then f.fair::text end)),
  f.piece, f.rate_id
from final f join run_piece p on p.piece = f.piece left join run_plan s on s.segment = p.segment left join run_rate r on r.rate_id = f.rate_id
`;

/** The lines with what their pieces and rates say of them besides their own. */
export const explainedLines = `
select l.*, case when l.piece is null then l.explanation else p.told || (coalesce(r.told, '{}') || l.explanation
    || jsonb_strip_nulls(jsonb_build_object('conversionSource', case when r.component = 'per_lot' then p.plan_source else p.account_source end,
      'spreadMinor', case when r.component = 'spread' then p.spread_text end))) end as explained
from run_line l left join (${toldPieces}) p on p.piece = l.piece left join (${toldRates}) r on r.rate_id = l.rate_id
`;

/** The CPA of those who qualify, by tier; of those who do not any more, the reason. */
export const addCpaLines = `
with tier as (
  select q.*, r.tier, r.partner_id as payee, r.own, r.per_unit, r.below, s.plan_version, s.plan_hash, s.currency as plan_currency, s.override_by,
    rc.rate as conversion, rc.source as conversion_source, pay.per_major,
    coalesce(q.reason, case
      when r.tier > s.tiers_max then 'BEYOND_TIERS'
      when x.from_at <= q.at then x.reason
      when c.client_id = q.client_id then 'CPA_RELATED'
      when r.per_unit = 0 then case when s.override_by = 'difference' and r.tier > 1 then 'NO_DIFFERENCE' else 'ZERO_RATE' end
      when rc.rate is null then 'NO_CONVERSION' end) as refusal
  from run_cpa q
  join run_plan s on s.segment = q.segment
  join run_rate r on r.segment = q.segment and r.ord = -1 and r.direct_id = q.partner_id and (q.reason is null or r.tier = 1)
  join run_chain c on c.segment = q.segment and c.direct_id = q.partner_id and c.tier = r.tier
  left join run_ended x on x.partner_id = r.partner_id
  left join run_conversion rc on rc.from_code = s.currency
  cross join run_scope scope join run_currency pay on pay.code = scope.currency
), worth as (
  select t.*, case when refusal is null then per_unit * conversion * per_major else 0 end as exact from tier t
)
insert into run_line
select (select coalesce(max(line), 0) from run_line) + row_number() over (order by at, client_id collate "C", tier), segment, 'period', 'cpa', payee, client_id, null,
  null, null, '{}', null, lots_e8, tier, partner_id, plan_version, plan_hash, trim_scale(per_unit)::text, plan_currency, coalesce(trim_scale(conversion)::text, ''),
  coalesce(refusal, case when ${halfEven('exact')} = 0 then 'ROUNDS_TO_ZERO' else 'PAID' end), ${halfEven('exact')}, at, null,
  jsonb_strip_nulls(jsonb_build_object('group', 'CPA', 'override', case when tier > 1 then override_by end, 'ownRate', trim_scale(own)::text,
    'below', case when tier > 1 then trim_scale(below)::text end, 'firstDepositAt', first_deposit_at, 'firstDepositMinor', trim_scale(round(first_sum * per_major, 6))::text,
    'depositsMinor', trim_scale(round(deposit_sum * per_major, 6))::text, 'lots', trim_scale(lots_e8 * 0.00000001)::text, 'decidedAt', at,
    'attributedFrom', attributed_from, 'planHash', plan_hash, 'conversionSource', conversion_source))
from worth
`;

/** The volume bonus of each partner, for the lots of the own clients that counted, by the plan at the period's end. */
export const addBonusLines = `
with plan as (
  select * from run_plan order by segment desc limit 1
), brought as (
  select p.partner_id, sum(p.paid_e8 * p.portion * g.modifier) as lots_e8
  from run_piece p join run_group g on g.segment = p.segment and g.ord = p.group_ord where p.reason is null
    and not exists (select 1 from run_ended x where x.partner_id = p.partner_id and x.from_at <= p.at) group by 1
), reached as (
  select b.*, t.from_lots, coalesce(t.per_lot, 0) as per_lot, s.segment, s.plan_version, s.plan_hash, s.currency as plan_currency, rc.rate as conversion,
    rc.source as conversion_source, pay.per_major, scope.to_at,
    case when t.per_lot is null then 'BONUS_NOT_REACHED' when t.per_lot = 0 then 'ZERO_RATE' when rc.rate is null then 'NO_CONVERSION' end as refusal
  from brought b cross join plan s cross join run_scope scope join run_currency pay on pay.code = scope.currency
  left join run_conversion rc on rc.from_code = s.currency
  left join lateral (select * from run_bonus where from_lots * 100000000 <= b.lots_e8 order by from_lots desc limit 1) t on true
), worth as (
  select r.*, case when refusal is null then lots_e8 * 0.00000001 * per_lot * conversion * per_major else 0 end as exact from reached r
)
insert into run_line
select (select coalesce(max(line), 0) from run_line) + row_number() over (order by partner_id collate "C"), segment, 'period', 'volume_bonus', partner_id, null, null, null,
  null, '{}', null, round(lots_e8), 1, partner_id, plan_version, plan_hash, trim_scale(per_lot)::text, plan_currency, coalesce(trim_scale(conversion)::text, ''),
  coalesce(refusal, case when ${halfEven('exact')} = 0 then 'ROUNDS_TO_ZERO' else 'PAID' end), ${halfEven('exact')}, to_at - interval '1 millisecond', null,
  jsonb_strip_nulls(jsonb_build_object('group', 'Volume bonus', 'lots', trim_scale(lots_e8 * 0.00000001)::text, 'fromLots', trim_scale(from_lots)::text,
    'planHash', plan_hash, 'conversionSource', conversion_source))
from worth
`;

/** What each client brought in and was paid for in the period: of the next one's lifetime. */
export const readClients = `
with brought as (
  select p.client_id, sum(p.revenue_minor * acc.unit * coalesce(ac.rate, 0) * pay.per_major) as revenue_minor
  from run_piece p join run_scope scope on true join run_currency pay on pay.code = scope.currency join run_currency acc on acc.code = p.currency
  left join run_conversion ac on ac.from_code = p.currency where p.reason is distinct from 'CANCELLED' group by 1
), paid as (
  select client_id, sum(amount_minor) as paid_minor from run_line where client_id is not null and event <> 'adjustment' group by 1
)
select coalesce(b.client_id, p.client_id) as client_id, trim_scale(coalesce(b.revenue_minor, 0)) as revenue_minor, coalesce(p.paid_minor, 0) as paid_minor
from brought b full join paid p on p.client_id = b.client_id
`;

export const insertLines = `
insert into settlement_line (settlement_id, line, entity_id, partner_id, client_id, server_id, login, position_id, tickets, symbol, lots_e8,
  tier, source_partner, plan_version, rate, rate_currency, conversion, reason, explanation, amount_minor, currency, closed_at, event, component, adjusts)
select :id, line, scope.entity_id, partner_id, client_id, server_id, login, position_id, tickets, symbol, lots_e8, tier, source_partner, plan_version,
  rate, rate_currency, conversion, reason, explained, amount_minor, scope.currency, closed_at, event, component, adjusts
from (${explainedLines}) l cross join run_scope scope
`;

/**
 * The period's own, and what closed periods come to now beyond what is recorded of them: with their late, cancelled and
 * edited deals, and with what was adjusted for those.
 */
export const insertClients = `
with recorded as (
  select c.of_settlement, c.client_id, sum(c.revenue_minor) as revenue_minor, sum(c.paid_minor) as paid_minor
  from settlement_client c join run_closed k on k.settlement_id = c.of_settlement
  where c.settlement_id = k.settlement_id or c.settlement_id in (select settlement_id from run_adjuster)
  group by 1, 2
)
insert into settlement_client (settlement_id, of_settlement, entity_id, client_id, revenue_minor, paid_minor)
select :id, :id, scope.entity_id, c.client_id, c.revenue_minor, c.paid_minor from (${readClients}) c cross join run_scope scope
union all
select :id, coalesce(n.settlement_id, o.of_settlement), scope.entity_id, coalesce(n.client_id, o.client_id),
  coalesce(n.revenue_minor, 0) - coalesce(o.revenue_minor, 0), coalesce(n.paid_minor, 0) - coalesce(o.paid_minor, 0)
from run_closed_client n full join recorded o on o.of_settlement = n.settlement_id and o.client_id = n.client_id cross join run_scope scope
where (coalesce(n.revenue_minor, 0), coalesce(n.paid_minor, 0)) is distinct from (coalesce(o.revenue_minor, 0), coalesce(o.paid_minor, 0))
`;
