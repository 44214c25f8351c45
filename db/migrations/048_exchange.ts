/**
 * Currencies are exchanged at the market of a trading server: its latest quotes of currency pairs, what clients were
 * offered and what they took.
 * Undo: drop the three tables; what was posted stays in the ledger.
 */
export const sql = `
create table market_rate (
  server_id text not null references trading_server,
  symbol text not null,
  base_currency text not null,
  quote_currency text not null,
  bid numeric not null check (bid > 0),
  ask numeric not null check (ask > 0),
  -- When the server had it; not when it was read.
  at timestamptz not null,
  read_at timestamptz not null default clock_timestamp(),
  primary key (server_id, symbol)
);
grant select, insert, update on market_rate to keelson_app;

create table fx_quote (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  from_currency text not null,
  to_currency text not null,
  from_minor numeric(38, 0) not null check (from_minor > 0),
  value_minor numeric(38, 0) not null,
  spread_minor numeric(38, 0) not null check (spread_minor >= 0),
  to_minor numeric(38, 0) not null check (to_minor > 0),
  rate text not null check (rate ~ '^[0-9]+([.][0-9]+)?$'),
  rate_source text not null,
  rate_at timestamptz not null,
  spread_basis_points int not null check (spread_basis_points >= 0 and spread_basis_points < 10000),
  evaluation_id text not null references evaluation,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  check (from_currency <> to_currency),
  check (value_minor = spread_minor + to_minor),
  check (expires_at > created_at)
);
create index fx_quote_client on fx_quote (client_id, created_at);
grant select, insert on fx_quote to keelson_app;
alter table fx_quote enable row level security;
create policy visible on fx_quote using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table exchange (
  id text primary key,
  -- A quote is taken once.
  quote_id text not null unique references fx_quote,
  entity_id text not null references entity,
  client_id text not null references client,
  transaction_id text not null unique references ledger_transaction,
  created_at timestamptz not null default clock_timestamp()
);
create index exchange_client on exchange (client_id, id);
grant select, insert on exchange to keelson_app;
alter table exchange enable row level security;
create policy visible on exchange using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));
`;
