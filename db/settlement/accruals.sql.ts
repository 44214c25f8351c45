/**
 * What is owed to partners at the end of a day, by entity, plan set, partner and currency. Settlements stand as they were then:
 * computed by that moment, and not rejected by it.
 */
export const accruals = `
with standing as (
  select id, plan_set, from_at, to_at from settlement
  where computed_at < :end::timestamptz and not (state = 'rejected' and closed_at < :end::timestamptz)
), later as (
  select id, plan_set, from_at, to_at from settlement
  where computed_at >= :end::timestamptz and state <> 'rejected' and from_at < :end::timestamptz
), item as (
  -- Closed by that day, in a month that was settled later: as that settlement has it.
  select l.plan_set, n.partner_id, n.amount_minor as earned, 0::numeric as settled, 0::numeric as carried, 0::numeric as held, null::text as reasons, 0::numeric as paid
  from later l join settlement_line n on n.settlement_id = l.id and n.event <> 'adjustment' and n.closed_at < :end::timestamptz
  union all
  -- Of the month that is kept up to now.
  select f.plan_set, f.partner_id, f.amount_minor, 0, 0, 0, null, 0 from month_figure f
  where f.day < (:end::timestamptz at time zone 'UTC')::date and not exists (
    select 1 from (select * from standing union all select * from later) s
    where s.plan_set = f.plan_set and f.day >= (s.from_at at time zone 'UTC')::date and f.day < (s.to_at at time zone 'UTC')::date)
  union all
  -- Settled, not paid, and in no later settlement. What a rejected one had carried is back where it was.
  select s.plan_set, o.partner_id, 0, greatest(n.minor, 0), least(n.minor, 0), 0, null, 0
  from standing s join settlement_payout o on o.settlement_id = s.id
  cross join lateral (select o.amount_minor - case when o.state = 'cancelled' then o.carried_minor + o.adjusted_minor else 0 end as minor) n
  where (o.paid_at is null or o.paid_at >= :end::timestamptz) and o.state not in ('forgiven', 'forfeited')
    and not exists (select 1 from standing c where c.id = o.carried_into)
  union all
  -- Adjusted by hand, and in no payout yet.
  select a.plan_set, a.partner_id, 0, greatest(a.amount_minor, 0), least(a.amount_minor, 0), 0, null, 0 from partner_adjustment a
  where a.state = 'approved' and a.decided_at < :end::timestamptz and not exists (select 1 from standing t where t.id = a.taken_into)
  union all
  -- Released, and in no payout yet.
  select s.plan_set, p.partner_id, 0, p.held_minor, 0, 0, null, 0
  from standing s join settlement_hold h on h.settlement_id = s.id and h.state = 'released' and h.decided_at < :end::timestamptz
  join settlement_hold_part p on p.hold_id = h.id where not exists (select 1 from standing t where t.id = h.taken_into)
  union all
  select s.plan_set, p.partner_id, 0, 0, 0, p.held_minor, array_to_string(h.reasons, '+'), 0
  from standing s join settlement_hold h on h.settlement_id = s.id and h.opened_at < :end::timestamptz
    and (h.decided_at is null or h.decided_at >= :end::timestamptz)
  join settlement_hold_part p on p.hold_id = h.id where p.held_minor > 0
  union all
  select s.plan_set, o.partner_id, 0, 0, 0, 0, null, o.amount_minor
  from settlement_payout o join settlement s on s.id = o.settlement_id
  where o.state = 'paid' and o.paid_at >= :from::timestamptz and o.paid_at < :end::timestamptz
), told as (
  select p.entity_id, i.plan_set, i.partner_id, p.currency, i.reasons, sum(i.earned) as earned, sum(i.settled) as settled, sum(i.carried) as carried,
    sum(i.held) as held, sum(i.paid) as paid
  from item i join plan_set p on p.id = i.plan_set
  where (:entities::text[] is null or p.entity_id = any (:entities)) and (:entityId::text is null or p.entity_id = :entityId)
    and (:planSet::text is null or i.plan_set = :planSet) and (:partnerId::text is null or i.partner_id = :partnerId)
    and (:currency::text is null or p.currency = :currency)
  group by 1, 2, 3, 4, 5
)
`;

/** By partner, in the order of their ids; what is held, by the reasons it is held for. */
export const accrualRows = `${accruals}
select entity_id, plan_set, partner_id, currency, sum(earned)::numeric(38, 0) as earned, sum(settled)::numeric(38, 0) as settled,
  sum(carried)::numeric(38, 0) as carried, sum(held)::numeric(38, 0) as held, sum(paid)::numeric(38, 0) as paid,
  coalesce(jsonb_object_agg(reasons, held::text) filter (where reasons is not null), '{}') as reasons
from told where (:after::text is null or (partner_id || '/' || plan_set) collate "C" > :after)
group by 1, 2, 3, 4
having sum(earned) <> 0 or sum(settled) <> 0 or sum(carried) <> 0 or sum(held) <> 0 or sum(paid) <> 0
order by (partner_id || '/' || plan_set) collate "C" limit :limit
`;

/** By entity and currency, beside what the ledger says of the same payments. */
export const accrualTotals = `${accruals}, total as (
  select entity_id, currency, sum(earned)::numeric(38, 0) as earned, sum(settled)::numeric(38, 0) as settled,
    sum(carried)::numeric(38, 0) as carried, sum(held)::numeric(38, 0) as held, sum(paid)::numeric(38, 0) as paid
  from told group by 1, 2
), posted as (
  select t.entity_id, e.currency, sum(e.amount)::numeric(38, 0) as posted from ledger_transaction t
  join ledger_entry e on e.transaction_id = t.id and e.amount > 0
  join settlement_payout o on o.transaction_id = t.id and o.paid_at >= :from::timestamptz and o.paid_at < :end::timestamptz
  join settlement s on s.id = o.settlement_id
  where t.kind = 'partner_payout' and (:planSet::text is null or s.plan_set = :planSet)
    and (:partnerId::text is null or o.partner_id = :partnerId)
  group by 1, 2
)
select n.*, coalesce(p.posted, 0) as posted from total n left join posted p on p.entity_id = n.entity_id and p.currency = n.currency
order by n.entity_id, n.currency limit 200
`;
