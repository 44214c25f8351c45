/**
 * A task's time runs by its entity's business calendar: notice at half of it, escalation at all of it, and it stands
 * still while the client is waited for. Tasks that are open already escalate at the time they have.
 * Undo: drop the two tables, the seven indexes and the columns of task.
 */
export const sql = `
create table business_calendar (
  entity_id text primary key references entity,
  time_zone text not null,
  working_days int[] not null check (cardinality(working_days) > 0 and working_days <@ array[1, 2, 3, 4, 5, 6, 7]),
  opens_minute int not null check (opens_minute >= 0),
  closes_minute int not null check (closes_minute <= 1440 and closes_minute > opens_minute),
  version int not null default 1,
  changed_by text not null,
  changed_at timestamptz not null default now()
);
grant select, insert, update on business_calendar to keelson_app;
alter table business_calendar enable row level security;
create policy visible on business_calendar using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

create table public_holiday (
  entity_id text not null references entity,
  day date not null,
  name text not null,
  primary key (entity_id, day)
);
grant select, insert, update, delete on public_holiday to keelson_app;
alter table public_holiday enable row level security;
create policy visible on public_holiday using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

alter table task
  -- Minutes of the calendar that it may take; null for one from before it was counted.
  add column due_minutes int check (due_minutes >= 0),
  -- When something of its clock comes next: notice, then escalation; null when nothing does.
  add column clock_at timestamptz,
  add column noticed_at timestamptz,
  add column escalated_at timestamptz,
  add column escalated_to text,
  -- Fewer people are left who may decide it than it needs.
  add column short_handed boolean not null default false,
  -- Its clock stands while the client is waited for: since when, at most until when, and what was left then.
  add column waiting_since timestamptz,
  add column waiting_until timestamptz,
  add column minutes_left int;
update task set clock_at = due_at, noticed_at = due_at where state = 'open';

create index task_clock on task (clock_at) where state = 'open' and clock_at is not null;
create index task_kind on task (kind, priority, due_at, id) where state = 'open';
create index task_due on task (due_at) where state = 'open';
create index task_claimed on task (claimed_by) where state = 'open' and claimed_by is not null;
create index task_second on task (permission) where state = 'open' and approvals > 0;
create index task_escalated on task (id) where state = 'open' and (escalated_at is not null or short_handed);
create index task_waiting on task (permission, id) where waiting_since is not null;
`;
