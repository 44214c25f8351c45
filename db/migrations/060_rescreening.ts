/**
 * Everybody is screened again when a list has a new version: how far that has come, and whom it found.
 * Undo: drop the two tables; end the processes of the workflows 'rescreening' and 'screeningMatch' by hand.
 */
export const sql = `
create table rescreening (
  id text primary key,
  version_id text not null unique references sanction_list_version,
  state text not null default 'running' check (state in ('running', 'done')),
  -- Parties there were when it began, and how many of them have been looked at.
  parties int not null,
  looked int not null default 0,
  after_party text not null default '',
  until_party text not null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
grant select, insert, update on rescreening to keelson_app;
alter table rescreening enable row level security;
create policy visible on rescreening using (scope_kind() in ('system', 'staff')) with check (scope_kind() = 'system');

create table rescreening_match (
  rescreening_id text not null references rescreening,
  party_id text not null references party,
  client_id text not null,
  entity_id text not null,
  -- opened: people are asked. judged: they are asked about this client already. held: the client is frozen.
  -- in_case: the application is not decided, and its last check uses the lists of then.
  outcome text not null check (outcome in ('opened', 'judged', 'held', 'in_case')),
  -- The screening that found it, where people are asked.
  screening_id text,
  at timestamptz not null default clock_timestamp(),
  primary key (rescreening_id, party_id),
  check ((outcome = 'opened') = (screening_id is not null))
);
grant select, insert on rescreening_match to keelson_app;
alter table rescreening_match enable row level security;
create policy visible on rescreening_match using (may_see_staff(entity_id)) with check (scope_kind() = 'system');
`;
