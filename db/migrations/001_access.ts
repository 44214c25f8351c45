/**
 * Entities, and who may see what. Every protected table carries `entity_id` and `client_id`;
 * row-level security reads the scope that `inScope` sets for the transaction and denies when none is set.
 * Undo: drop schema public cascade; create schema public.
 */
export const sql = `
do $$ begin
  if not exists (select 1 from pg_roles where rolname = 'keelson_app') then
    create role keelson_app nologin;
  end if;
end $$;

revoke all on schema public from public;
grant usage on schema public to keelson_app;

create function scope_kind() returns text language sql stable parallel safe as
  $$ select coalesce(current_setting('keelson.kind', true), '') $$;

create function scope_list(name text) returns text[] language sql stable parallel safe as
  $$ select string_to_array(coalesce(current_setting('keelson.' || name, true), ''), ',') $$;

create function may_see(row_entity text, row_client text) returns boolean language sql stable parallel safe as $$
  select case scope_kind()
    when 'system' then true
    when 'staff' then row_entity = any (scope_list('entities'))
    when 'client' then row_client is not null and row_client = current_setting('keelson.client', true)
    else false
  end
$$;

create function may_see_partner(row_entity text, row_partner text) returns boolean language sql stable parallel safe as $$
  select case scope_kind()
    when 'system' then true
    when 'staff' then row_entity = any (scope_list('entities'))
    when 'partner' then row_partner = any (scope_list('partners'))
    else false
  end
$$;

create function may_see_staff(row_entity text) returns boolean language sql stable parallel safe as $$
  select case scope_kind()
    when 'system' then true
    when 'staff' then row_entity = any (scope_list('entities'))
    else false
  end
$$;

create function may_see_restricted() returns boolean language sql stable parallel safe as $$
  select scope_kind() = 'system' or coalesce(current_setting('keelson.restricted', true), '') = 'on'
$$;

create table entity (
  id text primary key check (id ~ '^[a-z0-9-]{2,20}$'),
  name text not null,
  jurisdiction text not null,
  licence text not null,
  currencies text[] not null,
  brand jsonb not null,
  created_at timestamptz not null default now()
);
grant select, insert, update on entity to keelson_app;

create table user_account (
  id text primary key,
  kind text not null check (kind in ('staff', 'client', 'partner')),
  entity_id text references entity,
  client_id text,
  partner_id text,
  email_index text not null,
  email_ct text not null,
  name_ct text not null,
  password_hash text,
  roles text[] not null default '{}',
  entities text[] not null default '{}',
  state text not null default 'active' check (state in ('invited', 'active', 'disabled')),
  security_changed_at timestamptz not null default now(),
  version int not null default 1,
  created_at timestamptz not null default now(),
  unique (kind, email_index)
);
grant select, insert, update on user_account to keelson_app;
alter table user_account enable row level security;
create policy visible on user_account using (
  scope_kind() = 'system'
  or (scope_kind() = 'staff' and (kind = 'staff' and entities && scope_list('entities') or entity_id = any (scope_list('entities'))))
  or id = current_setting('keelson.user', true)
) with check (
  scope_kind() = 'system' or id = current_setting('keelson.user', true)
);

create table api_key (
  id text primary key,
  user_id text not null references user_account,
  secret_hash text not null unique,
  name text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
grant select, insert, update on api_key to keelson_app;
alter table api_key enable row level security;
create policy visible on api_key using (scope_kind() = 'system' or user_id = current_setting('keelson.user', true));

create table session (
  sid text primary key,
  sess jsonb not null,
  expire timestamptz not null
);
create index session_expire on session (expire);
grant select, insert, update, delete on session to keelson_app;

create table one_time_link (
  id text primary key,
  token_hash text not null unique,
  purpose text not null,
  subject text not null,
  user_id text,
  entity_id text not null,
  client_id text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
grant select, insert, update on one_time_link to keelson_app;
alter table one_time_link enable row level security;
create policy visible on one_time_link using (scope_kind() = 'system' or may_see(entity_id, client_id));
`;
