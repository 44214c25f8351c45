/**
 * A flat account below zero is one episode from when it was found until it is settled, so that a decision is acted
 * upon once; a client's wallet may pay for it where the policy says so.
 * Undo: drop the table, restore the check of 020 on the transfer's purpose.
 */
export const sql = `
create table negative_balance (
  id text primary key,
  account_id text not null references trading_account,
  entity_id text not null references entity,
  client_id text not null references client,
  -- What is missing to zero.
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  state text not null check (state in ('in_review', 'noticed', 'moving', 'settled', 'left', 'replaced')),
  evaluation_id text,
  -- noticed: from when on the wallet pays.
  take_at timestamptz,
  transfer_id text references transfer,
  found_at timestamptz not null,
  ended_at timestamptz,
  check ((state in ('settled', 'left', 'replaced')) = (ended_at is not null)),
  check (state <> 'noticed' or take_at is not null),
  check (state <> 'moving' or transfer_id is not null)
);
create unique index negative_balance_open on negative_balance (account_id) where ended_at is null;
create index negative_balance_client on negative_balance (client_id, found_at);
grant select, insert, update on negative_balance to keelson_app;
alter table negative_balance enable row level security;
create policy visible on negative_balance using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');

alter table transfer
  drop constraint transfer_purpose_check,
  add constraint transfer_purpose_check
    check (purpose in ('client', 'closure', 'migration', 'dormancy_fee', 'negative_balance', 'offset'));
`;
