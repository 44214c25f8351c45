/**
 * Corporate clients: the company itself is a party, like the people behind it and the companies in between, each with who
 * owns how much of whom.
 * Undo: drop the two tables and the columns; set the constraints of role and slot as they were.
 */
export const sql = `
alter table client add column kind text not null default 'individual' check (kind in ('individual', 'corporate'));

alter table party
  add column kind text not null default 'individual' check (kind in ('individual', 'organisation')),
  -- Whoever is taken out of an application again; what was found of them stays.
  add column removed_at timestamptz,
  -- Not everybody who owns a company has an address that we write to.
  alter column email_ct drop not null,
  drop constraint party_role_check,
  add constraint party_role_check check (role in
    ('holder', 'joint_holder', 'beneficial_owner', 'shareholder', 'director', 'signatory', 'attorney'));

alter table document
  drop constraint document_slot_check,
  add constraint document_slot_check check (slot in
    ('identity', 'address', 'funds', 'liveness', 'ownership', 'authority'));

create table company (
  client_id text primary key references client,
  entity_id text not null,
  party_id text not null unique references party,
  -- Registration number, legal form, day of incorporation, LEI: the company's own ciphertext.
  details_ct text not null,
  version int not null default 1,
  changed_at timestamptz not null default clock_timestamp()
);
grant select, insert, update on company to keelson_app;
alter table company enable row level security;
create policy visible on company using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table ownership (
  owner_party_id text not null references party,
  owned_party_id text not null references party,
  client_id text not null references client,
  entity_id text not null,
  -- Hundredths of a percent.
  basis_points int not null check (basis_points between 1 and 10000),
  primary key (owner_party_id, owned_party_id)
);
create index ownership_client on ownership (client_id);
grant select, insert, delete on ownership to keelson_app;
alter table ownership enable row level security;
create policy visible on ownership using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));
`;
