/**
 * Money that arrives at a bank: the reference by which a client's transfer is known, the statements that were read, and
 * each credit of them once. Who paid is ciphertext of the client's whose it is, of the receipt's own while it is nobody's.
 * Undo: drop the three tables; money on accounts `unallocated` has to be brought away by hand before.
 */
export const sql = `
create table bank_reference (
  reference text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  currency text not null,
  created_at timestamptz not null default now(),
  unique (client_id, currency)
);
grant select, insert on bank_reference to keelson_app;
alter table bank_reference enable row level security;
create policy visible on bank_reference using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));
create trigger append_only before update or delete on bank_reference for each row execute function refuse_change();
create trigger append_only_truncate before truncate on bank_reference for each statement execute function refuse_change();
alter table bank_reference enable always trigger append_only;
alter table bank_reference enable always trigger append_only_truncate;

create table bank_statement (
  id text primary key,
  entity_id text not null references entity,
  file_hash text not null,
  accounts text[] not null,
  -- What it says: credits, of which so many were new, and entries that the bank has announced and not booked.
  credits int not null check (credits >= 0),
  receipts int not null check (receipts between 0 and credits),
  taken_back int not null check (taken_back >= 0),
  pending int not null check (pending >= 0),
  doubts text[] not null,
  imported_by text not null,
  imported_at timestamptz not null default clock_timestamp(),
  unique (entity_id, file_hash)
);
grant select, insert on bank_statement to keelson_app;
alter table bank_statement enable row level security;
create policy visible on bank_statement using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
create trigger append_only before update or delete on bank_statement for each row execute function refuse_change();
create trigger append_only_truncate before truncate on bank_statement for each statement execute function refuse_change();
alter table bank_statement enable always trigger append_only;
alter table bank_statement enable always trigger append_only_truncate;

create table receipt (
  id text primary key,
  -- Told when all of it has been read, in the same transaction.
  statement_id text not null references bank_statement deferrable initially deferred,
  entity_id text not null references entity,
  client_id text references client,
  bank_account text not null,
  entry_key text not null,
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  booked_on date,
  bank_reference text,
  reference text,
  -- Why it is nobody's by itself.
  code text,
  person_id text not null,
  payer_ct text not null,
  payer_index text,
  state text not null check (state in ('unallocated', 'allocated', 'returning', 'returned')),
  deposit_id text unique references deposit,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  unique (bank_account, entry_key),
  check (state <> 'allocated' or deposit_id is not null),
  check ((deposit_id is null) or (client_id is not null))
);
create index receipt_list on receipt (entity_id, id);
create index receipt_payer on receipt (payer_index) where payer_index is not null;
grant select, insert, update on receipt to keelson_app;
alter table receipt enable row level security;
create policy visible on receipt using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
`;
