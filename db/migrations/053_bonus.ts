/**
 * Bonuses: credit that the house lends to an account, why it was given, and each step of it at the server. It is a memo
 * in the ledger and no money of anybody's, so its accounts have a side of their own.
 * Undo: drop the tables; the check of 005 can come back only in a ledger that holds no memo. Open tasks of the kinds
 * 'bonus_approval' and 'bonus_removal' have to be cancelled by hand.
 */
export const sql = `
alter table ledger_account drop constraint ledger_account_side_check,
  add constraint ledger_account_side_check check (side in ('client', 'house', 'memo'));

create table bonus (
  id text primary key check (id like 'bon\\_%'),
  entity_id text not null references entity,
  client_id text not null references client,
  account_id text not null references trading_account,
  origin text not null check (origin in ('deposit', 'hand')),
  -- What was paid in, and how it came to the account.
  deposit_id text references deposit,
  transfer_id text unique references transfer,
  paid_minor numeric(38, 0) not null check (paid_minor >= 0),
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  removed_minor numeric(38, 0) not null default 0 check (removed_minor between 0 and amount_minor),
  currency text not null,
  -- The terms, as the policy had them when it was asked for.
  removal text not null check (removal in ('whole', 'proportion')),
  expires_in_days int check (expires_in_days > 0),
  -- One that the policy names.
  campaign text,
  -- The words of who gave it by hand: the client's ciphertext.
  reason_ct text,
  requested_by text not null,
  evaluation_id text not null references evaluation,
  state text not null check (state in ('proposed', 'waiting', 'granting', 'active', 'removed', 'refused', 'rejected')),
  refusal text,
  version int not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  granted_at timestamptz,
  expires_at timestamptz,
  ended_at timestamptz,
  check ((origin = 'deposit') = (transfer_id is not null)),
  check (origin = 'hand' or deposit_id is not null),
  check ((state = 'removed') = (removed_minor = amount_minor)),
  check ((state in ('active', 'removed')) = (granted_at is not null)),
  check ((ended_at is null) = (state in ('proposed', 'waiting', 'granting', 'active')))
);
-- A deposit brings one bonus.
create unique index bonus_deposit on bonus (deposit_id) where state not in ('refused', 'rejected');
create index bonus_account on bonus (account_id, id);
create index bonus_client on bonus (client_id, id);
create index bonus_list on bonus (entity_id, id);
grant select, insert, update on bonus to keelson_app;
alter table bonus enable row level security;
create policy visible on bonus using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');

-- What is done to a bonus at its server, one after the other; each is one balance operation, once.
create table bonus_step (
  bonus_id text not null references bonus,
  step int not null check (step > 0),
  entity_id text not null references entity,
  client_id text not null references client,
  kind text not null check (kind in ('grant', 'removal')),
  cause text not null check (cause in ('grant', 'transfer_out', 'expiry', 'chargeback', 'hand', 'closing')),
  -- The transfer, chargeback or request it was wanted for, or '-'.
  cause_id text not null,
  -- Known when its turn comes.
  amount_minor numeric(38, 0) check (amount_minor > 0),
  state text not null default 'wanted' check (state in ('wanted', 'done', 'refused', 'void')),
  ticket text,
  refusal text,
  -- The words of who took it back by hand: the client's ciphertext.
  reason_ct text,
  asked_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  primary key (bonus_id, step),
  check ((state = 'wanted') = (ended_at is null)),
  check (state <> 'done' or amount_minor is not null),
  check ((kind = 'grant') = (cause = 'grant'))
);
-- Wanted twice for one reason, credit is taken back once; what a server refused may be wanted again.
create unique index bonus_step_cause on bonus_step (bonus_id, cause, cause_id) where state <> 'refused';
grant select, insert, update on bonus_step to keelson_app;
alter table bonus_step enable row level security;
create policy visible on bonus_step using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');
`;
