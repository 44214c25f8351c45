/** Commands, their answers, and the way from a committed row to a running workflow. */
export const sql = `
create table idempotency (
  actor text not null,
  key text not null,
  route text not null,
  body_hash text not null,
  status int,
  answer jsonb,
  created_at timestamptz not null default now(),
  primary key (actor, key)
);
grant select, insert, update on idempotency to keelson_app;

create table process (
  workflow_id text primary key,
  workflow text not null,
  task_queue text not null,
  args jsonb not null,
  subject text not null,
  entity_id text,
  client_id text,
  restricted boolean not null default false,
  state text not null,
  waits_for text,
  since timestamptz not null default now(),
  due timestamptz,
  finished_at timestamptz,
  outcome text,
  updated_at timestamptz not null default now()
);
create index process_subject on process (subject);
create index process_open on process (since) where finished_at is null;
create index process_client on process (client_id);
grant select, insert, update on process to keelson_app;
alter table process enable row level security;
create policy visible on process using (may_see(entity_id, client_id) and (not restricted or may_see_restricted()))
  with check (may_see(entity_id, client_id));

create table outbox (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('start', 'signal')),
  workflow_id text not null,
  signal text,
  command_id text not null unique,
  args jsonb not null,
  created_at timestamptz not null default now(),
  next_at timestamptz not null default now(),
  attempts int not null default 0,
  last_error text,
  dispatched_at timestamptz,
  result text
);
create index outbox_waiting on outbox (workflow_id, id) where dispatched_at is null;
create index outbox_next on outbox (next_at, id) where dispatched_at is null;
grant select, insert, update on outbox to keelson_app;

create function notify_outbox() returns trigger language plpgsql as $$
begin
  perform pg_notify('outbox', '');
  return null;
end $$;
create trigger notify after insert on outbox for each statement execute function notify_outbox();

-- Raw inbound messages of providers and servers: stored first, then dispatched.
create table provider_event (
  id text primary key,
  provider text not null,
  provider_event_id text not null,
  type text not null,
  operation_id text,
  body text not null,
  normalised jsonb not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null default now(),
  times_received int not null default 1,
  handled_by text,
  unique (provider, provider_event_id)
);
create index provider_event_operation on provider_event (operation_id);
grant select, insert, update on provider_event to keelson_app;
`;
