/**
 * The chain of blocks over all transactions, written behind the postings, and the sealing of periods.
 * Undo: drop ledger_block and the functions.
 */
export const sql = `
-- A block covers what was recorded after the one before it, up to last_order. Its leaves are 40 bytes for each
-- transaction, in order: its order (8, big-endian) and its digest (32), so that what was altered can be named.
create table ledger_block (
  number bigint primary key check (number > 0),
  last_order bigint not null unique,
  transactions int not null check (transactions > 0),
  leaves bytea not null,
  prev bytea not null,
  hash bytea not null,
  at timestamptz not null default clock_timestamp()
);
-- Uncompressed, so that a leaf is read without the others.
alter table ledger_block alter column leaves set storage external;
create trigger append_only before update or delete on ledger_block for each row execute function refuse_change();
create trigger append_only_truncate before truncate on ledger_block for each statement execute function refuse_change();
alter table ledger_block enable always trigger append_only;
alter table ledger_block enable always trigger append_only_truncate;
grant select on ledger_block to keelson_app;

create function ledger_time(t timestamptz) returns text language sql stable parallel safe as
  $$ select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- Every column of a transaction and of its entries.
create function ledger_leaf(t ledger_transaction) returns bytea language sql stable as $$
  select sha256(hash_field(t.recorded_order::text) || hash_field(t.id) || hash_field(t.key) || hash_field(t.body_hash)
    || hash_field(t.entity_id) || hash_field(t.kind) || hash_field(t.cause) || hash_field(t.actor) || hash_field(t.client_id)
    || hash_field(ledger_time(t.effective_at)) || hash_field(ledger_time(t.recorded_at)) || hash_field(t.reverses_id)
    || hash_field(t.meta::text)
    || coalesce(string_agg(hash_field(e.line::text) || hash_field(e.account_id) || hash_field(e.entity_id) || hash_field(e.client_id)
        || hash_field(e.currency) || hash_field(e.amount::text) || hash_field(e.balance_after::text) || hash_field(e.account_version::text)
        || hash_field(ledger_time(e.effective_at)) || hash_field(ledger_time(e.recorded_at)) || hash_field(e.recorded_order::text),
      ''::bytea order by e.line), ''::bytea))
  from ledger_entry e where e.transaction_id = t.id having t.id is not null
$$;

create function ledger_block_hash(number bigint, last_order bigint, leaves bytea, prev bytea) returns bytea
language sql immutable parallel safe as $$
  select sha256(prev || hash_field(number::text) || hash_field(last_order::text) || leaves)
$$;

-- Chains what is settled, a thousand transactions to a block, at most so many blocks. One caller at a time.
create function chain_ledger(chain_to bigint, blocks_max int) returns table (number bigint, last_order bigint, transactions int, hash text)
language plpgsql security definer set search_path = public as $$
#variable_conflict use_column
declare
  last ledger_block%rowtype;
  n int;
  up_to bigint;
  block_leaves bytea;
begin
  for round in 1..blocks_max loop
    select * into last from ledger_block order by number desc limit 1;
    select count(*), max(x.recorded_order), string_agg(int8send(x.recorded_order) || ledger_leaf(x), ''::bytea order by x.recorded_order)
    into n, up_to, block_leaves
    from (select t.* from ledger_transaction t
      where t.recorded_order > coalesce(last.last_order, 0) and t.recorded_order <= chain_to order by t.recorded_order limit 1000) x;
    exit when n = 0;
    return query insert into ledger_block (number, last_order, transactions, leaves, prev, hash)
      values (coalesce(last.number, 0) + 1, up_to, n, block_leaves, coalesce(last.hash, sha256('ledger')),
        ledger_block_hash(coalesce(last.number, 0) + 1, up_to, block_leaves, coalesce(last.hash, sha256('ledger'))))
      returning ledger_block.number, ledger_block.last_order, ledger_block.transactions, encode(ledger_block.hash, 'hex');
  end loop;
end $$;

-- What a sealed period vouches for: every transaction effective in it, every balance at its end, and the period before.
create function ledger_period_hash(p ledger_period) returns bytea language sql stable as $$
  select sha256(coalesce(p.prev, sha256('period')) || hash_field(p.entity_id) || hash_field(ledger_time(p.starts_at))
    || hash_field(ledger_time(p.ends_at))
    || coalesce((select string_agg(ledger_leaf(t), ''::bytea order by t.recorded_order) from ledger_transaction t
      where t.entity_id = p.entity_id and t.effective_at < p.ends_at and (p.starts_at is null or t.effective_at >= p.starts_at)), ''::bytea)
    || coalesce((select string_agg(hash_field(b.account_id) || hash_field(b.balance::text), ''::bytea order by b.account_id collate "C")
      from ledger_period_balance b where b.entity_id = p.entity_id and b.ends_at = p.ends_at), ''::bytea))
$$;

-- From now on nothing is posted that is effective before the end. Verdicts: closed, not_over, not_later, still_closing.
create function close_ledger_period(of_entity text, until timestamptz, by_actor text) returns text
language plpgsql security definer set search_path = public as $$
declare
  last ledger_period%rowtype;
begin
  perform pg_advisory_xact_lock(hashtextextended('keelson/ledger-period/' || of_entity, 0));
  if until > clock_timestamp() then return 'not_over'; end if;
  select * into last from ledger_period where entity_id = of_entity order by ends_at desc limit 1;
  if last.state = 'closing' then return 'still_closing'; end if;
  if until <= last.ends_at then return 'not_later'; end if;
  insert into ledger_period (entity_id, ends_at, starts_at, state, closed_by, prev)
  values (of_entity, until, last.ends_at, 'closing', by_actor, last.hash);
  return 'closed';
end $$;

-- The snapshot. Whoever calls has waited for the transactions that ran when the period was closed.
-- Verdicts: sealed, not_closing, same_person.
create function seal_ledger_period(of_entity text, until timestamptz, by_actor text) returns text
language plpgsql security definer set search_path = public as $$
declare
  p ledger_period%rowtype;
  n bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('keelson/ledger-period/' || of_entity, 0));
  select * into p from ledger_period where entity_id = of_entity and ends_at = until;
  if p.state is distinct from 'closing' then return 'not_closing'; end if;
  if p.closed_by = by_actor then return 'same_person'; end if;
  insert into ledger_period_balance (entity_id, ends_at, account_id, client_id, balance)
  select la.entity_id, until, la.id, la.client_id, coalesce(b.balance, 0) + coalesce(moved.amount, 0)
  from ledger_account la
  left join ledger_period_balance b on b.account_id = la.id and b.ends_at = p.starts_at
  left join lateral (select sum(e.amount) as amount from ledger_entry e where e.account_id = la.id
    and e.effective_at < until and (p.starts_at is null or e.effective_at >= p.starts_at)) moved on true
  where la.entity_id = of_entity and (b.account_id is not null or moved.amount is not null);
  select count(*) into n from ledger_transaction t where t.entity_id = of_entity
    and t.effective_at < until and (p.starts_at is null or t.effective_at >= p.starts_at);
  update ledger_period set state = 'sealed', sealed_by = by_actor, sealed_at = clock_timestamp(), transactions = n,
    hash = ledger_period_hash(p) where entity_id = of_entity and ends_at = until;
  return 'sealed';
end $$;

create function refuse_sealed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.state = 'closing' then return new; end if;
  raise exception 'a period is sealed for good: % refused', tg_op using errcode = 'restrict_violation';
end $$;
create trigger sealed_for_good before update or delete on ledger_period for each row execute function refuse_sealed();
create trigger append_only_truncate before truncate on ledger_period for each statement execute function refuse_change();
alter table ledger_period enable always trigger sealed_for_good;
alter table ledger_period enable always trigger append_only_truncate;

revoke all on function chain_ledger(bigint, int), close_ledger_period(text, timestamptz, text),
  seal_ledger_period(text, timestamptz, text) from public;
grant execute on function chain_ledger(bigint, int), close_ledger_period(text, timestamptz, text),
  seal_ledger_period(text, timestamptz, text) to keelson_app;
`;
