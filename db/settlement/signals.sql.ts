import { percentTold } from '../../domain/policy/kinds/partner-fraud';

/** Made beside the tables of a run, and like them gone with its transaction. */
export const createSignalTable = `
drop table if exists pg_temp.run_signal;
create temporary table run_signal (client_id text not null, server_id text not null, ticket bigint not null, lots_e8 numeric not null,
  is_short boolean not null, is_opposite boolean not null) on commit drop
`;

/**
 * What counts of each piece that earns: closed too soon, or after hardly a move; opened together with the opposite of another client of the
 * same partner. One pass over the pieces in the order of their openings. A piece that pays at the opening has no end to look at.
 */
export const fillSignals = `
insert into run_signal
select p.client_id, p.server_id, p.at_ticket, p.lots_e8 * p.portion,
  not p.opens and (p.at - p.opened_at < make_interval(secs => :shortSeconds)
    or coalesce(abs(p.price - p.open_price) * (10::numeric ^ s.digits) <= :shortMovePoints, false)),
  coalesce(case p.side when 'buy' then min(p.client_id) filter (where p.side = 'sell') over near <> p.client_id
      or max(p.client_id) filter (where p.side = 'sell') over near <> p.client_id
    when 'sell' then min(p.client_id) filter (where p.side = 'buy') over near <> p.client_id
      or max(p.client_id) filter (where p.side = 'buy') over near <> p.client_id end, false)
from run_piece p left join run_symbol s on s.server_id = p.server_id and s.name = p.symbol
where p.reason is null and p.opened_at is not null
window near as (partition by p.partner_id, p.symbol order by p.opened_at
  range between make_interval(secs => :oppositeSeconds) preceding and make_interval(secs => :oppositeSeconds) following)
`;

const percent = (part: string, whole: string): string =>
  `coalesce(round(100 * ${part} / nullif(${whole}, 0), 2), 0)`;

/**
 * What the rules are told of every client who earned the partners of a settlement so much, from the run's own tables. `linked` is
 * whom a partner is, or stands close to: what decides about a CPA as well, and the address of the log-in; `shared` compares digests of IP
 * addresses, names and postal addresses. A partner's own trades are no
 * signal where the plan pays them.
 */
export const readSignals = `
with money as (
  select r.*, u.per_major from run_scope r join run_currency u on u.code = r.currency
), looked_at as (
  -- Of a day or a week the month until its end: the settlements before are looked at with it.
  select :id as settlement_id
  union all
  select s.id from settlement s join money m on m.plan_set = s.plan_set
  where s.state <> 'rejected' and s.to_at > :since::timestamptz and s.to_at <= m.from_at
), line as (
  select client_id, component, event, amount_minor, true as is_present from run_line where client_id is not null
  union all
  select l.client_id, l.component, l.event, l.amount_minor, false from looked_at k join settlement_line l on l.settlement_id = k.settlement_id
  where k.settlement_id <> :id and l.client_id is not null
), earned as (
  -- What an earlier period took back makes nobody less of a suspect in this one.
  select l.client_id, greatest(sum(l.amount_minor), sum(l.amount_minor) filter (where l.is_present)) as total,
    coalesce(sum(l.amount_minor) filter (where l.component <> 'cpa' and l.event <> 'adjustment'), 0) as on_trades
  from line l group by 1
  having sum(l.amount_minor) filter (where l.is_present) > 0
    and greatest(sum(l.amount_minor), sum(l.amount_minor) filter (where l.is_present)) >= :commissionMin::numeric * (select per_major from money)
), brought as (
  select b.client_id, sum(b.revenue_minor) as revenue_minor from looked_at k join settlement_client b
    on b.settlement_id = k.settlement_id and b.of_settlement = k.settlement_id group by 1
), payee as (
  select distinct l.client_id, l.partner_id, l.source_partner, l.tier from run_line l join earned e on e.client_id = l.client_id where l.amount_minor > 0
), traded as (
  select client_id, sum(lots_e8) as lots_e8, coalesce(sum(lots_e8) filter (where is_short), 0) as short_e8,
    coalesce(sum(lots_e8) filter (where is_opposite), 0) as opposite_e8
  from run_signal group by 1
), deposited as (
  select d.client_id, sum(d.amount_minor * u.unit * c.rate) as major
  from money m join deposit d on d.entity_id = m.entity_id and d.credited_at < m.to_at
  join earned e on e.client_id = d.client_id
  join run_currency u on u.code = d.currency join run_conversion c on c.from_code = d.currency group by 1
), linked as (
  select p.id as partner_id, p.client_id, 'self' as how, 1 as ord from partner p join money m on m.plan_set = p.plan_set
  where p.client_id is not null and not exists (select 1 from run_plan where own_trades)
  union all
  select a.partner_id, a.client_id, a.related, 2 from attribution a join partner p on p.id = a.partner_id join money m on m.plan_set = p.plan_set
  where a.related is not null
  union all
  select p.id, theirs.client_id, 'instrument', 3 from money m join partner p on p.plan_set = m.plan_set
  join payment_source mine on mine.client_id = p.client_id
  join payment_source theirs on theirs.provider = mine.provider and theirs.fingerprint_index = mine.fingerprint_index
    and theirs.client_id <> mine.client_id
  union all
  select p.id, c.client_id, 'contact', 4 from money m join partner p on p.plan_set = m.plan_set
  join user_account u on u.kind = 'partner' and u.partner_id = p.id
  join user_account c on c.kind = 'client' and c.email_index = u.email_index where c.client_id is not null
), of_client as (
  select distinct on (y.client_id) y.client_id, k.how from payee y join linked k on k.partner_id = y.partner_id and k.client_id = y.client_id
  order by y.client_id, k.ord
), above as (
  -- As the network stood when it was earned.
  select distinct source_partner as partner_id, partner_id as above_id from payee where tier = 2
), of_partner as (
  select distinct on (f.partner_id, f.above_id) f.partner_id, f.above_id, f.how from (
    select a.partner_id, a.above_id, 'self' as how, 1 as ord from above a join partner s on s.id = a.partner_id
    join partner u on u.id = a.above_id and u.client_id = s.client_id
    union all
    select a.partner_id, a.above_id, k.how, k.ord from above a join partner s on s.id = a.partner_id
    join linked k on k.partner_id = a.above_id and k.client_id = s.client_id
    union all
    select a.partner_id, a.above_id, k.how, k.ord from above a join partner u on u.id = a.above_id
    join linked k on k.partner_id = a.partner_id and k.client_id = u.client_id
  ) f order by f.partner_id, f.above_id, f.ord
), of_network as (
  select distinct on (y.client_id) y.client_id, f.how from payee y join of_partner f on f.partner_id = y.source_partner and f.above_id = y.partner_id
  where y.tier = 2 order by y.client_id, f.how
), clicked as (
  select a.client_id, min(a.click_seconds) as seconds from money m join attribution a on a.from_at >= coalesce(:since::timestamptz, m.from_at) and a.from_at < m.to_at
  where a.click_seconds is not null group by 1
), brought_by as (
  -- A client who earns counts among those of whoever brought it; the others are those of the time.
  select distinct client_id, source_partner as partner_id from payee
), brought_too as (
  select partner_id, client_id from brought_by
  union
  select a.partner_id, a.client_id from money m join attribution a on a.from_at < m.to_at and (a.to_at is null or a.to_at > m.from_at)
  where a.partner_id in (select partner_id from brought_by)
), of_whom as (
  -- Who acts for several clients, or owns several companies, says so: holders alone.
  select p.client_id, p.id as person_id from party p where p.removed_at is null and p.role in ('holder', 'joint_holder')
  union all
  select u.client_id, u.id from user_account u where u.kind = 'client' and u.client_id is not null
), mark as (
  select distinct w.client_id, i.field, i.digest from money m
  join (select client_id from brought_too union select p.client_id from partner p join payee y on y.partner_id = p.id) c on true
  join of_whom w on w.client_id = c.client_id
  join blind_index i on i.person_id = w.person_id and (i.field in ('name', 'address')
    or i.field = 'ip' and i.seen_at > m.to_at - make_interval(days => :sharedIpDays::int))
), partner_mark as (
  select p.id as partner_id, p.client_id, i.field, i.digest from money m join partner p on p.id in (select partner_id from payee)
  join (
    select id as partner_id, id as person_id from partner
    union all select partner_id, id from user_account where kind = 'partner'
  ) w on w.partner_id = p.id
  join blind_index i on i.person_id = w.person_id and (i.field in ('name', 'address')
    or i.field = 'ip' and i.seen_at > m.to_at - make_interval(days => :sharedIpDays::int))
  union
  select p.id, p.client_id, k.field, k.digest from partner p join mark k on k.client_id = p.client_id where p.id in (select partner_id from payee)
), in_common as (
  -- Counted by what is shared, never by pairs: a thousand at one address are a thousand rows.
  select b.partner_id, k.field, k.digest, count(*) - 1 as others from brought_too b join mark k on k.client_id = b.client_id
  group by 1, 2, 3 having count(*) > 1
), shared as (
  select s.client_id,
    bool_or(s.field = 'ip' and s.is_partner) as ip_partner, max(s.others) filter (where s.field = 'ip') as ip_clients,
    bool_or(s.field = 'name' and s.is_partner) as name_partner, max(s.others) filter (where s.field = 'name') as name_clients,
    bool_or(s.field = 'address' and s.is_partner) as address_partner, max(s.others) filter (where s.field = 'address') as address_clients
  from (
    select b.client_id, k.field, false as is_partner, n.others from brought_by b join mark k on k.client_id = b.client_id
    join in_common n on n.partner_id = b.partner_id and n.field = k.field and n.digest = k.digest
    union all
    -- Of the partner's own account 'self' has spoken already, or the plan pays it.
    select y.client_id, k.field, true, 0 from payee y join mark k on k.client_id = y.client_id
    join partner_mark q on q.partner_id = y.partner_id and q.field = k.field and q.digest = k.digest and q.client_id is distinct from y.client_id
  ) s group by 1
)
select e.client_id, e.total::text as total_minor,
  case when e.on_trades <= 0 then 0 when coalesce(b.revenue_minor, 0) <= 0 then ${percentTold}
    else least(${percentTold}, round(100 * e.on_trades / b.revenue_minor, 2)) end::float8 as percent_of_revenue,
  (coalesce(t.lots_e8, 0) * 0.00000001)::float8 as lots,
  round(coalesce(t.lots_e8, 0) * 0.00001 / greatest(1000, coalesce(d.major, 0)), 4)::float8 as lots_per_thousand,
  ${percent('t.short_e8', 't.lots_e8')}::float8 as short_percent, ${percent('t.opposite_e8', 't.lots_e8')}::float8 as opposite_percent,
  coalesce(c.how, 'none') as client_relation, coalesce(n.how, 'none') as partner_relation, k.seconds as click_seconds,
  coalesce(h.ip_partner, false) as ip_partner, coalesce(h.ip_clients, 0)::int as ip_clients,
  coalesce(h.name_partner, false) as name_partner, coalesce(h.name_clients, 0)::int as name_clients,
  coalesce(h.address_partner, false) as address_partner, coalesce(h.address_clients, 0)::int as address_clients
from earned e
left join brought b on b.client_id = e.client_id
left join traded t on t.client_id = e.client_id left join deposited d on d.client_id = e.client_id
left join of_client c on c.client_id = e.client_id left join of_network n on n.client_id = e.client_id
left join clicked k on k.client_id = e.client_id
left join shared h on h.client_id = e.client_id
order by e.client_id collate "C"
`;
