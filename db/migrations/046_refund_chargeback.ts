/**
 * Refunds of deposits that colleagues ask for, and chargebacks: what a payer's bank has taken back, what of it came out
 * of the wallet and what the client owes. A payout of partners says what of it was clawed back.
 * Undo: drop the tables and the column; restore the checks of 014.
 */
export const sql = `
create table deposit_refund (
  id text primary key check (id like 'rf\\_%'),
  deposit_id text not null references deposit,
  entity_id text not null references entity,
  client_id text not null references client,
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  provider text not null,
  hold_id text not null unique,
  state text not null check (state in ('requested', 'approved', 'paid', 'refused', 'cancelled')),
  reason_ct text not null,
  provider_ref text,
  failure text,
  requested_by text not null,
  version int not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  check ((finished_at is null) = (state in ('requested', 'approved')))
);
create index deposit_refund_deposit on deposit_refund (deposit_id);
grant select, insert, update on deposit_refund to keelson_app;
alter table deposit_refund enable row level security;
create policy visible on deposit_refund using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');

create table chargeback (
  id text primary key check (id like 'cb\\_%'),
  deposit_id text not null references deposit,
  entity_id text not null references entity,
  client_id text not null references client,
  provider text not null,
  -- The provider's number of the dispute.
  dispute_ref text not null,
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  -- The provider's code.
  reason text not null,
  state text not null check (state in ('open', 'contested', 'accepted', 'won', 'lost')),
  told text not null check (told in ('open', 'won', 'lost')),
  told_at timestamptz(3) not null,
  taken_minor numeric(38, 0) not null check (taken_minor >= 0),
  owed_minor numeric(38, 0) not null check (owed_minor >= 0),
  fee_minor numeric(38, 0) not null default 0,
  fee_currency text,
  restriction_id text references restriction,
  evidence_due_at timestamptz,
  version int not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  unique (provider, dispute_ref),
  check (taken_minor + owed_minor = case when state = 'won' then 0 else amount_minor end),
  check ((told = 'won') = (state = 'won'))
);
create index chargeback_client on chargeback (client_id);
create index chargeback_deposit on chargeback (deposit_id);
grant select, insert, update on chargeback to keelson_app;
alter table chargeback enable row level security;
create policy visible on chargeback using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');

-- Below zero: what was clawed back for a chargeback that was won after all.
alter table settlement_payout
  add column clawed_back_minor numeric(38, 0) not null default 0,
  drop constraint settlement_payout_check,
  add check (amount_minor >= 0 and amount_minor + clawed_back_minor >= carried_minor);
`;
