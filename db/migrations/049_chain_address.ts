/**
 * Addresses of a chain, each given to one payment for ever, and how far providers that send no messages have been read.
 * Undo: drop the tables; no address that was given away may be given to another payment then.
 */
export const sql = `
-- The next index of each extended key: indexes are counted on and never come back.
create table chain_key (
  key_id text primary key,
  next_index int not null default 0 check (next_index >= 0)
);
grant select, insert, update on chain_key to keelson_app;
alter table chain_key enable row level security;
create policy visible on chain_key using (scope_kind() = 'system') with check (scope_kind() = 'system');

create table chain_address (
  operation_id text primary key,
  provider text not null,
  address text not null,
  key_id text not null references chain_key,
  derivation_index int not null check (derivation_index >= 0),
  entity_id text not null references entity,
  client_id text not null references client,
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  from_block bigint not null check (from_block >= 0),
  closed_block bigint,
  -- When it is to be looked at next, and the first block that may hold what nobody has looked at.
  look_at timestamptz,
  unread_block bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (key_id, derivation_index)
);
-- An address is the same whichever of its letters are capitals.
create unique index chain_address_address on chain_address (lower(address));
create index chain_address_look on chain_address (provider, look_at) where look_at is not null;
grant select, insert, update on chain_address to keelson_app;
alter table chain_address enable row level security;
create policy visible on chain_address using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table provider_watch (
  provider text primary key,
  position bigint,
  read_at timestamptz,
  caught_up boolean not null default false,
  errors int not null default 0,
  last_error text
);
grant select, insert, update on provider_watch to keelson_app;
alter table provider_watch enable row level security;
create policy visible on provider_watch using (scope_kind() in ('system', 'staff')) with check (scope_kind() = 'system');
`;
