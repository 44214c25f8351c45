/**
 * What people have done of the checklist that comes with a measure (domain/compliance/measures.ts), and whether a
 * restriction came with one.
 * Undo: drop the table and the column.
 */
export const sql = `
alter table restriction add column is_measure boolean not null default false;

create table restriction_check (
  restriction_id text not null references restriction,
  client_id text not null references client,
  entity_id text not null references entity,
  code text not null,
  done_by text not null,
  done_at timestamptz not null default now(),
  primary key (restriction_id, code)
);
grant select, insert on restriction_check to keelson_app;
alter table restriction_check enable row level security;
create policy visible on restriction_check using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
`;
