/**
 * What falls due on a client by the passing of time, and what of it was done. The dates themselves are worked out from
 * the client, the documents and the policy whenever somebody looks; `due_at` only says when its process looks next.
 * Clients who are approved already begin here: their processes are written and on their way to Temporal.
 * Undo: drop both tables; end the processes of the workflow 'complianceCalendar' by hand.
 */
export const sql = `
create table compliance_calendar (
  client_id text primary key references client,
  entity_id text not null references entity,
  reviewed_at timestamptz,
  changed_at timestamptz,
  changed_fields text[] not null default '{}',
  due_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  check ((changed_at is null) = (changed_fields = '{}'))
);
grant select, insert, update on compliance_calendar to keelson_app;
alter table compliance_calendar enable row level security;
create policy visible on compliance_calendar using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

create table compliance_step (
  client_id text not null references compliance_calendar,
  entity_id text not null references entity,
  key text not null,
  kind text not null,
  subject text,
  task_id text references task,
  taken_at timestamptz not null default now(),
  closed_at timestamptz,
  primary key (client_id, key)
);
create index compliance_step_open on compliance_step (client_id) where closed_at is null;
grant select, insert, update on compliance_step to keelson_app;
alter table compliance_step enable row level security;
create policy visible on compliance_step using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

insert into compliance_calendar (client_id, entity_id, reviewed_at, due_at)
  select id, entity_id, approved_at, now() from client
  where approved_at is not null and state not in ('closed', 'terminated');
insert into process (workflow_id, workflow, task_queue, args, subject, entity_id, client_id, state, waits_for)
  select 'compliance/' || client_id, 'complianceCalendar', 'workflows', jsonb_build_object('id', client_id), client_id,
    entity_id, client_id, 'queued', 'a worker' from compliance_calendar;
insert into outbox (kind, workflow_id, command_id, args)
  select 'start', 'compliance/' || client_id, 'cmd_' || gen_random_uuid(), jsonb_build_object('id', client_id)
  from compliance_calendar;
`;
