/**
 * The lines, exact until one rounding half to even into the currency's minor unit. Where the tiers together
 * would get more than the deal brought in, its whole minor units are shared out in proportion, the rest by
 * largest remainder, the lower tier first.
 */
export const createLines = `
create temporary table run_line on commit drop as
with tier as (
  select p.*, r.tier, r.partner_id as payee, r.own, r.per_lot, r.below, s.plan_hash, s.plan_version, s.currency as rate_currency,
    s.override_by, s.cap_at_revenue, g.name as group_name, rc.rate as conversion, rc.source as conversion_source,
    ac.rate as revenue_conversion, ac.source as revenue_source, pay.per_major, acc.unit,
    coalesce(p.reason, case
      when r.tier > s.tiers_max then 'BEYOND_TIERS'
      when c.client_id = p.client_id then 'OWN_TRADES'
      when r.per_lot = 0 then case when s.override_by = 'difference' and r.tier > 1 then 'NO_DIFFERENCE' else 'ZERO_RATE' end
      when rc.rate is null or (s.cap_at_revenue and ac.rate is null) then 'NO_CONVERSION' end) as refusal
  from run_piece p
  left join run_plan s on s.segment = p.segment
  left join run_group g on g.segment = p.segment and g.ord = p.group_ord
  left join run_rate r on r.segment = p.segment and r.ord = p.group_ord and r.direct_id = p.partner_id and (p.reason is null or r.tier = 1)
  left join run_chain c on c.direct_id = p.partner_id and c.tier = r.tier
  left join run_conversion rc on rc.from_code = s.currency
  left join run_conversion ac on ac.from_code = p.currency
  cross join run_scope scope
  join run_currency pay on pay.code = scope.currency
  join run_currency acc on acc.code = p.currency
), worth as (
  select t.*, case when refusal is null then lots_e8 * 0.00000001 * per_lot * conversion * per_major else 0 end as exact,
    revenue_minor * unit * revenue_conversion * per_major as revenue
  from tier t
), rounded as (
  select w.*, round_half_even(exact) as fair, floor(greatest(revenue, 0)) as allowed,
    sum(exact) over pieces as exact_all, sum(round_half_even(exact)) over pieces as fair_all
  from worth w window pieces as (partition by piece)
), shared as (
  select r.*, cap_at_revenue and fair_all > allowed as capped,
    case when exact_all > 0 then div(exact * allowed, exact_all) else 0 end as share,
    case when exact_all > 0 then exact * allowed - div(exact * allowed, exact_all) * exact_all else 0 end as remainder
  from rounded r
), ranked as (
  select s.*, allowed - sum(share) over pieces as left_over,
    row_number() over (partition by piece order by (refusal is null) desc, remainder desc, tier) as rank
  from shared s window pieces as (partition by piece)
), final as (
  select r.*, case when refusal is not null then 0
      when capped then share + case when rank <= left_over then 1 else 0 end
      else fair end as amount_minor
  from ranked r
)
select row_number() over (order by server_id collate "C", out_ticket, in_ticket nulls first, tier) as line,
  coalesce(payee, partner_id) as partner_id, client_id, server_id, login, position_id,
  case when in_ticket is null then array[out_ticket] else array[in_ticket, out_ticket] end as tickets,
  symbol, lots_e8, coalesce(tier, 1) as tier, partner_id as source_partner, coalesce(plan_version, '') as plan_version,
  coalesce(trim_scale(per_lot)::text, '') as rate, coalesce(rate_currency, '') as rate_currency,
  coalesce(trim_scale(conversion)::text, '') as conversion,
  coalesce(refusal, case when capped and amount_minor < fair then 'CAPPED_BY_REVENUE' when amount_minor = 0 then 'ROUNDS_TO_ZERO' else 'PAID' end) as reason,
  amount_minor, closed_at, coalesce(plan_hash, '') as plan_hash,
  jsonb_strip_nulls(jsonb_build_object(
    'group', group_name, 'override', case when tier > 1 then override_by end, 'ownRate', trim_scale(own)::text,
    'below', case when tier > 1 then trim_scale(below)::text end, 'openPrice', trim_scale(open_price)::text,
    'closePrice', trim_scale(close_price)::text, 'openedAt', opened_at, 'closedAt', closed_at, 'attributedFrom', attributed_from,
    'planHash', plan_hash, 'conversionSource', conversion_source, 'spreadSource', spread_source,
    'revenueMinor', trim_scale(round(revenue, 6))::text, 'revenueConversion', trim_scale(revenue_conversion)::text,
    'revenueConversionSource', revenue_source, 'exactMinor', case when refusal is null then trim_scale(round(exact, 12))::text end,
    'beforeCapMinor', case when capped and refusal is null then fair::text end)) as explanation
from final
`;

export const insertLines = `
insert into settlement_line (settlement_id, line, entity_id, partner_id, client_id, server_id, login, position_id, tickets, symbol, lots_e8,
  tier, source_partner, plan_version, rate, rate_currency, conversion, reason, explanation, amount_minor, currency, closed_at)
select :id, line, scope.entity_id, partner_id, client_id, server_id, login, position_id, tickets, symbol, lots_e8, tier, source_partner, plan_version,
  rate, rate_currency, conversion, reason, explanation, amount_minor, scope.currency, closed_at
from run_line cross join run_scope scope
`;
