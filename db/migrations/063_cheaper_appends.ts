/**
 * Events are hashed by an expression that PostgreSQL folds into the statement (a function that is said to be immutable
 * and calls one that is not is planned anew at every call, ten times for an event), and a set of them looks its heads up
 * by their index, writing those of new subjects once.
 * Undo: the functions of 002 and 042.
 */
export const sql = `
create or replace function hash_field(value text) returns bytea language sql stable parallel safe as $$
  select case when value is null then convert_to('~', 'UTF8')
    else convert_to(octet_length(value)::text || ':', 'UTF8') || convert_to(value, 'UTF8') end
$$;

create or replace function event_hash(e_subject text, e_seq bigint, e_at timestamptz, e_actor text, e_entity text, e_client text,
  e_type text, e_restricted boolean, e_payload text, e_prev bytea) returns bytea language sql stable parallel safe as $$
  select sha256(e_prev
    || hash_field(e_subject) || hash_field(e_seq::text)
    || hash_field(to_char(e_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || hash_field(e_actor) || hash_field(e_entity) || hash_field(e_client) || hash_field(e_type)
    || hash_field(case when e_restricted then 'restricted' else 'open' end) || hash_field(e_payload))
$$;

-- One event for each of many subjects. What is known of a table that fills by thousands a second is old: whatever it
-- says, its rows are looked up by their index and put together by hashes, by a plan that is made once.
create or replace function append_events(items jsonb) returns void language plpgsql security definer
set search_path = public set enable_seqscan = off set enable_nestloop = off set plan_cache_mode = force_generic_plan as $$
declare
  subjects text[];
  begun text[];
  events int;
begin
  -- The transaction is one to wait for before it draws an order: whoever settles the log waits for those that run.
  perform pg_current_xact_id();
  select count(*), array_agg(distinct i ->> 'subject') into events, subjects from jsonb_array_elements(items) i;
  if events < 4 or cardinality(subjects) <> events then perform append_events_each(items); return; end if;
  if exists (select 1 from jsonb_array_elements(items) i where coalesce(i ->> 'actor', '') = '') then
    raise exception 'an event needs an actor';
  end if;
  -- New chains begin with their first event, in order of subject. Whoever began one meanwhile is waited for, and the
  -- event goes behind theirs below. Known heads are locked after that, in order: whoever waits for one of them holds,
  -- of what others want, only heads that come before it and chains that nobody else can know yet.
  with known as materialized (
    select subject from event_head where subject = any (subjects)
  ), item as materialized (
    select i ->> 'subject' as subject, i ->> 'actor' as actor, i ->> 'entityId' as entity_id, i ->> 'clientId' as client_id,
      i ->> 'type' as type, coalesce((i ->> 'restricted')::boolean, false) as restricted, i ->> 'payload' as payload,
      clock_timestamp() as at
    from jsonb_array_elements(items) i
    where not exists (select 1 from known where known.subject = i ->> 'subject')
  ), first as materialized (
    select item.*, p.prev,
      event_hash(item.subject, 1, item.at, item.actor, item.entity_id, item.client_id, item.type, item.restricted, item.payload, p.prev) as hash
    from item cross join lateral (select sha256(convert_to(item.subject, 'UTF8')) as prev offset 0) p order by item.subject
  ), head as (
    insert into event_head (subject, seq, hash) select subject, 1, hash from first order by subject
    on conflict (subject) do nothing returning subject
  ), written as (
    insert into event (subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev, hash)
    select subject, 1, at, actor, entity_id, client_id, type, restricted, payload, prev, hash
    from first where subject in (select subject from head) order by subject
    returning subject
  )
  select array_agg(subject) into begun from written;
  if cardinality(begun) = events then return; end if;

  if begun is not null then
    select array_agg(s) into subjects from (select unnest(subjects) except select unnest(begun)) x(s);
  end if;
  perform 1 from event_head where subject = any (subjects) order by subject for update;
  with head as materialized (
    select * from event_head where subject = any (subjects)
  ), item as materialized (
    select i ->> 'subject' as subject, i ->> 'actor' as actor, i ->> 'entityId' as entity_id, i ->> 'clientId' as client_id,
      i ->> 'type' as type, coalesce((i ->> 'restricted')::boolean, false) as restricted, i ->> 'payload' as payload
    from jsonb_array_elements(items) i
  ), next as materialized (
    select item.*, clock_timestamp() as at, h.seq + 1 as seq, h.hash as prev
    from item join head h on h.subject = item.subject order by item.subject
  ), written as (
    insert into event (subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev, hash)
    select subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev,
      event_hash(subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev)
    from next order by subject
    returning subject, seq, hash
  )
  update event_head h set seq = w.seq, hash = w.hash from written w where h.subject = w.subject and h.subject = any (subjects);
end $$;
`;
