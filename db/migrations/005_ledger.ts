/**
 * Double-entry ledger. Amounts are integers of minor units; credit is positive, debit negative, so a
 * client's wallet is positive when the house owes the client. Written by `post_ledger` alone.
 */
export const sql = `
create table ledger_account (
  id text primary key,
  entity_id text not null references entity,
  code text not null,
  owner text not null,
  client_id text,
  currency text not null,
  side text not null check (side in ('client', 'house')),
  floor boolean not null,
  entry_only boolean not null,
  balance numeric(38, 0) not null default 0,
  held numeric(38, 0) not null default 0 check (held >= 0),
  version bigint not null default 0,
  created_at timestamptz not null default now(),
  unique (entity_id, code, owner, currency),
  check (not floor or balance >= 0),
  check (not floor or balance >= held)
);
create index ledger_account_client on ledger_account (client_id);

create table ledger_transaction (
  id text primary key,
  key text not null unique,
  body_hash text not null,
  entity_id text not null references entity,
  kind text not null,
  cause text not null,
  actor text not null,
  client_id text,
  effective_at timestamptz(6) not null,
  recorded_at timestamptz(6) not null default clock_timestamp(),
  reverses_id text unique references ledger_transaction,
  meta jsonb not null default '{}'
);
create index ledger_transaction_cause on ledger_transaction (cause);

create table ledger_entry (
  transaction_id text not null references ledger_transaction,
  line int not null,
  account_id text not null references ledger_account,
  entity_id text not null,
  client_id text,
  currency text not null,
  amount numeric(38, 0) not null check (amount <> 0),
  balance_after numeric(38, 0),
  account_version bigint,
  effective_at timestamptz(6) not null,
  recorded_at timestamptz(6) not null default clock_timestamp(),
  primary key (transaction_id, line),
  unique (account_id, account_version)
);
create index ledger_entry_account on ledger_entry (account_id, recorded_at);

create table ledger_hold (
  id text primary key,
  account_id text not null references ledger_account,
  entity_id text not null,
  client_id text,
  currency text not null,
  amount numeric(38, 0) not null check (amount > 0),
  remaining numeric(38, 0) not null check (remaining >= 0),
  state text not null check (state in ('held', 'posted', 'voided')),
  cause text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  check ((state = 'held') = (ended_at is null)),
  check (state = 'held' or remaining = 0)
);
create index ledger_hold_account on ledger_hold (account_id) where state = 'held';

create trigger append_only before update or delete on ledger_transaction for each row execute function refuse_change();
create trigger append_only before update or delete on ledger_entry for each row execute function refuse_change();
create trigger append_only_truncate before truncate on ledger_transaction for each statement execute function refuse_change();
create trigger append_only_truncate before truncate on ledger_entry for each statement execute function refuse_change();
alter table ledger_transaction enable always trigger append_only;
alter table ledger_transaction enable always trigger append_only_truncate;
alter table ledger_entry enable always trigger append_only;
alter table ledger_entry enable always trigger append_only_truncate;

-- items: [{op: 'post'|'hold'|'void', key, bodyHash, id, entityId, kind, cause, actor, clientId, effectiveAt, reversesId, meta,
--          accounts: [{id, entityId, code, owner, clientId, currency, side, floor, entryOnly}],
--          entries: [{account, amount}], hold: {id, account, amount, final}}]
-- Verdicts: posted, replayed, key_reused, unbalanced, cross_entity, insufficient_funds, unknown_hold, hold_ended,
-- hold_exceeded, already_reversed, unknown_reversal.
-- Runs in the caller's transaction; locks every touched account once, in order of id. A refused item leaves no trace.
create function post_ledger(items jsonb) returns table (idx int, verdict text, transaction_id text)
language plpgsql security definer set search_path = public as $$
declare
  item jsonb;
  n int;
  prior ledger_transaction%rowtype;
  h ledger_hold%rowtype;
  acc ledger_account%rowtype;
  bad text;
  hold_part numeric(38, 0);
  tx_id text;
begin
  insert into ledger_account (id, entity_id, code, owner, client_id, currency, side, floor, entry_only)
  select distinct on (a ->> 'id') a ->> 'id', a ->> 'entityId', a ->> 'code', a ->> 'owner', a ->> 'clientId', a ->> 'currency',
    a ->> 'side', (a ->> 'floor')::boolean, (a ->> 'entryOnly')::boolean
  from jsonb_array_elements(items) i, jsonb_array_elements(coalesce(i -> 'accounts', '[]')) a
  order by a ->> 'id'
  -- Any conflict: two that mention an account for the first time may meet at either of its unique keys.
  on conflict do nothing;

  perform 1 from ledger_account la
  where la.id in (
      select e ->> 'account' from jsonb_array_elements(items) i, jsonb_array_elements(coalesce(i -> 'entries', '[]')) e
      union
      select i -> 'hold' ->> 'account' from jsonb_array_elements(items) i where i ? 'hold'
      union
      select lh.account_id from ledger_hold lh join jsonb_array_elements(items) i on lh.id = i -> 'hold' ->> 'id')
    and not la.entry_only
  order by la.id for no key update;

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
      insert into ledger_hold (id, account_id, entity_id, client_id, currency, amount, remaining, state, cause)
      values (item -> 'hold' ->> 'id', acc.id, acc.entity_id, acc.client_id, acc.currency,
        (item -> 'hold' ->> 'amount')::numeric, (item -> 'hold' ->> 'amount')::numeric, 'held', item ->> 'cause');
      update ledger_account set held = held + (item -> 'hold' ->> 'amount')::numeric where id = acc.id;
      verdict := 'posted'; return next; continue;
    end if;

    if item ->> 'op' = 'void' then
      select * into h from ledger_hold where id = item -> 'hold' ->> 'id' for update;
      if not found then verdict := 'unknown_hold'; return next; continue; end if;
      if h.state <> 'held' then
        verdict := case when h.state = 'voided' then 'replayed' else 'hold_ended' end;
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

    select string_agg(distinct la.id, ',') into bad
    from jsonb_array_elements(item -> 'entries') e join ledger_account la on la.id = e ->> 'account'
    where la.entity_id <> item ->> 'entityId';
    if bad is not null then verdict := 'cross_entity'; return next; continue; end if;

    select string_agg(currency, ',') into bad from (
      select la.currency from jsonb_array_elements(item -> 'entries') e join ledger_account la on la.id = e ->> 'account'
      group by la.currency having sum((e ->> 'amount')::numeric) <> 0) unbalanced;
    if bad is not null or jsonb_array_length(item -> 'entries') < 2 then verdict := 'unbalanced'; return next; continue; end if;

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
      if h.state <> 'held' then verdict := 'hold_ended'; return next; continue; end if;
      select coalesce(-sum((e ->> 'amount')::numeric), 0) into hold_part
      from jsonb_array_elements(item -> 'entries') e where e ->> 'account' = h.account_id;
      if hold_part <= 0 or hold_part > h.remaining then verdict := 'hold_exceeded'; return next; continue; end if;
      if coalesce((item -> 'hold' ->> 'final')::boolean, true) then hold_part := h.remaining; end if;
    end if;

    -- Floors: what is held stays spoken for, save the part that this item takes from its own hold.
    select string_agg(la.id, ',') into bad
    from (select e ->> 'account' as id, sum((e ->> 'amount')::numeric) as change
          from jsonb_array_elements(item -> 'entries') e group by 1) c
    join ledger_account la on la.id = c.id
    where la.floor and c.change < 0
      and la.balance + c.change < la.held - case when la.id = h.account_id then hold_part else 0 end;
    if bad is not null then verdict := 'insufficient_funds'; return next; continue; end if;

    insert into ledger_transaction (id, key, body_hash, entity_id, kind, cause, actor, client_id, effective_at, reverses_id, meta)
    values (tx_id, item ->> 'key', item ->> 'bodyHash', item ->> 'entityId', item ->> 'kind', item ->> 'cause', item ->> 'actor',
      item ->> 'clientId', coalesce((item ->> 'effectiveAt')::timestamptz, clock_timestamp()), item ->> 'reversesId',
      coalesce(item -> 'meta', '{}'))
    on conflict (key) do nothing;
    if not found then
      -- Another transaction committed this key since we looked: it shared no account that we locked.
      select * into prior from ledger_transaction where key = item ->> 'key';
      transaction_id := prior.id;
      verdict := case when prior.body_hash = item ->> 'bodyHash' then 'replayed' else 'key_reused' end;
      return next; continue;
    end if;

    if h.id is not null then
      update ledger_account set held = held - hold_part where id = h.account_id;
      update ledger_hold set remaining = remaining - hold_part,
        state = case when remaining = hold_part then 'posted' else 'held' end,
        ended_at = case when remaining = hold_part then clock_timestamp() end
      where id = h.id;
    end if;

    insert into ledger_entry (transaction_id, line, account_id, entity_id, client_id, currency, amount, balance_after, account_version, effective_at)
    select tx_id, row_number() over (order by ord), la.id, la.entity_id, la.client_id, la.currency, amount,
      case when not la.entry_only then la.balance + sum(amount) over w end,
      case when not la.entry_only then la.version + row_number() over w end,
      coalesce((item ->> 'effectiveAt')::timestamptz, clock_timestamp())
    from (select e.value ->> 'account' as account, (e.value ->> 'amount')::numeric as amount, e.ordinality as ord
          from jsonb_array_elements(item -> 'entries') with ordinality e) x
    join ledger_account la on la.id = x.account
    window w as (partition by la.id order by ord);

    update ledger_account la set balance = la.balance + c.change, version = la.version + c.entries
    from (select e ->> 'account' as id, sum((e ->> 'amount')::numeric) as change, count(*) as entries
          from jsonb_array_elements(item -> 'entries') e group by 1) c
    where la.id = c.id and not la.entry_only;

    verdict := 'posted';
    return next;
  end loop;
end $$;

revoke all on function post_ledger(jsonb) from public;
grant execute on function post_ledger(jsonb) to keelson_app;
grant select on ledger_account, ledger_transaction, ledger_entry, ledger_hold to keelson_app;

alter table ledger_account enable row level security;
create policy visible on ledger_account using (may_see(entity_id, client_id));
alter table ledger_transaction enable row level security;
create policy visible on ledger_transaction using (may_see(entity_id, client_id));
alter table ledger_entry enable row level security;
create policy visible on ledger_entry using (may_see(entity_id, client_id));
alter table ledger_hold enable row level security;
create policy visible on ledger_hold using (may_see(entity_id, client_id));
`;
