/** Policies with versions published by a second person, evaluations kept with their trace, and the task inbox. */
export const sql = `
create table policy_version (
  id text primary key,
  kind text not null,
  layer text not null check (layer in ('base', 'jurisdiction', 'entity')),
  layer_key text not null default '',
  version int not null,
  body jsonb not null,
  body_hash text not null,
  state text not null check (state in ('draft', 'submitted', 'published', 'withdrawn')),
  edited_by text[] not null,
  submitted_by text,
  published_by text,
  effective_from timestamptz,
  published_at timestamptz,
  note text not null default '',
  revision int not null default 1,
  created_at timestamptz not null default now(),
  unique (kind, layer, layer_key, version),
  check ((state = 'published') = (published_by is not null and effective_from is not null)),
  check (published_by is null or not (published_by = any (edited_by)))
);
create unique index policy_one_draft on policy_version (kind, layer, layer_key) where state in ('draft', 'submitted');
grant select, insert, update on policy_version to keelson_app;

-- A published version never changes again.
create function refuse_published_change() returns trigger language plpgsql as $$
begin
  if old.state = 'published' then
    raise exception 'a published policy version is immutable' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger published_is_immutable before update on policy_version for each row execute function refuse_published_change();
create trigger no_delete before delete on policy_version for each row execute function refuse_change();
alter table policy_version enable always trigger published_is_immutable;
alter table policy_version enable always trigger no_delete;

create table evaluation (
  id text primary key,
  kind text not null,
  subject text not null,
  entity_id text not null,
  client_id text,
  person_id text,
  pins text[] not null,
  compiled_hash text not null,
  facts text not null,
  outcome jsonb not null,
  trace text not null,
  at timestamptz not null default now()
);
create index evaluation_subject on evaluation (subject, at);
grant select, insert on evaluation to keelson_app;
alter table evaluation enable row level security;
create policy visible on evaluation using (may_see_staff(entity_id)) with check (may_see(entity_id, client_id));

create table task (
  id text primary key,
  kind text not null,
  subject text not null,
  workflow_id text,
  entity_id text not null,
  client_id text,
  restricted boolean not null default false,
  title text not null,
  issue jsonb not null,
  choices text[] not null,
  permission text not null,
  approvals_required int not null default 1 check (approvals_required in (1, 2)),
  approvals int not null default 0,
  content jsonb not null,
  content_hash text not null,
  version int not null default 1,
  state text not null default 'open' check (state in ('open', 'decided', 'cancelled')),
  claimed_by text,
  lease_until timestamptz,
  excluded text[] not null default '{}',
  decision text,
  reason text,
  decided_by text,
  decided_at timestamptz,
  due_at timestamptz,
  priority int not null default 3,
  opened_at timestamptz not null default now(),
  opened_key text not null unique
);
create index task_open on task (priority, due_at, id) where state = 'open';
create index task_subject on task (subject);
create index task_client on task (client_id);
grant select, insert, update on task to keelson_app;
alter table task enable row level security;
create policy visible on task using (may_see_staff(entity_id) and (not restricted or may_see_restricted()))
  with check (may_see_staff(entity_id));

create table task_decision (
  task_id text not null references task,
  user_id text not null,
  decision text not null,
  reason text not null,
  note text not null default '',
  content_hash text not null,
  task_version int not null,
  at timestamptz not null default now(),
  voided_at timestamptz,
  primary key (task_id, user_id, task_version)
);
grant select, insert, update on task_decision to keelson_app;

-- Who decided, edited data or supplied evidence on a subject: they are excluded from its second decision.
create table participation (
  subject text not null,
  user_id text not null,
  what text not null,
  at timestamptz not null default now(),
  primary key (subject, user_id, what)
);
grant select, insert on participation to keelson_app;
`;
