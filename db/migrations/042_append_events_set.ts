/**
 * `append_events` for many subjects with an event each (payments, transfers): one statement for all of them, with the
 * same chains as one by one, their heads taken in the same order. A subject with two events goes one by one as before.
 * Undo: drop function append_events(jsonb); alter function append_events_each(jsonb) rename to append_events.
 */
export const sql = `
alter function append_events(jsonb) rename to append_events_each;
revoke all on function append_events_each(jsonb) from public, keelson_app;

create function append_events(items jsonb) returns void language plpgsql security definer set search_path = public as $$
declare
  subjects text[];
  events int;
begin
  -- The transaction is one to wait for before it draws an order: whoever settles the log waits for those that run.
  perform pg_current_xact_id();
  select count(*), array_agg(distinct i ->> 'subject') into events, subjects from jsonb_array_elements(items) i;
  if events < 4 or cardinality(subjects) <> events then perform append_events_each(items); return; end if;
  if exists (select 1 from jsonb_array_elements(items) i where coalesce(i ->> 'actor', '') = '') then
    raise exception 'an event needs an actor';
  end if;
  -- New heads are begun and known ones locked in one pass, in order, as one by one: apart, two transactions could each
  -- hold what the other waits for. An update that changes nothing locks the row all the same.
  insert into event_head (subject, seq, hash)
  select s, 0, sha256(convert_to(s, 'UTF8')) from unnest(subjects) s order by s
  on conflict (subject) do update set seq = excluded.seq where false;
  with item as (
    select i ->> 'subject' as subject, i ->> 'actor' as actor, i ->> 'entityId' as entity_id, i ->> 'clientId' as client_id,
      i ->> 'type' as type, coalesce((i ->> 'restricted')::boolean, false) as restricted, i ->> 'payload' as payload
    from jsonb_array_elements(items) i
  ), next as materialized (
    select item.*, clock_timestamp() as at, h.seq + 1 as seq, h.hash as prev
    from item join event_head h on h.subject = item.subject order by item.subject
  ), written as (
    insert into event (subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev, hash)
    select subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev,
      event_hash(subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev)
    from next order by subject
    returning subject, seq, hash
  )
  update event_head h set seq = w.seq, hash = w.hash from written w where h.subject = w.subject;
end $$;

revoke all on function append_events(jsonb) from public;
grant execute on function append_events(jsonb) to keelson_app;
`;
