/**
 * `post_ledger` for batches whose items only post between accounts without a floor (deals): one statement for
 * all of them, with the same verdicts and entries as one by one. Everything else goes item by item as before.
 * Undo: drop function post_ledger(jsonb); alter function post_ledger_each(jsonb) rename to post_ledger.
 */
export const sql = `
alter function post_ledger(jsonb) rename to post_ledger_each;
revoke all on function post_ledger_each(jsonb) from public, keelson_app;

-- Accounts and keys are looked up by their indexes: what is known of tables that fill by thousands a second is old.
create function post_ledger(items jsonb) returns table (idx int, verdict text, transaction_id text)
language plpgsql security definer set search_path = public set enable_hashjoin = on set enable_mergejoin = on as $$
#variable_conflict use_column
declare
  is_plain boolean;
  has_floor boolean;
  keys text[];
  account_ids text[];
  idxs int[];
  verdicts text[];
  ids text[];
begin
  select count(*) > 1 and count(distinct i ->> 'key') = count(*)
      and bool_and(i ->> 'op' = 'post' and not i ? 'hold' and i ->> 'reversesId' is null), array_agg(i ->> 'key')
  into is_plain, keys from jsonb_array_elements(items) i;
  if not coalesce(is_plain, false) then
    return query select * from post_ledger_each(items);
    return;
  end if;

  insert into ledger_account (id, entity_id, code, owner, client_id, currency, side, floor, entry_only)
  select distinct on (a ->> 'id') a ->> 'id', a ->> 'entityId', a ->> 'code', a ->> 'owner', a ->> 'clientId', a ->> 'currency',
    a ->> 'side', (a ->> 'floor')::boolean, (a ->> 'entryOnly')::boolean
  from jsonb_array_elements(items) i, jsonb_array_elements(coalesce(i -> 'accounts', '[]')) a
  where not exists (select 1 from ledger_account la where la.id = a ->> 'id')
  order by a ->> 'id'
  on conflict do nothing;

  select array_agg(distinct e ->> 'account') into account_ids
  from jsonb_array_elements(items) i, jsonb_array_elements(i -> 'entries') e;
  select coalesce(bool_or(locked.floor), false) into has_floor
  from (select la.floor from ledger_account la where la.id = any (account_ids) and not la.entry_only
    order by la.id for no key update) locked;
  if has_floor then
    return query select * from post_ledger_each(items);
    return;
  end if;

  begin
    with item as materialized (
      select (ord - 1)::int as idx, i ->> 'id' as id, i ->> 'key' as key, i ->> 'bodyHash' as body_hash, i ->> 'entityId' as entity_id,
        i ->> 'kind' as kind, i ->> 'cause' as cause, i ->> 'actor' as actor, i ->> 'clientId' as client_id,
        coalesce((i ->> 'effectiveAt')::timestamptz, clock_timestamp()) as effective_at, coalesce(i -> 'meta', '{}') as meta, i -> 'entries' as entries
      from jsonb_array_elements(items) with ordinality x(i, ord)
    ), account as materialized (
      select * from ledger_account la where la.id = any (account_ids)
    ), earlier as materialized (
      select t.key, t.id, t.body_hash from ledger_transaction t where t.key = any (keys)
    ), leg as materialized (
      select item.idx, item.entity_id as item_entity, e.ord, la.id as account_id, la.entity_id, la.client_id, la.currency, la.entry_only,
        la.balance, la.version, (e.value ->> 'amount')::numeric as amount
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
          fault.verdict, case when jsonb_array_length(item.entries) < 2 then 'unbalanced' end, 'posted') as verdict,
        coalesce(prior.id, item.id) as transaction_id
      from item
      left join earlier prior on prior.key = item.key
      left join fault on fault.idx = item.idx
    ), written as (
      insert into ledger_transaction (id, key, body_hash, entity_id, kind, cause, actor, client_id, effective_at, meta)
      select item.id, item.key, item.body_hash, item.entity_id, item.kind, item.cause, item.actor, item.client_id, item.effective_at, item.meta
      from item join judged on judged.idx = item.idx where judged.verdict = 'posted' order by item.idx
    ), entered as (
      insert into ledger_entry (transaction_id, line, account_id, entity_id, client_id, currency, amount, balance_after, account_version, effective_at)
      select item.id, row_number() over (partition by leg.idx order by leg.ord), leg.account_id, leg.entity_id, leg.client_id, leg.currency, leg.amount,
        case when not leg.entry_only then leg.balance + sum(leg.amount) over w end,
        case when not leg.entry_only then leg.version + row_number() over w end, item.effective_at
      from leg join judged on judged.idx = leg.idx join item on item.idx = leg.idx
      where judged.verdict = 'posted'
      window w as (partition by leg.account_id order by leg.idx, leg.ord)
    ), moved as (
      update ledger_account la set balance = la.balance + c.change, version = la.version + c.entries
      from (select leg.account_id, sum(leg.amount) as change, count(*) as entries from leg join judged on judged.idx = leg.idx
        where judged.verdict = 'posted' and not leg.entry_only group by leg.account_id) c
      where la.id = c.account_id
    )
    select array_agg(judged.idx order by judged.idx), array_agg(judged.verdict order by judged.idx),
      array_agg(judged.transaction_id order by judged.idx)
    into idxs, verdicts, ids from judged;
    return query select * from unnest(idxs, verdicts, ids);
    return;
  exception when unique_violation then
    -- Another transaction committed one of these keys since we looked.
    null;
  end;
  return query select * from post_ledger_each(items);
end $$;

revoke all on function post_ledger(jsonb) from public;
grant execute on function post_ledger(jsonb) to keelson_app;
`;
