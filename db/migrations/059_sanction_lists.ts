/**
 * The lists that people are screened against, in versions. An entry stands from the version that first says so until the
 * one that does not any more, so that a day without changes costs one row, and what was added, changed and removed needs
 * no table of its own.
 * Undo: drop the three tables, the function and the column of screening_result.
 */
export const sql = `
create table sanction_list (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{1,59}$'),
  name text not null unique,
  -- The invented people that ship: not in force any more once a published list is there.
  invented boolean not null,
  created_at timestamptz not null default now()
);
grant select, insert on sanction_list to keelson_app;
alter table sanction_list enable row level security;
create policy visible on sanction_list using (scope_kind() in ('system', 'staff')) with check (scope_kind() = 'system');

create table sanction_list_version (
  id text primary key,
  list_id text not null references sanction_list,
  number int not null check (number > 0),
  published_on date not null,
  -- Over the files, which are not kept, and over the entries.
  file_hash text not null,
  content_hash text not null,
  files jsonb not null,
  entries int not null check (entries > 0),
  added int not null check (added >= 0),
  changed int not null check (changed >= 0),
  removed int not null check (removed >= 0),
  loaded_by text not null,
  loaded_at timestamptz not null default clock_timestamp(),
  unique (list_id, number)
);
grant select, insert on sanction_list_version to keelson_app;
create trigger append_only before update or delete on sanction_list_version for each row execute function refuse_change();
create trigger append_only_truncate before truncate on sanction_list_version for each statement execute function refuse_change();
alter table sanction_list_version enable always trigger append_only;
alter table sanction_list_version enable always trigger append_only_truncate;
alter table sanction_list_version enable row level security;
create policy visible on sanction_list_version
  using (scope_kind() in ('system', 'staff')) with check (scope_kind() = 'system');

create table sanction_entry (
  list_id text not null references sanction_list,
  entry_id text not null,
  -- Over all that the list says of the entry.
  entry_hash text not null,
  body jsonb not null,
  from_number int not null,
  -- The version that does not say so any more.
  until_number int check (until_number > from_number),
  primary key (list_id, entry_id, from_number)
);
create unique index sanction_entry_now on sanction_entry (list_id, entry_id) where until_number is null;
create index sanction_entry_from on sanction_entry (list_id, from_number, entry_id);
create index sanction_entry_until on sanction_entry (list_id, until_number, entry_id) where until_number is not null;
grant select, insert, update (until_number) on sanction_entry to keelson_app;
create function refuse_unless_entry_ends() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.until_number is null and new.until_number is not null
    and to_jsonb(new) - 'until_number' = to_jsonb(old) - 'until_number' then
    return new;
  end if;
  raise exception 'an entry of a list ends once, and nothing else of it changes: % refused', tg_op
    using errcode = 'restrict_violation';
end $$;
create trigger ends_once before update or delete on sanction_entry for each row execute function refuse_unless_entry_ends();
create trigger append_only_truncate before truncate on sanction_entry for each statement execute function refuse_change();
alter table sanction_entry enable always trigger ends_once;
alter table sanction_entry enable always trigger append_only_truncate;
alter table sanction_entry enable row level security;
create policy visible on sanction_entry using (scope_kind() in ('system', 'staff')) with check (scope_kind() = 'system');

alter table screening_result add column list_version_ids text[] not null default '{}';
`;
