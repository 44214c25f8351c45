/**
 * Which partner's link a client came by, where it brought nobody: the partner was suspended or its agreement had ended.
 * Undo: drop table client_came_by.
 */
export const sql = `
create table client_came_by (
  client_id text primary key references client,
  entity_id text not null references entity,
  link_code text not null references referral_link,
  at timestamptz not null default clock_timestamp()
);
create index client_came_by_link on client_came_by (link_code);
grant select, insert on client_came_by to keelson_app;
alter table client_came_by enable row level security;
create policy visible on client_came_by using (may_see_staff(entity_id)) with check (scope_kind() = 'system');
`;
