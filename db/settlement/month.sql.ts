/** What a piece has, apart from its number and the steps of its tiers. */
const pieceColumns = `server_id, at_ticket, in_ticket, out_ticket, opens, position_id, login, account_id, client_id, symbol, side, currency,
  partner_id, attributed_from, lots_e8, paid_e8, portion, weight, opened_at, at, open_price, price, spread_minor, revenue_minor, spread_source,
  segment, group_ord, reason`;
const cpaColumns = `client_id, segment, partner_id, attributed_from, first_deposit_at, first_sum, deposit_sum, lots_e8, at, reason`;

/**
 * All that a month's figures stand on beside clients' own deals and deposits: when it moves, all of them are computed anew.
 * The instruments are those that clients who are partners as well pay in with.
 */
export const readBasis = `
select md5(jsonb_build_array(:engineVersion::int, r.currency, r.from_at, r.to_at,
  (select jsonb_agg(jsonb_build_array(from_at, to_at, plan_hash) order by segment) from run_plan),
  (select jsonb_agg(jsonb_build_array(p.id, w.parent_id, w.level, p.client_id, nullif(w.from_at, '-infinity')) order by p.id, w.from_at)
     from partner p join partner_place w on w.partner_id = p.id where p.plan_set = r.plan_set),
  (select jsonb_agg(jsonb_build_array(partner_id, reason, from_at) order by partner_id) from run_ended),
  (select jsonb_agg(jsonb_build_array(i.client_id, i.provider, i.fingerprint_index) order by i.id) from payment_source i
     where i.client_id in (select client_id from partner p where p.plan_set = r.plan_set)),
  (select jsonb_agg(jsonb_build_array(server_id, name, digits, contract_size, profit_currency, average_spread_points) order by server_id, name) from symbol),
  (select jsonb_agg(jsonb_build_array(client_id, qualified_at) order by client_id) from run_previous_cpa),
  (select jsonb_agg(jsonb_build_array(client_id, revenue_minor, paid_minor) order by client_id) from run_previous_client)
)::text) as basis from run_scope r
`;

/** Takes the changes that are committed: what is under way stays for the next look. */
export const takeChanges = `
with taken as (delete from month_change where plan_set = :planSet returning client_id)
insert into run_changed select distinct client_id from taken on conflict do nothing
`;

/** Every client counts as changed. */
export const changeAll = `
insert into run_changed select distinct a.client_id from partner p join attribution a on a.partner_id = p.id where p.plan_set = :planSet
on conflict do nothing
`;

/** Sums paid in are compared in the currency of payment: where a rate has moved, another client may qualify. */
export const changeDepositors = `
insert into run_changed select distinct client_id from run_deposit on conflict do nothing;
truncate run_member, run_event, run_deal, run_revised
`;

/** The currencies that the other clients' pieces are in. */
export const wantKept = `insert into run_also_wanted select distinct currency from month_piece where plan_set = :planSet`;

export const leaveUnchangedDeposits = `delete from run_deposit where client_id not in (select client_id from run_changed)`;

/** Puts the changed clients' part in the place of what was kept of them. */
export const keepChanged = [
  `delete from month_piece where plan_set = :planSet and client_id in (select client_id from run_changed)`,
  `delete from month_cpa where plan_set = :planSet and client_id in (select client_id from run_changed)`,
  `insert into month_piece (plan_set, entity_id, ${pieceColumns}) select :planSet::text, (select entity_id from run_scope), ${pieceColumns} from run_piece`,
  `insert into month_cpa (plan_set, entity_id, ${cpaColumns}) select :planSet::text, (select entity_id from run_scope), ${cpaColumns} from run_cpa`,
];

/** Every client's part, in the order in which a run makes it. */
export const takeKept = [
  'truncate run_piece restart identity',
  'truncate run_cpa',
  `insert into run_piece (${pieceColumns}) select ${pieceColumns} from month_piece where plan_set = :planSet
   order by server_id collate "C", at_ticket, opens, in_ticket nulls first`,
  `insert into run_cpa (${cpaColumns}) select ${cpaColumns} from month_cpa where plan_set = :planSet`,
];

export const dropFigures = `delete from month_figure where plan_set = :planSet`;
export const dropChangedFigures = `${dropFigures} and client_id in (select client_id from run_changed)`;

/** A piece's lots count once, whatever kinds of rates it earns; a position once for each partner. */
export const keepFigures = `
with line as (
  select l.*, event in ('open', 'close') and row_number() over (partition by server_id, tickets, event, tier order by line) = 1 as is_lead,
    position_id is not null and row_number() over (partition by partner_id, server_id, position_id order by line) = 1 as is_first
  from run_line l
)
insert into month_figure (plan_set, entity_id, client_id, partner_id, reason, day, amount_minor, lots_e8, lines, trades)
select r.plan_set, r.entity_id, client_id, partner_id, reason, (closed_at at time zone 'UTC')::date, sum(amount_minor),
  coalesce(sum(lots_e8) filter (where is_lead), 0), count(*), count(*) filter (where is_first)
from line cross join run_scope r group by 1, 2, 3, 4, 5, 6
`;
