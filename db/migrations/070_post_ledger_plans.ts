/**
 * `post_ledger` anew: it looks accounts up by their index, by plans that are made once (what is known of tables that
 * fill by thousands a second is old; the lock of a single posting read every account there is), and writes a single
 * posting by one statement. What reverses nothing stands in no index of reversals.
 * Undo: the functions of 038; the constraint of 005.
 */
export const sql = `
alter table ledger_transaction drop constraint ledger_transaction_reverses_id_key;
create unique index ledger_transaction_reverses on ledger_transaction (reverses_id) where reverses_id is not null;

-- What entries and transactions refer to is looked for once a statement, not once a row: each look of a foreign key locks
-- the row that it finds, and all of them find the same entity.
alter table ledger_entry drop constraint ledger_entry_transaction_id_fkey, drop constraint ledger_entry_account_id_fkey;
alter table ledger_transaction drop constraint ledger_transaction_entity_id_fkey;
create function refuse_orphan_entries() returns trigger
language plpgsql set search_path = public set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  account_ids text[];
  transaction_ids text[];
begin
  select array_agg(distinct account_id), array_agg(distinct transaction_id) into account_ids, transaction_ids from entered;
  if (select count(*) from ledger_account where id = any (account_ids)) <> cardinality(account_ids)
    or (select count(*) from ledger_transaction where id = any (transaction_ids)) <> cardinality(transaction_ids) then
    raise exception 'an entry needs its account and its transaction' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger belongs after insert on ledger_entry referencing new table as entered for each statement execute function refuse_orphan_entries();
alter table ledger_entry enable always trigger belongs;
create function refuse_foreign_transactions() returns trigger language plpgsql set search_path = public as $$
begin
  if exists (select 1 from (select distinct entity_id from written) w where not exists (select 1 from entity where id = w.entity_id)) then
    raise exception 'a transaction needs its entity' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create trigger belongs after insert on ledger_transaction referencing new table as written for each statement execute function refuse_foreign_transactions();
alter table ledger_transaction enable always trigger belongs;

create trigger identity_kept before update of id, entity_id, currency on ledger_account for each row execute function refuse_change();
create trigger append_only before delete on ledger_account for each row execute function refuse_change();
create trigger append_only_truncate before truncate on ledger_account for each statement execute function refuse_change();
alter table ledger_account enable always trigger identity_kept;
alter table ledger_account enable always trigger append_only;
alter table ledger_account enable always trigger append_only_truncate;

-- Accounts that are mentioned for the first time.
create function open_ledger_accounts(items jsonb) returns void
language plpgsql security definer set search_path = public set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
begin
  with named as materialized (
    select a ->> 'id' as id, a as account from jsonb_array_elements(items) i, jsonb_array_elements(coalesce(i -> 'accounts', '[]')) a
  ), known as materialized (
    select la.id from ledger_account la where la.id = any (array(select named.id from named))
  )
  insert into ledger_account (id, entity_id, code, owner, client_id, currency, side, floor, entry_only)
  select distinct on (named.id) named.id, a ->> 'entityId', a ->> 'code', a ->> 'owner', a ->> 'clientId', a ->> 'currency',
    a ->> 'side', (a ->> 'floor')::boolean, (a ->> 'entryOnly')::boolean
  from named cross join lateral (select named.account as a) x
  where not exists (select 1 from known where known.id = named.id)
  order by named.id
  -- Any conflict: two that mention an account for the first time may meet at either of its unique keys.
  on conflict do nothing;
end $$;

-- items: [{op: 'post'|'hold'|'void', key, bodyHash, id, entityId, kind, cause, actor, clientId, effectiveAt, lateTo, reversesId, meta,
--          accounts: [{id, entityId, code, owner, clientId, currency, side, floor, entryOnly}],
--          entries: [{account, amount}], hold: {id, account, amount, expiresAt, final}}]
-- lateTo 'open': what is effective in a closed period is posted to the first moment of the open one.
-- Verdicts: posted, replayed, key_reused, unbalanced, cross_entity, insufficient_funds, unknown_hold, hold_ended,
-- hold_exceeded, hold_expired, already_reversed, unknown_reversal, period_sealed.
-- Runs in the caller's transaction; locks every touched account once, in order of id. A refused item leaves no trace.
create or replace function post_ledger_each(items jsonb) returns table (idx int, verdict text, transaction_id text)
language plpgsql security definer set search_path = public set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  item jsonb;
  n int;
  prior ledger_transaction%rowtype;
  h ledger_hold%rowtype;
  acc ledger_account%rowtype;
  account_ids text[];
  is_foreign boolean;
  is_unbalanced boolean;
  is_known boolean;
  hold_part numeric(38, 0);
  tx_id text;
  wanted timestamptz(6);
  effective timestamptz(6);
  sealed_until timestamptz(6);
  tx_order bigint;
  item_meta jsonb;
begin
  perform open_ledger_accounts(items);

  select array_agg(x.id) into account_ids from (
    select e ->> 'account' as id from jsonb_array_elements(items) i, jsonb_array_elements(coalesce(i -> 'entries', '[]')) e
    union
    select i -> 'hold' ->> 'account' from jsonb_array_elements(items) i where i -> 'hold' ? 'account'
    union
    select lh.account_id from ledger_hold lh
    where lh.id = any (array(select i -> 'hold' ->> 'id' from jsonb_array_elements(items) i where i ? 'hold'))) x;
  perform 1 from ledger_account la where la.id = any (account_ids) and not la.entry_only order by la.id for no key update;

  n := -1;
  for item in select value from jsonb_array_elements(items) loop
    n := n + 1;
    idx := n;
    tx_id := item ->> 'id';
    transaction_id := tx_id;

    if item ->> 'op' = 'hold' then
      select * into h from ledger_hold where id = item -> 'hold' ->> 'id';
      if found then
        verdict := case when h.account_id = item -> 'hold' ->> 'account' and h.amount = (item -> 'hold' ->> 'amount')::numeric
          then 'replayed' else 'key_reused' end;
        return next; continue;
      end if;
      select * into acc from ledger_account where id = item -> 'hold' ->> 'account';
      if acc.entity_id <> item ->> 'entityId' then verdict := 'cross_entity'; return next; continue; end if;
      if acc.balance - acc.held < (item -> 'hold' ->> 'amount')::numeric then
        verdict := 'insufficient_funds'; return next; continue;
      end if;
      insert into ledger_hold (id, account_id, entity_id, client_id, currency, amount, remaining, state, cause, expires_at)
      values (item -> 'hold' ->> 'id', acc.id, acc.entity_id, acc.client_id, acc.currency,
        (item -> 'hold' ->> 'amount')::numeric, (item -> 'hold' ->> 'amount')::numeric, 'held', item ->> 'cause',
        (item -> 'hold' ->> 'expiresAt')::timestamptz);
      update ledger_account set held = held + (item -> 'hold' ->> 'amount')::numeric where id = acc.id;
      verdict := 'posted'; return next; continue;
    end if;

    if item ->> 'op' = 'void' then
      select * into h from ledger_hold where id = item -> 'hold' ->> 'id' for update;
      if not found then verdict := 'unknown_hold'; return next; continue; end if;
      if h.state <> 'held' then
        verdict := case when h.state in ('voided', 'expired') then 'replayed' else 'hold_ended' end;
        return next; continue;
      end if;
      update ledger_account set held = held - h.remaining where id = h.account_id;
      update ledger_hold set state = 'voided', remaining = 0, ended_at = clock_timestamp() where id = h.id;
      verdict := 'posted'; return next; continue;
    end if;

    select * into prior from ledger_transaction where key = item ->> 'key';
    if found then
      transaction_id := prior.id;
      verdict := case when prior.body_hash = item ->> 'bodyHash' then 'replayed' else 'key_reused' end;
      return next; continue;
    end if;

    with leg as materialized (
      select la.entity_id, la.currency, (e ->> 'amount')::numeric as amount
      from jsonb_array_elements(item -> 'entries') e join ledger_account la on la.id = e ->> 'account' and la.id = any (account_ids)
    )
    select exists (select 1 from leg where leg.entity_id <> item ->> 'entityId'),
      exists (select 1 from leg group by leg.currency having sum(leg.amount) <> 0)
    into is_foreign, is_unbalanced;
    if is_foreign then verdict := 'cross_entity'; return next; continue; end if;
    if is_unbalanced or jsonb_array_length(item -> 'entries') < 2 then verdict := 'unbalanced'; return next; continue; end if;

    wanted := (item ->> 'effectiveAt')::timestamptz;
    effective := coalesce(wanted, clock_timestamp());
    item_meta := coalesce(item -> 'meta', '{}');
    if wanted is not null then
      select max(ends_at) into sealed_until from ledger_period where entity_id = item ->> 'entityId';
      if wanted < sealed_until then
        if item ->> 'lateTo' is distinct from 'open' then verdict := 'period_sealed'; return next; continue; end if;
        effective := sealed_until;
        item_meta := item_meta || jsonb_build_object('effectiveWanted', item ->> 'effectiveAt');
      end if;
    end if;

    if item ->> 'reversesId' is not null then
      if not exists (select 1 from ledger_transaction where id = item ->> 'reversesId') then
        verdict := 'unknown_reversal'; return next; continue;
      end if;
      if exists (select 1 from ledger_transaction where reverses_id = item ->> 'reversesId') then
        verdict := 'already_reversed'; return next; continue;
      end if;
    end if;

    hold_part := 0;
    h := null;
    if item ? 'hold' then
      select * into h from ledger_hold where id = item -> 'hold' ->> 'id' for update;
      if not found then verdict := 'unknown_hold'; return next; continue; end if;
      if h.state = 'expired' or (h.state = 'held' and h.expires_at <= clock_timestamp()) then
        verdict := 'hold_expired'; return next; continue;
      end if;
      if h.state <> 'held' then verdict := 'hold_ended'; return next; continue; end if;
      select coalesce(-sum((e ->> 'amount')::numeric), 0) into hold_part
      from jsonb_array_elements(item -> 'entries') e where e ->> 'account' = h.account_id;
      if hold_part <= 0 or hold_part > h.remaining then verdict := 'hold_exceeded'; return next; continue; end if;
      if coalesce((item -> 'hold' ->> 'final')::boolean, true) then hold_part := h.remaining; end if;
    end if;

    -- Floors: what is held stays spoken for, save the part that this item takes from its own hold.
    if exists (
      select 1
      from (select e ->> 'account' as id, sum((e ->> 'amount')::numeric) as change
            from jsonb_array_elements(item -> 'entries') e group by 1) c
      join ledger_account la on la.id = c.id and la.id = any (account_ids)
      where la.floor and c.change < 0
        and la.balance + c.change < la.held - case when la.id = h.account_id then hold_part else 0 end
    ) then verdict := 'insufficient_funds'; return next; continue; end if;

    tx_order := nextval('ledger_order');
    with written as (
      insert into ledger_transaction (id, key, body_hash, entity_id, kind, cause, actor, client_id, effective_at, reverses_id, meta,
        recorded_order)
      values (tx_id, item ->> 'key', item ->> 'bodyHash', item ->> 'entityId', item ->> 'kind', item ->> 'cause', item ->> 'actor',
        item ->> 'clientId', effective, item ->> 'reversesId', item_meta, tx_order)
      on conflict (key) do nothing
      returning id
    ), leg as materialized (
      select la.id as account_id, la.entity_id, la.client_id, la.currency, la.entry_only, la.balance, la.version,
        (e.value ->> 'amount')::numeric as amount, e.ord
      from written
      cross join jsonb_array_elements(item -> 'entries') with ordinality e(value, ord)
      join ledger_account la on la.id = e.value ->> 'account' and la.id = any (account_ids)
    ), entered as (
      insert into ledger_entry (transaction_id, line, account_id, entity_id, client_id, currency, amount, balance_after, account_version,
        effective_at, recorded_order)
      select tx_id, row_number() over (order by ord), account_id, entity_id, client_id, currency, amount,
        case when not entry_only then balance + sum(amount) over w end,
        case when not entry_only then version + row_number() over w end,
        effective, tx_order
      from leg window w as (partition by account_id order by ord)
    ), moved as (
      update ledger_account la set balance = la.balance + c.change, version = la.version + c.entries,
        held = la.held - case when la.id = h.account_id then hold_part else 0 end
      from (select leg.account_id, sum(leg.amount) as change, count(*) as entries from leg where not leg.entry_only group by 1) c
      where la.id = c.account_id and la.id = any (account_ids)
    )
    select count(*) = 0 into is_known from written;
    if is_known then
      -- Another transaction committed this key since we looked: it shared no account that we locked.
      select * into prior from ledger_transaction where key = item ->> 'key';
      transaction_id := prior.id;
      verdict := case when prior.body_hash = item ->> 'bodyHash' then 'replayed' else 'key_reused' end;
      return next; continue;
    end if;

    if h.id is not null then
      update ledger_hold set remaining = remaining - hold_part,
        state = case when remaining = hold_part then 'posted' else 'held' end,
        ended_at = case when remaining = hold_part then clock_timestamp() end
      where id = h.id;
    end if;

    verdict := 'posted';
    return next;
  end loop;
end $$;

create or replace function post_ledger(items jsonb) returns table (idx int, verdict text, transaction_id text)
language plpgsql security definer set search_path = public set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  is_plain boolean;
  is_short boolean;
  half int;
  keys text[];
  account_ids text[];
  idxs int[];
  verdicts text[];
  ids text[];
begin
  -- From here on whoever waits for running transactions waits for this one, too (closing a period, folding, chaining).
  perform pg_current_xact_id();
  select count(*) > 1 and count(distinct i ->> 'key') = count(*)
      and bool_and(i ->> 'op' = 'post' and not i ? 'hold' and i ->> 'reversesId' is null), array_agg(i ->> 'key')
  into is_plain, keys from jsonb_array_elements(items) i;
  if not coalesce(is_plain, false) then
    return query select * from post_ledger_each(items);
    return;
  end if;

  perform open_ledger_accounts(items);

  select array_agg(distinct e ->> 'account') into account_ids
  from jsonb_array_elements(items) i, jsonb_array_elements(i -> 'entries') e;
  perform 1 from ledger_account la where la.id = any (account_ids) and not la.entry_only order by la.id for no key update;

  begin
    with item as materialized (
      select (ord - 1)::int as idx, i ->> 'id' as id, i ->> 'key' as key, i ->> 'bodyHash' as body_hash, i ->> 'entityId' as entity_id,
        i ->> 'kind' as kind, i ->> 'cause' as cause, i ->> 'actor' as actor, i ->> 'clientId' as client_id,
        (i ->> 'effectiveAt')::timestamptz(6) as wanted, i ->> 'effectiveAt' as wanted_text, i ->> 'lateTo' = 'open' as may_be_late, p.ends_at as sealed_until,
        coalesce(i -> 'meta', '{}') as meta, i -> 'entries' as entries
      from jsonb_array_elements(items) with ordinality x(i, ord)
      left join (select entity_id, max(ends_at) as ends_at from ledger_period group by entity_id) p on p.entity_id = i ->> 'entityId'
    ), account as materialized (
      select * from ledger_account la where la.id = any (account_ids)
    ), earlier as materialized (
      select t.key, t.id, t.body_hash from ledger_transaction t where t.key = any (keys)
    ), leg as materialized (
      select item.idx, item.entity_id as item_entity, e.ord, la.id as account_id, la.entity_id, la.client_id, la.currency, la.entry_only,
        la.floor, la.balance, la.held, la.version, (e.value ->> 'amount')::numeric as amount
      from item cross join lateral jsonb_array_elements(item.entries) with ordinality e(value, ord)
      left join account la on la.id = e.value ->> 'account'
    ), fault as (
      select x.idx, case when bool_or(x.foreign_entity) then 'cross_entity' else 'unbalanced' end as verdict
      from (select leg.idx, bool_or(leg.entity_id <> leg.item_entity) as foreign_entity, sum(leg.amount) as total, count(*) as legs
        from leg group by leg.idx, leg.currency) x
      group by x.idx
      having bool_or(x.foreign_entity) or bool_or(x.total <> 0) or sum(x.legs) < 2
    ), judged as materialized (
      select item.idx, coalesce(
          case when prior.id is null then null when prior.body_hash = item.body_hash then 'replayed' else 'key_reused' end,
          fault.verdict, case when jsonb_array_length(item.entries) < 2 then 'unbalanced' end,
          case when item.wanted < item.sealed_until and item.may_be_late is not true then 'period_sealed' end, 'posted') as verdict,
        coalesce(prior.id, item.id) as transaction_id
      from item
      left join earlier prior on prior.key = item.key
      left join fault on fault.idx = item.idx
    ), change as (
      select leg.account_id, sum(leg.amount) as amount, min(leg.held) as held,
        min(leg.balance) + sum(sum(leg.amount)) over (partition by leg.account_id order by leg.idx) as balance
      from leg join judged on judged.idx = leg.idx where judged.verdict = 'posted' and leg.floor group by leg.account_id, leg.idx
    ), short as materialized (
      select exists (select 1 from change where change.amount < 0 and change.balance < change.held) as is_short
    ), accepted as materialized (
      select x.*, nextval('ledger_order') as recorded_order,
        case when x.wanted < x.sealed_until then x.sealed_until else coalesce(x.wanted, clock_timestamp()) end as effective_at
      from (select item.* from item join judged on judged.idx = item.idx cross join short
        where judged.verdict = 'posted' and not short.is_short order by item.idx) x
    ), written as (
      insert into ledger_transaction (id, key, body_hash, entity_id, kind, cause, actor, client_id, effective_at, meta, recorded_order)
      select id, key, body_hash, entity_id, kind, cause, actor, client_id, effective_at,
        case when wanted < sealed_until then meta || jsonb_build_object('effectiveWanted', wanted_text) else meta end, recorded_order
      from accepted order by idx
    ), entered as (
      insert into ledger_entry (transaction_id, line, account_id, entity_id, client_id, currency, amount, balance_after, account_version,
        effective_at, recorded_order)
      select accepted.id, row_number() over (partition by leg.idx order by leg.ord), leg.account_id, leg.entity_id, leg.client_id, leg.currency, leg.amount,
        case when not leg.entry_only then leg.balance + sum(leg.amount) over w end,
        case when not leg.entry_only then leg.version + row_number() over w end,
        accepted.effective_at, accepted.recorded_order
      from leg join accepted on accepted.idx = leg.idx
      window w as (partition by leg.account_id order by leg.idx, leg.ord)
    ), moved as (
      update ledger_account la set balance = la.balance + c.change, version = la.version + c.entries
      from (select leg.account_id, sum(leg.amount) as change, count(*) as entries from leg join accepted on accepted.idx = leg.idx
        where not leg.entry_only group by leg.account_id) c
      where la.id = c.account_id and la.id = any (account_ids)
    )
    select array_agg(judged.idx order by judged.idx), array_agg(judged.verdict order by judged.idx),
      array_agg(judged.transaction_id order by judged.idx), bool_or(short.is_short)
    into idxs, verdicts, ids, is_short from judged cross join short;
    if not is_short then
      return query select * from unnest(idxs, verdicts, ids);
      return;
    end if;
  exception when unique_violation then
    -- Another transaction committed one of these keys since we looked.
    null;
  end;
  -- A wallet would fall below what it must keep, or a key was just used: the halves are judged apart, in order.
  half := jsonb_array_length(items) / 2;
  if half < 4 then
    return query select * from post_ledger_each(items);
    return;
  end if;
  return query select p.idx, p.verdict, p.transaction_id
    from post_ledger((select jsonb_agg(i order by ord) from jsonb_array_elements(items) with ordinality x(i, ord) where ord <= half)) p;
  return query select p.idx + half, p.verdict, p.transaction_id
    from post_ledger((select jsonb_agg(i order by ord) from jsonb_array_elements(items) with ordinality x(i, ord) where ord > half)) p;
end $$;

revoke all on function open_ledger_accounts(jsonb) from public, keelson_app;
`;
