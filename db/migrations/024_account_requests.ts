/**
 * What people ask of accounts: why they ask it, what was last seen of an account on its server, and changes of
 * many accounts at once with what came of each.
 * Undo: drop the two tables of bulks, account_reading, the added column, check and indexes.
 */
export const sql = `
alter table account_request add column reason_ct text,
  add check (kind not in ('override', 'move_group') or reason_ct is not null);
create index account_request_list on account_request (account_id, id);
create index account_request_of_client on account_request (client_id, id);
create index trading_account_login on trading_account (login) where login is not null;
create index trading_account_group on trading_account (server_id, group_name);
create index restriction_account on restriction (account_id) where account_id is not null;

-- One row per account, written over: what a page shows as last seen. The record of money is the ledger.
create table account_reading (
  account_id text primary key references trading_account,
  entity_id text not null,
  client_id text not null,
  at timestamptz not null default clock_timestamp(),
  group_name text not null,
  leverage int not null,
  currency text not null,
  balance_minor numeric(38, 0) not null,
  credit_minor numeric(38, 0) not null,
  equity_minor numeric(38, 0) not null,
  margin_minor numeric(38, 0) not null,
  margin_free_minor numeric(38, 0) not null,
  open_positions int not null
);
grant select, insert, update on account_reading to keelson_app;
alter table account_reading enable row level security;
create policy visible on account_reading using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');

-- Whoever may see all of the entities concerned may see it, and whoever made it.
create table account_bulk (
  id text primary key,
  made_by text not null,
  entities text[] not null,
  restricted boolean not null default false,
  action jsonb not null,
  created_at timestamptz not null default clock_timestamp()
);
create index account_bulk_maker on account_bulk (made_by, id);
grant select, insert on account_bulk to keelson_app;
alter table account_bulk enable row level security;
create policy visible on account_bulk using (
  scope_kind() = 'system' or (scope_kind() = 'staff' and (not restricted or may_see_restricted())
    and (made_by = current_setting('keelson.user', true) or (entities <> '{}' and entities <@ scope_list('entities'))))
) with check (scope_kind() = 'system');

create table account_bulk_item (
  bulk_id text not null references account_bulk,
  account_id text not null,
  position int not null,
  outcome text not null check (outcome in ('processed', 'skipped', 'errored')),
  request_id text references account_request,
  code text,
  detail text,
  primary key (bulk_id, account_id),
  check ((outcome = 'processed') = (code is null))
);
grant select, insert on account_bulk_item to keelson_app;
alter table account_bulk_item enable row level security;
create policy visible on account_bulk_item using (exists (select 1 from account_bulk b where b.id = bulk_id))
  with check (scope_kind() = 'system');
`;
