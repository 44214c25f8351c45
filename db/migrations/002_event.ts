/**
 * The event log: append-only, one hash chain per subject, written by `append_events` alone.
 * The chain hashes every column except the hash itself, each prefixed with its length in bytes,
 * so that no two rows can hash alike by moving a character from one column to the next.
 */
export const sql = `
create table event (
  subject text not null,
  seq bigint not null,
  at timestamptz(6) not null,
  actor text not null check (actor <> ''),
  entity_id text,
  client_id text,
  type text not null,
  restricted boolean not null default false,
  payload text not null,
  prev bytea not null,
  hash bytea not null,
  recorded_order bigint generated always as identity,
  primary key (subject, seq)
);
create index event_client on event (client_id, at) where client_id is not null;
create index event_type_at on event (type, at);
create index event_recorded on event (recorded_order);

create table event_head (
  subject text primary key,
  seq bigint not null,
  hash bytea not null
);

create function hash_field(value text) returns bytea language sql immutable parallel safe as $$
  select case when value is null then convert_to('~', 'UTF8')
    else convert_to(octet_length(value)::text || ':', 'UTF8') || convert_to(value, 'UTF8') end
$$;

create function event_hash(e_subject text, e_seq bigint, e_at timestamptz, e_actor text, e_entity text, e_client text,
  e_type text, e_restricted boolean, e_payload text, e_prev bytea) returns bytea language sql immutable parallel safe as $$
  select sha256(e_prev
    || hash_field(e_subject) || hash_field(e_seq::text)
    || hash_field(to_char(e_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || hash_field(e_actor) || hash_field(e_entity) || hash_field(e_client) || hash_field(e_type)
    || hash_field(case when e_restricted then 'restricted' else 'open' end) || hash_field(e_payload))
$$;

-- items: [{subject, actor, entityId, clientId, type, restricted, payload}], payload a canonical JSON text.
-- Subjects are taken in order, so that two transactions cannot wait for each other.
create function append_events(items jsonb) returns void language plpgsql security definer set search_path = public as $$
declare
  item record;
  last_seq bigint;
  last_hash bytea;
  last_subject text := null;
  now_at timestamptz := clock_timestamp();
begin
  for item in
    select x.value ->> 'subject' as subject, x.value ->> 'actor' as actor, x.value ->> 'entityId' as entity_id,
      x.value ->> 'clientId' as client_id, x.value ->> 'type' as type,
      coalesce((x.value ->> 'restricted')::boolean, false) as restricted, x.value ->> 'payload' as payload
    from jsonb_array_elements(items) with ordinality as x(value, n)
    order by x.value ->> 'subject', n
  loop
    if item.actor is null or item.actor = '' then raise exception 'an event needs an actor'; end if;
    if last_subject is distinct from item.subject then
      insert into event_head (subject, seq, hash) values (item.subject, 0, sha256(convert_to(item.subject, 'UTF8')))
        on conflict (subject) do nothing;
      select seq, hash into last_seq, last_hash from event_head where subject = item.subject for update;
      last_subject := item.subject;
      now_at := clock_timestamp();
    end if;
    insert into event (subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev, hash)
    values (item.subject, last_seq + 1, now_at, item.actor, item.entity_id, item.client_id, item.type, item.restricted,
      item.payload, last_hash,
      event_hash(item.subject, last_seq + 1, now_at, item.actor, item.entity_id, item.client_id, item.type,
        item.restricted, item.payload, last_hash))
    returning seq, hash into last_seq, last_hash;
    update event_head set seq = last_seq, hash = last_hash where subject = item.subject;
  end loop;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete on event for each row execute function refuse_change();
create trigger append_only_truncate before truncate on event for each statement execute function refuse_change();
alter table event enable always trigger append_only;
alter table event enable always trigger append_only_truncate;

revoke all on function append_events(jsonb) from public;
grant execute on function append_events(jsonb) to keelson_app;
grant select on event, event_head to keelson_app;

alter table event enable row level security;
create policy visible on event using (may_see_staff(entity_id) and (not restricted or may_see_restricted()));

create table checkpoint (
  id text primary key,
  at timestamptz not null,
  subjects bigint not null,
  last_order bigint not null,
  heads_hash text not null,
  signature text not null,
  key_id text not null
);
grant select, insert on checkpoint to keelson_app;
create trigger append_only before update or delete on checkpoint for each row execute function refuse_change();
alter table checkpoint enable always trigger append_only;

create table document_read (
  id bigint generated always as identity primary key,
  document_id text not null,
  user_id text not null,
  at timestamptz not null default now()
);
grant select, insert on document_read to keelson_app;

-- Personal data: a key per person, wrapped by the master key; erasing the row erases the person's data everywhere.
create table data_key (
  person_id text primary key,
  wrapped_key text,
  created_at timestamptz not null default now(),
  erased_at timestamptz
);
grant select, insert on data_key to keelson_app;
grant update (wrapped_key, erased_at) on data_key to keelson_app;

-- Exact look-ups of personal data: an HMAC per field. Erasure deletes a person's rows.
create table blind_index (
  field text not null,
  digest text not null,
  person_id text not null,
  primary key (field, digest, person_id)
);
create index blind_index_person on blind_index (person_id);
grant select, insert, delete on blind_index to keelson_app;
`;
