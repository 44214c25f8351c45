/** Trading servers, accounts, the deal feed. Deals are partitioned by month of their time (UTC). */
export const sql = `
create table trading_server (
  id text primary key,
  platform text not null check (platform in ('mt5', 'mt4', 'ctrader')),
  name text not null,
  settings jsonb not null,
  settle_window_ms int not null default 300000,
  clock_offset_seconds int not null default 0,
  state text not null default 'up' check (state in ('up', 'maintenance', 'down')),
  created_at timestamptz not null default now()
);
grant select, insert, update on trading_server to keelson_app;

create table trading_account (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  server_id text not null references trading_server,
  login text,
  group_name text not null,
  account_type text not null,
  currency text not null,
  leverage int not null,
  state text not null check (state in ('requested', 'provisioning', 'waiting', 'active', 'suspended', 'dormant', 'closing', 'closed', 'archived')),
  policy_pins text[] not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  activated_at timestamptz,
  unique (server_id, login)
);
create index trading_account_client on trading_account (client_id);
grant select, insert, update on trading_account to keelson_app;
alter table trading_account enable row level security;
create policy visible on trading_account using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table account_request (
  id text primary key,
  account_id text not null references trading_account,
  entity_id text not null,
  client_id text not null,
  kind text not null check (kind in ('set_password')),
  secret_ct text,
  state text not null check (state in ('requested', 'done', 'refused')),
  failure text,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  check (state = 'requested' or secret_ct is null)
);
create index account_request_open on account_request (account_id) where state = 'requested';
grant select, insert, update on account_request to keelson_app;
alter table account_request enable row level security;
create policy visible on account_request using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table deal (
  server_id text not null,
  ticket bigint not null,
  time timestamptz(3) not null,
  login text not null,
  account_id text,
  entity_id text,
  client_id text,
  position_id bigint not null,
  kind text not null,
  side text check (side in ('buy', 'sell')),
  entry text check (entry in ('in', 'out', 'reverse', 'out_by')),
  symbol text,
  volume bigint not null,
  price numeric(24, 10),
  profit_minor numeric(38, 0) not null,
  swap_minor numeric(38, 0) not null,
  commission_minor numeric(38, 0) not null,
  fee_minor numeric(38, 0) not null,
  currency text not null,
  bid numeric(24, 10),
  ask numeric(24, 10),
  contract_size numeric(24, 8),
  profit_rate numeric(24, 10),
  comment text not null default '',
  modified boolean not null default false,
  equity_minor numeric(38, 0),
  credit_minor numeric(38, 0),
  raw jsonb not null,
  raw_hash text not null,
  seen_at timestamptz not null default now(),
  primary key (server_id, ticket, time)
) partition by range (time);
create table deal_default partition of deal default;
create index deal_unowned on deal (server_id, login) where account_id is null;
create index deal_position on deal (server_id, position_id);
create index deal_login on deal (server_id, login, time);
create index deal_client on deal (client_id, time);
grant select, insert, update on deal to keelson_app;
alter table deal enable row level security;
create policy visible on deal using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');

-- A server's ticket is posted once, whichever month its time falls in.
create table deal_ticket (
  server_id text not null,
  ticket bigint not null,
  time timestamptz(3) not null,
  raw_hash text not null,
  posted_transaction text,
  intent_id text,
  primary key (server_id, ticket)
);
create index deal_ticket_unposted on deal_ticket (server_id, ticket) where posted_transaction is null;
grant select, insert, update on deal_ticket to keelson_app;

create table feed (
  server_id text primary key references trading_server,
  watermark timestamptz(3),
  server_time bigint not null default 0,
  state text not null default 'running' check (state in ('running', 'paused')),
  read_at timestamptz,
  deals bigint not null default 0,
  last_error text
);
grant select, insert, update on feed to keelson_app;

create table feed_backfill (
  id text primary key,
  server_id text not null references trading_server,
  from_at timestamptz not null,
  to_at timestamptz not null,
  state text not null default 'requested' check (state in ('requested', 'done')),
  requested_by text not null,
  requested_at timestamptz not null default now(),
  finished_at timestamptz,
  deals int,
  check (from_at < to_at)
);
create index feed_backfill_open on feed_backfill (server_id) where state = 'requested';
grant select, insert, update on feed_backfill to keelson_app;

create table symbol (
  server_id text not null,
  name text not null,
  digits int not null,
  contract_size numeric(24, 8) not null,
  profit_currency text not null,
  symbol_group text not null,
  average_spread_points numeric(12, 4),
  primary key (server_id, name)
);
grant select, insert, update on symbol to keelson_app;
`;
