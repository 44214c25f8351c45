/**
 * Events one by one take their heads as a set of them does (063): new chains are begun first, in order of subject, and
 * known heads locked after that, in order. Taken in one order over both, a new chain held by a set and a known head
 * held by another could each be what the other waits for.
 * Undo: append_events_each of 002.
 */
export const sql = `
create or replace function append_events_each(items jsonb) returns void language plpgsql security definer set search_path = public as $$
declare
  item record;
  subjects text[];
  last_seq bigint;
  last_hash bytea;
  last_subject text := null;
  now_at timestamptz := clock_timestamp();
begin
  select array_agg(distinct i ->> 'subject') into subjects from jsonb_array_elements(items) i;
  insert into event_head (subject, seq, hash)
  select s, 0, sha256(convert_to(s, 'UTF8')) from unnest(subjects) s
  where not exists (select 1 from event_head h where h.subject = s) order by s
  on conflict (subject) do nothing;
  if cardinality(subjects) > 1 then
    perform 1 from event_head where subject = any (subjects) order by subject for update;
  end if;
  for item in
    select x.value ->> 'subject' as subject, x.value ->> 'actor' as actor, x.value ->> 'entityId' as entity_id,
      x.value ->> 'clientId' as client_id, x.value ->> 'type' as type,
      coalesce((x.value ->> 'restricted')::boolean, false) as restricted, x.value ->> 'payload' as payload
    from jsonb_array_elements(items) with ordinality as x(value, n)
    order by x.value ->> 'subject', n
  loop
    if item.actor is null or item.actor = '' then raise exception 'an event needs an actor'; end if;
    if last_subject is distinct from item.subject then
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
`;
