/**
 * Drafts of policies are tried on what was decided before, and a publication keeps whom it was meant to reach.
 * Undo: drop the two tables, the index and the column.
 */
export const sql = `
alter table policy_version
  add column reach text check (reach in ('new', 'open', 'existing'));
create index evaluation_kind on evaluation (kind, id);

create table policy_simulation (
  id text primary key,
  policy_id text not null references policy_version,
  kind text not null,
  body jsonb not null,
  body_hash text not null,
  -- For each entity the ids of the published layers that it was compared with.
  layers jsonb not null,
  -- Whose cases were read: those of the entities of whoever asked.
  entities text[] not null,
  -- Whether holds that not everybody may see were among the facts.
  restricted boolean not null,
  wanted int not null check (wanted between 1 and 20000),
  state text not null default 'running' check (state in ('running', 'done')),
  phase text not null default 'past' check (phase in ('past', 'present')),
  after_id text,
  looked int not null default 0,
  unread int not null default 0,
  changed int not null default 0,
  accounts int not null default 0,
  accounts_changed int not null default 0,
  matrix jsonb not null default '[]',
  asked_by text not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index policy_simulation_policy on policy_simulation (policy_id, id);
grant select, insert, update on policy_simulation to keelson_app;
alter table policy_simulation enable row level security;
create policy visible on policy_simulation using (
  scope_kind() = 'system' or (scope_kind() = 'staff' and entities <@ scope_list('entities')
    and (not restricted or may_see_restricted()))
);

-- Cases that would be decided otherwise: ids and outcomes; facts and traces stay where they are.
create table policy_simulation_case (
  simulation_id text not null references policy_simulation,
  about text not null check (about in ('past', 'present')),
  case_id text not null,
  subject text not null,
  entity_id text not null,
  client_id text,
  was jsonb not null,
  becomes jsonb not null,
  primary key (simulation_id, about, case_id)
);
grant select, insert on policy_simulation_case to keelson_app;
alter table policy_simulation_case enable row level security;
create policy visible on policy_simulation_case using (may_see_staff(entity_id));
`;
