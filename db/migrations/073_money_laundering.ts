/**
 * Alerts of the rules on money laundering, and the register of suspicious activity: both for the MLRO's circle alone.
 * Undo: drop table suspicion, aml_alert; restore the policy of 006 on evaluation.
 */
export const sql = `
create table aml_alert (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  -- The deposit or withdrawal after which it was seen.
  movement_id text not null unique,
  evaluation_id text not null references evaluation,
  reasons text[] not null,
  state text not null default 'open' check (state in ('open', 'dismissed', 'case_opened', 'held')),
  restriction_id text references restriction,
  restricted boolean not null default true check (restricted),
  opened_at timestamptz not null default now(),
  decided_at timestamptz,
  check ((state = 'open') = (decided_at is null))
);
create index aml_alert_list on aml_alert (entity_id, id);
create index aml_alert_client on aml_alert (client_id, id);
grant select, insert, update on aml_alert to keelson_app;
alter table aml_alert enable row level security;
create policy visible on aml_alert using (may_see_staff(entity_id) and may_see_restricted());

create table suspicion (
  id text primary key,
  entity_id text not null references entity,
  client_id text not null references client,
  alert_id text unique references aml_alert,
  state text not null default 'draft' check (state in ('draft', 'submitted', 'closed')),
  grounds_ct text not null,
  authority text,
  reference text,
  submitted_at timestamptz,
  consent text not null default 'none' check (consent in ('none', 'asked', 'granted', 'refused')),
  -- The last days of the time in which nothing may be done: civil dates in the entity's own zone.
  notice_ends_on date,
  moratorium_ends_on date,
  restriction_id text references restriction,
  outcome text check (outcome in ('lifted', 'kept', 'no_hold')),
  restricted boolean not null default true check (restricted),
  opened_by text not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  closed_at timestamptz,
  check (state <> 'draft' or submitted_at is null),
  check (state <> 'submitted' or submitted_at is not null),
  check ((state = 'closed') = (closed_at is not null) and (state = 'closed') = (outcome is not null)),
  check (submitted_at is null or authority is not null and reference is not null),
  check ((consent in ('none')) = (notice_ends_on is null)),
  check ((consent = 'refused') = (moratorium_ends_on is not null))
);
create index suspicion_list on suspicion (entity_id, id);
create index suspicion_client on suspicion (client_id, id);
grant select, insert, update on suspicion to keelson_app;
alter table suspicion enable row level security;
create policy visible on suspicion using (may_see_staff(entity_id) and may_see_restricted());

-- What the rules found of a client tells as much as an alert.
drop policy visible on evaluation;
create policy visible on evaluation
  using (may_see_staff(entity_id) and (kind <> 'aml' or may_see_restricted()))
  with check (may_see(entity_id, client_id));
`;
