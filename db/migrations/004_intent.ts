/** What goes outside: an intent first, then one call, then an outcome. And the switches that stop it. */
export const sql = `
create table intent (
  id text primary key,
  workflow_id text not null,
  step text not null,
  attempt int not null default 1,
  kind text not null check (kind in ('balance_operation', 'create_account', 'update_account', 'set_password', 'charge', 'refund', 'payout', 'mail')),
  target text not null,
  reference text,
  entity_id text not null,
  client_id text,
  amount_minor numeric(38, 0),
  currency text,
  token text,
  state text not null check (state in ('planned', 'sending', 'done', 'refused', 'unknown', 'absent')),
  outcome jsonb,
  external_id text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  resolved_at timestamptz,
  looked_up int not null default 0,
  unique (workflow_id, step, attempt)
);
-- At most one balance operation of a log-in is in flight; an unknown one counts as in flight.
create unique index intent_one_per_login on intent (target, reference)
  where kind = 'balance_operation' and state in ('sending', 'unknown');
create unique index intent_one_per_payout on intent (workflow_id, step)
  where kind in ('payout', 'refund', 'charge') and state in ('sending', 'unknown');
create index intent_token on intent (token) where token is not null;
create index intent_open on intent (state, sent_at) where state in ('planned', 'sending', 'unknown');
create index intent_outflow on intent (entity_id, sent_at) where kind in ('refund', 'payout');
create unique index intent_external on intent (kind, target, external_id) where external_id is not null and kind <> 'mail';
grant select, insert, update on intent to keelson_app;
alter table intent enable row level security;
create policy visible on intent using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));

create table halt (
  id text primary key,
  scope text not null check (scope in ('all', 'entity', 'rail', 'server')),
  scope_key text not null default '',
  reason text not null,
  set_by text not null,
  set_at timestamptz not null default now(),
  lifted_by text,
  lifted_at timestamptz
);
create unique index halt_active on halt (scope, scope_key) where lifted_at is null;
grant select, insert, update on halt to keelson_app;

create table outflow_ceiling (
  entity_id text not null references entity,
  currency text not null,
  per_hour_minor numeric(38, 0) not null,
  primary key (entity_id, currency)
);
grant select, insert, update on outflow_ceiling to keelson_app;
`;
