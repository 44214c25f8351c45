/**
 * Movements by hand: what one colleague asks for and another approves, with what it was posted as.
 * Undo: drop the table; what was posted stays in the ledger. Open tasks of the kind 'correction_approval' have to be
 * cancelled by hand.
 */
export const sql = `
create table correction (
  id text primary key,
  entity_id text not null references entity,
  client_id text references client,
  kind text not null check (kind in ('correction', 'fee', 'reversal')),
  -- What the direction speaks of; a reversal has the lines of the transaction that it takes back.
  account_id text references ledger_account,
  direction text check (direction in ('credit', 'debit')),
  amount_minor numeric(38, 0) check (amount_minor > 0),
  currency text,
  reverses_id text references ledger_transaction,
  effective_at timestamptz(6),
  reason_code text not null,
  reason_ct text not null,
  evaluation_id text not null references evaluation,
  state text not null default 'proposed' check (state in ('proposed', 'posted', 'rejected')),
  transaction_id text unique references ledger_transaction,
  requested_by text not null,
  version int not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  check ((kind = 'reversal') = (reverses_id is not null)),
  check ((kind = 'reversal') = (account_id is null)),
  check ((account_id is null) = (direction is null) and (account_id is null) = (amount_minor is null)
    and (account_id is null) = (currency is null)),
  check (kind <> 'fee' or direction = 'debit'),
  check ((state = 'posted') = (transaction_id is not null)),
  check ((state = 'proposed') = (finished_at is null))
);
-- A transaction is taken back once, and asked to be by one proposal at a time.
create unique index correction_reverses on correction (reverses_id) where state <> 'rejected';
create index correction_list on correction (entity_id, id);
grant select, insert, update on correction to keelson_app;
alter table correction enable row level security;
create policy visible on correction using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
`;
