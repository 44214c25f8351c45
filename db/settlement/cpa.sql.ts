import { dealsAsOf } from './inputs.sql';

/** The client pays in with what the partner, being a client as well, pays in with. */
const sharesInstrument = `exists (select 1 from payment_source mine join payment_source theirs
    on theirs.provider = mine.provider and theirs.fingerprint_index = mine.fingerprint_index
    where mine.client_id = d.client_id and theirs.client_id = p.client_id)`;

/**
 * Who qualifies for a CPA within the period, or has lost the chance of it: each client once, at the moment at which it is
 * decided, with the partner of that moment. All sums are compared in the currency of payment. A client who qualified
 * in an earlier settlement does not come again.
 */
export const findCpas = `
with asked as (
  select s.*, r.to_at as until, rc.rate as plan_rate from run_plan s cross join run_scope r
  left join run_conversion rc on rc.from_code = s.currency where s.cpa_days is not null
), candidate as (
  select d.client_id, min(d.time) as t0 from run_deposit d
  where not exists (select 1 from run_previous_cpa p where p.client_id = d.client_id) group by 1
), paid_in as (
  select s.segment, c.client_id, c.t0, d.time, dc.rate is null or s.plan_rate is null as is_unconverted,
    d.time < c.t0 + make_interval(hours => s.cpa_first_hours) as is_first,
    sum(case when d.time < c.t0 + make_interval(hours => s.cpa_first_hours) then d.amount_minor * u.unit * coalesce(dc.rate, 0) else 0 end) over w as first_sum,
    sum(d.amount_minor * u.unit * coalesce(dc.rate, 0)) over w as all_sum
  from asked s cross join candidate c
  join run_deposit d on d.client_id = c.client_id and d.time < c.t0 + make_interval(days => s.cpa_days)
  join run_currency u on u.code = d.currency
  left join run_conversion dc on dc.from_code = d.currency
  window w as (partition by s.segment, c.client_id order by d.time, d.id collate "C")
), deposited as (
  select p.segment, p.client_id, p.t0, bool_or(is_unconverted) as is_unconverted, max(first_sum) as first_sum, max(all_sum) as deposit_sum,
    min(time) filter (where is_first and first_sum >= s.cpa_first_min * s.plan_rate) as first_at,
    min(time) filter (where all_sum >= s.cpa_deposit_min * s.plan_rate) as deposit_at
  from paid_in p join asked s on s.segment = p.segment group by 1, 2, 3
), closed as (
  select s.segment, c.client_id, d.time, s.cpa_lots_min,
    sum(case when d.entry = 'reverse' then least(d.volume, coalesce(d.volume_closed, d.volume)) else d.volume end)
      over (partition by s.segment, c.client_id order by d.time, d.server_id collate "C", d.ticket) as lots_e8
  from asked s cross join candidate c cross join run_scope r
  join ${dealsAsOf} d on d.client_id = c.client_id and d.time >= c.t0 and d.time < least(c.t0 + make_interval(days => s.cpa_days), s.until)
  where d.kind = 'trade' and d.entry in ('out', 'out_by', 'reverse') and d.seen_at <= r.as_of
), traded as (
  select segment, client_id, max(lots_e8) as lots_e8, min(time) filter (where lots_e8 >= cpa_lots_min * 100000000) as lots_at
  from closed group by 1, 2
), met as (
  select d.*, coalesce(t.lots_e8, 0) as lots_e8, case when s.cpa_lots_min = 0 then d.t0 else t.lots_at end as lots_at, s.from_at, s.to_at,
    d.t0 + make_interval(hours => s.cpa_first_hours) as first_until, d.t0 + make_interval(days => s.cpa_days) as until
  from deposited d join asked s on s.segment = d.segment
  left join traded t on t.segment = d.segment and t.client_id = d.client_id
), judged as (
  select m.*, case when first_at is null then first_until when deposit_at is null or lots_at is null then m.until
      else greatest(first_at, deposit_at, lots_at) end as at,
    case when (first_at is null or deposit_at is null) and is_unconverted then 'NO_CONVERSION' when first_at is null then 'CPA_FIRST_DEPOSIT'
      when deposit_at is null then 'CPA_DEPOSITS' when lots_at is null then 'CPA_LOTS' end as reason
  from met m
), decided as (
  select distinct on (client_id) * from judged where at >= from_at and at < to_at order by client_id, (reason is null) desc, at, segment
)
insert into run_cpa
select d.client_id, d.segment, a.partner_id, a.from_at, d.t0, d.first_sum, d.deposit_sum, d.lots_e8, d.at,
  coalesce(d.reason, case when a.related is not null or p.client_id = d.client_id or ${sharesInstrument} then 'CPA_RELATED' end)
from decided d cross join run_scope r
join attribution a on a.client_id = d.client_id and a.from_at <= d.at and (a.to_at is null or d.at < a.to_at)
join partner p on p.id = a.partner_id and p.plan_set = r.plan_set
`;
