/** Tables that outlive the runs of one transaction: what closed periods recorded, and what is to be added to them. */
export const createAdjustmentTables = `
drop table if exists pg_temp.run_recorded, pg_temp.run_adjustment, pg_temp.run_adjusted, pg_temp.run_adjuster, pg_temp.run_closed, pg_temp.run_closed_cpa, pg_temp.run_closed_client;
create temporary table run_recorded (settlement_id text not null, of_event text not null, component text not null, partner_id text not null,
  client_id text, server_id text, login text, position_id bigint, tickets bigint[] not null, symbol text, lots_e8 numeric not null, tier int not null,
  source_partner text not null, plan_version text not null, rate text not null, rate_currency text not null, conversion text not null,
  amount_minor numeric not null, closed_at timestamptz(3) not null) on commit drop;
create temporary table run_adjustment (like run_recorded, reason text not null, before_minor numeric not null, after_minor numeric not null,
  plan_hash text not null, new_reason text) on commit drop;
create temporary table run_adjusted (settlement_id text primary key, input_hash text not null) on commit drop;
create temporary table run_adjuster (settlement_id text primary key) on commit drop;
`;

/**
 * What stands for a closed settlement: its own lines, and what other settlements have adjusted of it before the present one was computed.
 */
export const readRecorded = `
insert into run_recorded
select :id, coalesce(l.explanation ->> 'of', l.event), l.component, l.partner_id, l.client_id, l.server_id, l.login, l.position_id, l.tickets, l.symbol,
  l.lots_e8, l.tier, coalesce(l.source_partner, l.partner_id), l.plan_version, l.rate, l.rate_currency, l.conversion, l.amount_minor, l.closed_at
from settlement_line l
where (l.settlement_id = :id and l.event <> 'adjustment') or (l.adjusts = :id and l.settlement_id in (select settlement_id from run_adjuster))
`;

/**
 * Holds the lines that a closed period would have today (\`run_line\`) against those that stand, and notes what differs:
 * by deal, kind of rate, tier and partner.
 */
export const findAdjustments = `
with recorded as (
  select of_event, component, partner_id, client_id, server_id, tickets, tier, sum(amount_minor) as amount_minor, min(login) as login,
    min(position_id) as position_id, min(symbol) as symbol, max(lots_e8) as lots_e8, min(source_partner) as source_partner, min(plan_version) as plan_version,
    min(rate) as rate, min(rate_currency) as rate_currency, min(conversion) as conversion, min(closed_at) as closed_at
  from run_recorded where settlement_id = :id group by 1, 2, 3, 4, 5, 6, 7
)
insert into run_adjustment
select :id, coalesce(n.event, o.of_event), coalesce(n.component, o.component), coalesce(n.partner_id, o.partner_id), coalesce(n.client_id, o.client_id),
  coalesce(n.server_id, o.server_id), coalesce(n.login, o.login), coalesce(n.position_id, o.position_id), coalesce(n.tickets, o.tickets), coalesce(n.symbol, o.symbol),
  coalesce(n.lots_e8, o.lots_e8), coalesce(n.tier, o.tier), coalesce(n.source_partner, o.source_partner), coalesce(n.plan_version, o.plan_version),
  coalesce(n.rate, o.rate), coalesce(n.rate_currency, o.rate_currency), coalesce(n.conversion, o.conversion),
  coalesce(n.amount_minor, 0) - coalesce(o.amount_minor, 0), coalesce(n.closed_at, o.closed_at),
  case when o.tier is null then 'LATE_DEAL' when exists (select 1 from run_line c where c.reason = 'CANCELLED' and c.server_id = o.server_id
      and c.tickets[1] = any (o.tickets)) then 'CANCELLED_LATER' else 'EDITED_LATER' end,
  coalesce(o.amount_minor, 0), coalesce(n.amount_minor, 0), coalesce(n.plan_hash, ''), n.reason
from run_line n
full join recorded o on o.of_event = n.event and o.component = n.component and o.partner_id = n.partner_id
  and coalesce(o.client_id, '') = coalesce(n.client_id, '') and coalesce(o.server_id, '') = coalesce(n.server_id, '') and o.tickets = n.tickets and o.tier = n.tier
where coalesce(n.amount_minor, 0) <> coalesce(o.amount_minor, 0)
`;

/** Puts the adjustments of closed periods behind the lines of the present one. */
export const addAdjustments = `
insert into run_line
select (select coalesce(max(line), 0) from run_line) + row_number() over (order by settlement_id collate "C", server_id collate "C", tickets, of_event collate "C",
    component collate "C", tier, partner_id collate "C", client_id collate "C"),
  null, 'adjustment', component, partner_id, client_id, server_id, login, position_id, tickets, symbol, lots_e8, tier, source_partner, plan_version, plan_hash,
  rate, rate_currency, conversion, reason, amount_minor, closed_at, settlement_id,
  jsonb_strip_nulls(jsonb_build_object('group', 'Adjustments', 'of', of_event, 'adjusts', settlement_id, 'beforeMinor', before_minor::text,
    'afterMinor', after_minor::text, 'reasonNow', new_reason, 'closedAt', closed_at))
from run_adjustment
`;
