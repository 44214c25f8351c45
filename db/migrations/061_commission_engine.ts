/**
 * The whole commission engine: what a line pays for (a deal opened or closed, a client, a period) and by which kind of
 * rate, adjustments of closed periods, what clients brought in over their life, balances below zero, and what a deal
 * says of the account it was made on.
 * Undo: drop the columns and the table; restore the checks of settlement_payout (014, 046) and the function
 * round_half_even (014).
 */
export const sql = `
alter table settlement_line
  add column event text not null default 'close' check (event in ('open', 'close', 'period', 'adjustment')),
  add column component text not null default 'per_lot' check (component in ('per_lot', 'spread', 'revenue', 'cpa', 'volume_bonus')),
  -- The settlement whose lines this one changes.
  add column adjusts text references settlement,
  add check ((event = 'adjustment') = (adjusts is not null));
create index settlement_line_cpa on settlement_line (settlement_id, client_id) where component = 'cpa';
create index settlement_line_adjusts on settlement_line (adjusts) where adjusts is not null;

create table settlement_client (
  settlement_id text not null references settlement,
  entity_id text not null,
  client_id text not null,
  revenue_minor numeric not null,
  paid_minor numeric(38, 0) not null,
  primary key (settlement_id, client_id)
);
grant select, insert, delete on settlement_client to keelson_app;
alter table settlement_client enable row level security;
create policy visible on settlement_client using (scope_kind() = 'system') with check (scope_kind() = 'system');

alter table settlement_payout
  drop constraint settlement_payout_carried_minor_check,
  drop constraint if exists settlement_payout_check,
  drop constraint settlement_payout_state_check,
  -- forgiven: below zero, and the plan does not carry that over.
  add constraint settlement_payout_state_check check (state in
    ('computed', 'below_minimum', 'withheld', 'paying', 'paid', 'failed', 'cancelled', 'forgiven')),
  add check (amount_minor >= 0 or state in ('below_minimum', 'forgiven', 'cancelled'));

alter table attribution add column related text check (related in ('self', 'family', 'device', 'instrument'));

-- Equity and credit are the account's last reading when the deal was kept.
alter table deal add column stop_out boolean not null default false;
update deal set stop_out = true where raw ->> 'Reason' = '6';

-- The whole record that an edit replaced: a period that is closed is computed from what it was computed from.
alter table deal_revision add column record jsonb;

-- Into the currency of payment, as the last run used them: adjustments of the period use them again.
alter table settlement add column conversions jsonb not null default '[]';

-- The engine rounds by itself, sums below zero as well.
drop function round_half_even(numeric);
`;
