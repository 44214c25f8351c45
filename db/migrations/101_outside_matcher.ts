/**
 * How the matchers that an installation asks beside its lists were set up when a worker began last: another address,
 * data set or threshold has everybody screened again, as a new version of a list has.
 * Undo: delete the re-screenings that have a matcher, drop the table and the column, and set version_id not null.
 */
export const sql = `
create table outside_matcher (
  name text primary key,
  settings_hash text not null,
  seen_at timestamptz not null default clock_timestamp()
);
grant select, insert, update, delete on outside_matcher to keelson_app;
alter table outside_matcher enable row level security;
create policy visible on outside_matcher using (scope_kind() in ('system', 'staff')) with check (scope_kind() = 'system');

alter table rescreening
  alter column version_id drop not null,
  add column matcher text,
  add check ((version_id is null) = (matcher is not null));
`;
