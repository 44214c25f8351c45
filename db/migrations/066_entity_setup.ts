/**
 * Entities made by people: what is asked for and approved, which countries an entity serves, its bank accounts and the
 * texts that its clients agree to.
 * Undo: drop the three tables and the two columns. Entities that were made stay; open tasks of the kind
 * 'entity_approval' have to be cancelled by hand.
 */
export const sql = `
alter table entity
  add column regulator text not null default '',
  -- Residences that it was made for; the policy entity.assignment decides.
  add column countries text[] not null default '{}';

create table entity_proposal (
  id text primary key,
  -- Where it is asked for: whoever decides works for every entity anyway.
  entity_id text not null references entity,
  code text not null,
  plan jsonb not null,
  state text not null default 'proposed' check (state in ('proposed', 'made', 'rejected')),
  requested_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  check ((state = 'proposed') = (finished_at is null))
);
-- One proposal of a code at a time, and none of one that is made.
create unique index entity_proposal_code on entity_proposal (code) where state <> 'rejected';
grant select, insert, update on entity_proposal to keelson_app;
alter table entity_proposal enable row level security;
create policy visible on entity_proposal using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

create table entity_bank_account (
  iban text primary key,
  entity_id text not null references entity,
  currency text not null,
  holder text not null,
  bank text not null,
  bic text not null,
  names text[] not null default '{}',
  created_at timestamptz not null default clock_timestamp()
);
create index entity_bank_account_entity on entity_bank_account (entity_id, currency);
grant select, insert on entity_bank_account to keelson_app;
alter table entity_bank_account enable row level security;
create policy visible on entity_bank_account using (may_see_staff(entity_id)) with check (scope_kind() = 'system');

create table legal_text (
  entity_id text not null references entity,
  position int not null,
  title text not null,
  body text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (entity_id, position)
);
grant select, insert on legal_text to keelson_app;
alter table legal_text enable row level security;
create policy visible on legal_text using (may_see_staff(entity_id)) with check (scope_kind() = 'system');
`;
