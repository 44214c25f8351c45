/**
 * Who leads a queue, who is away, and who has had a hand in whose log-in; and the one rule about who took part in a
 * task, which deciding, claiming and counting who is left all ask.
 * Undo: drop function took_part and the four tables.
 */
export const sql = `
create table queue_lead (
  entity_id text not null references entity,
  -- Kind of task; 'any': whatever has no line of its own.
  kind text not null,
  lead_id text not null references user_account,
  deputy_id text references user_account,
  named_by text not null,
  named_at timestamptz not null default now(),
  primary key (entity_id, kind),
  check (lead_id is distinct from deputy_id)
);
grant select, insert, update, delete on queue_lead to keelson_app;
alter table queue_lead enable row level security;
create policy visible on queue_lead using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

create table absence (
  id text primary key,
  user_id text not null references user_account,
  from_at timestamptz not null,
  until_at timestamptz not null,
  deputy_id text references user_account,
  noted_by text not null,
  noted_at timestamptz not null default now(),
  -- When what the person held was handed on; null until it begins.
  begun_at timestamptz,
  ended_at timestamptz,
  check (until_at > from_at),
  check (user_id is distinct from deputy_id)
);
create index absence_user on absence (user_id, until_at);
create index absence_to_begin on absence (from_at) where begun_at is null and ended_at is null;
grant select, insert, update on absence to keelson_app;
alter table absence enable row level security;
-- Colleagues see each other's, as far as they see each other.
create policy visible on absence using (
  scope_kind() = 'system' or user_id = current_setting('keelson.user', true)
  or (scope_kind() = 'staff' and exists (select 1 from user_account u where u.id = absence.user_id))
) with check (scope_kind() = 'system');

-- What came of a bulk action, task by task, for whoever did it.
create table task_bulk (
  id text primary key,
  made_by text not null references user_account,
  action jsonb not null,
  items jsonb not null,
  created_at timestamptz not null default now()
);
grant select, insert on task_bulk to keelson_app;
alter table task_bulk enable row level security;
create policy visible on task_bulk using (scope_kind() = 'system' or made_by = current_setting('keelson.user', true));

-- Who asked for a colleague's log-in, or had a way in sent: for some time the two are not two people.
create table login_hand (
  user_id text not null references user_account,
  by_user_id text not null,
  what text not null,
  at timestamptz not null default now(),
  primary key (user_id, by_user_id, what, at)
);
create index login_hand_by on login_hand (by_user_id);
grant select, insert on login_hand to keelson_app;
insert into login_hand (user_id, by_user_id, what, at)
  select p.subject, p.user_id, 'invited', p.at from participation p join user_account u on u.id = p.subject
  where p.what = 'requested';

-- Whether a person took part in what a task is about, or is for now the same as somebody who did.
create function took_part(task_id text, task_subject text, task_excluded text[], person text) returns boolean
language sql stable parallel safe as $$
  with hands as (
    select user_id as other from login_hand where by_user_id = person and at > now() - interval '90 days'
    union all select by_user_id from login_hand where user_id = person and at > now() - interval '90 days'
  ), one as (select person as id union all select other from hands)
  select exists (select 1 from one where id = any (task_excluded))
    or exists (select 1 from participation p where p.user_id in (select id from one) and (p.subject = task_id
      or (p.subject = task_subject and p.what in ('requested', 'edited', 'supplied_evidence', 'approved'))))
$$;
grant execute on function took_part(text, text, text[], text) to keelson_app;
`;
