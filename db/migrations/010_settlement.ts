/** Partner settlement: plan sets, runs, lines that explain themselves, payouts. */
export const sql = `
create table plan_set (
  id text primary key,
  entity_id text not null references entity,
  name text not null,
  period text not null check (period in ('daily', 'weekly', 'monthly')),
  currency text not null,
  created_at timestamptz not null default now()
);
grant select, insert, update on plan_set to keelson_app;
alter table plan_set enable row level security;
create policy visible on plan_set using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

create table settlement (
  id text primary key,
  plan_set text not null references plan_set,
  entity_id text not null,
  period text not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  state text not null check (state in ('waiting_for_feed', 'computing', 'in_review', 'approved', 'paying', 'paid', 'rejected')),
  input_hash text,
  result_hash text,
  total_minor numeric(38, 0),
  currency text not null,
  policy_pins text[] not null default '{}',
  run int not null default 0,
  version int not null default 1,
  created_at timestamptz not null default now(),
  computed_at timestamptz,
  closed_at timestamptz,
  unique (plan_set, period)
);
grant select, insert, update on settlement to keelson_app;
alter table settlement enable row level security;
create policy visible on settlement using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

create table settlement_line (
  settlement_id text not null references settlement,
  line bigint not null,
  entity_id text not null,
  partner_id text not null,
  client_id text,
  server_id text,
  login text,
  position_id bigint,
  tickets bigint[] not null default '{}',
  symbol text,
  lots_e8 numeric(38, 0) not null default 0,
  tier int not null,
  source_partner text,
  plan_version text not null,
  rate text not null,
  rate_currency text not null,
  conversion text not null,
  reason text not null,
  explanation jsonb not null,
  amount_minor numeric(38, 0) not null,
  currency text not null,
  primary key (settlement_id, line)
);
create index settlement_line_partner on settlement_line (settlement_id, partner_id, line);
create index settlement_line_position on settlement_line (server_id, position_id);
grant select, insert, delete on settlement_line to keelson_app;
alter table settlement_line enable row level security;
create policy visible on settlement_line using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system');

create table settlement_payout (
  id text primary key,
  settlement_id text not null references settlement,
  entity_id text not null,
  partner_id text not null references partner,
  client_id text,
  amount_minor numeric(38, 0) not null,
  currency text not null,
  lines bigint not null,
  state text not null check (state in ('computed', 'below_minimum', 'paying', 'paid', 'failed')),
  transaction_id text,
  paid_at timestamptz,
  unique (settlement_id, partner_id)
);
grant select, insert, update, delete on settlement_payout to keelson_app;
alter table settlement_payout enable row level security;
create policy visible on settlement_payout using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system');
`;
