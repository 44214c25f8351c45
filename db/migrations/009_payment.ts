/** Deposits, withdrawals, transfers and the sources that money came from. */
export const sql = `
create table payment_source (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  kind text not null check (kind in ('card', 'bank')),
  provider text not null,
  fingerprint_index text not null,
  label_ct text not null,
  details_ct text not null,
  expires_on date,
  state text not null default 'active' check (state in ('active', 'expired', 'blocked')),
  created_at timestamptz not null default now(),
  unique (client_id, provider, fingerprint_index)
);
grant select, insert, update on payment_source to keelson_app;
alter table payment_source enable row level security;
create policy visible on payment_source using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table deposit (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  provider text not null,
  provider_ref text,
  source_id text references payment_source,
  state text not null check (state in ('requested', 'awaiting_payment', 'credited', 'failed', 'held', 'returned')),
  checkout_url text,
  failure text,
  refunded_minor numeric(38, 0) not null default 0,
  refunding_minor numeric(38, 0) not null default 0,
  charged_back_minor numeric(38, 0) not null default 0,
  version int not null default 1,
  created_at timestamptz not null default now(),
  credited_at timestamptz,
  check (refunded_minor + refunding_minor + charged_back_minor <= amount_minor)
);
create index deposit_client on deposit (client_id, created_at);
create index deposit_list on deposit (created_at, id);
grant select, insert, update on deposit to keelson_app;
alter table deposit enable row level security;
create policy visible on deposit using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table withdrawal (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  hold_id text not null unique,
  state text not null check (state in ('requested', 'in_review', 'approved', 'paying', 'paid', 'partly_paid', 'rejected', 'cancelled', 'failed')),
  bank_source_id text references payment_source,
  policy_pins text[] not null default '{}',
  evaluation_id text,
  refusal text,
  requested_by text not null,
  edited_by text[] not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index withdrawal_client on withdrawal (client_id, created_at);
create index withdrawal_list on withdrawal (created_at, id);
grant select, insert, update on withdrawal to keelson_app;
alter table withdrawal enable row level security;
create policy visible on withdrawal using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table withdrawal_leg (
  withdrawal_id text not null references withdrawal,
  leg int not null,
  entity_id text not null,
  client_id text not null,
  kind text not null check (kind in ('card_refund', 'bank_payout')),
  deposit_id text references deposit,
  source_id text references payment_source,
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  provider text not null,
  state text not null check (state in ('planned', 'sending', 'accepted', 'paid', 'refused', 'unknown')),
  provider_ref text,
  intent_id text,
  failure text,
  primary key (withdrawal_id, leg)
);
grant select, insert, update on withdrawal_leg to keelson_app;
alter table withdrawal_leg enable row level security;
create policy visible on withdrawal_leg using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table transfer (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  account_id text not null references trading_account,
  direction text not null check (direction in ('to_account', 'to_wallet')),
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  hold_id text,
  state text not null check (state in ('requested', 'sending', 'unknown', 'in_review', 'done', 'refused')),
  ticket text,
  refusal text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index transfer_client on transfer (client_id, created_at);
create index transfer_list on transfer (created_at, id);
grant select, insert, update on transfer to keelson_app;
alter table transfer enable row level security;
create policy visible on transfer using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));
`;
