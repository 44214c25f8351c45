/**
 * Where a client's money is from: each source as they, or an officer for them, declare it, and what an officer made of it.
 * The client reads the reason that is for them; the note beside it is for staff.
 * Undo: drop the two tables; set the constraint of the slot as it was.
 */
export const sql = `
alter table document
  drop constraint document_slot_check,
  add constraint document_slot_check check (slot in
    ('identity', 'address', 'funds', 'wealth', 'liveness', 'ownership', 'authority'));

create table declared_source (
  id text primary key,
  case_id text not null references kyc_case,
  client_id text not null references client,
  entity_id text not null references entity,
  basis text not null check (basis in ('funds', 'wealth')),
  -- The client's ciphertext: kind, amounts, and what they say of it.
  details_ct text not null,
  state text not null default 'declared' check (state in ('declared', 'corroborated', 'refused', 'withdrawn')),
  -- The client's ciphertext, of what was refused.
  client_reason_ct text,
  declared_by text not null,
  -- For the client, who reads nobody's name.
  by_officer boolean not null,
  declared_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  check ((state = 'declared') = (ended_at is null)),
  check ((state = 'refused') = (client_reason_ct is not null))
);
create index declared_source_case on declared_source (case_id, id);
create index declared_source_client on declared_source (client_id) where state in ('declared', 'corroborated');
grant select, insert, update on declared_source to keelson_app;
alter table declared_source enable row level security;
create policy visible on declared_source using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

-- Who decided, and why, in words that are for colleagues.
create table source_review (
  source_id text primary key references declared_source,
  client_id text not null references client,
  entity_id text not null references entity,
  decision text not null check (decision in ('corroborate', 'refuse')),
  decided_by text not null,
  decided_at timestamptz not null default clock_timestamp(),
  -- The client's ciphertext.
  note_ct text not null
);
grant select, insert on source_review to keelson_app;
alter table source_review enable row level security;
create policy visible on source_review using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
create trigger append_only before update or delete on source_review for each row execute function refuse_change();
alter table source_review enable always trigger append_only;
`;
