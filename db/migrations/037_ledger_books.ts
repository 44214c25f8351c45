/**
 * What the books need beyond postings: one order of all transactions (so that what is settled can be folded and
 * chained), holds that expire, folds of house accounts, and periods that are closed.
 * Undo: drop ledger_period_balance, ledger_period, ledger_fold, entry_only_balance, ledger_balance_at and the new columns.
 */
export const sql = `
create sequence ledger_order;

alter table ledger_transaction disable trigger user;
alter table ledger_entry disable trigger user;
alter table ledger_transaction add column recorded_order bigint;
alter table ledger_entry add column recorded_order bigint;
update ledger_transaction t set recorded_order = o.n
from (select id, row_number() over (order by recorded_at, id) as n from ledger_transaction) o where o.id = t.id;
update ledger_entry e set recorded_order = t.recorded_order from ledger_transaction t where t.id = e.transaction_id;
select setval('ledger_order', greatest(coalesce(max(recorded_order), 0), 1), max(recorded_order) is not null) from ledger_transaction;
alter table ledger_transaction alter column recorded_order set not null;
alter table ledger_entry alter column recorded_order set not null;
alter table ledger_transaction enable always trigger append_only;
alter table ledger_transaction enable always trigger append_only_truncate;
alter table ledger_entry enable always trigger append_only;
alter table ledger_entry enable always trigger append_only_truncate;

create unique index ledger_transaction_order on ledger_transaction (recorded_order);
create index ledger_entry_order on ledger_entry (account_id, recorded_order);
create index ledger_entry_effective on ledger_entry (account_id, effective_at);
drop index ledger_entry_account;
-- House accounts have no versions: their entries need not stand in this index.
alter table ledger_entry drop constraint ledger_entry_account_id_account_version_key;
create unique index ledger_entry_version on ledger_entry (account_id, account_version) where account_version is not null;

alter table ledger_hold add column expires_at timestamptz(6);
alter table ledger_hold drop constraint ledger_hold_state_check;
alter table ledger_hold add constraint ledger_hold_state_check check (state in ('held', 'posted', 'voided', 'expired'));
create index ledger_hold_expiry on ledger_hold (expires_at) where state = 'held' and expires_at is not null;

-- The balance of a house account at an order below which nothing can appear any more.
create table ledger_fold (
  account_id text not null references ledger_account,
  entity_id text not null references entity,
  up_to bigint not null,
  balance numeric(38, 0) not null,
  entries bigint not null,
  at timestamptz not null default clock_timestamp(),
  primary key (account_id, up_to)
);
create trigger append_only before update or delete on ledger_fold for each row execute function refuse_change();
create trigger append_only_truncate before truncate on ledger_fold for each statement execute function refuse_change();
alter table ledger_fold enable always trigger append_only;
alter table ledger_fold enable always trigger append_only_truncate;
alter table ledger_fold enable row level security;
create policy visible on ledger_fold using (may_see(entity_id, null));
grant select on ledger_fold to keelson_app;

-- A period ends where the next begins. From 'closing' on nothing is posted into it; 'sealed' has its snapshot.
create table ledger_period (
  entity_id text not null references entity,
  ends_at timestamptz(6) not null,
  starts_at timestamptz(6),
  state text not null check (state in ('closing', 'sealed')),
  closed_by text not null,
  closed_at timestamptz not null default clock_timestamp(),
  sealed_by text,
  sealed_at timestamptz,
  transactions bigint,
  prev bytea,
  hash bytea,
  primary key (entity_id, ends_at),
  check (starts_at < ends_at),
  check ((state = 'sealed') = (hash is not null and sealed_by is not null and sealed_at is not null and transactions is not null)),
  check (sealed_by <> closed_by)
);
create table ledger_period_balance (
  entity_id text not null,
  ends_at timestamptz(6) not null,
  account_id text not null references ledger_account,
  client_id text,
  balance numeric(38, 0) not null,
  primary key (account_id, ends_at),
  foreign key (entity_id, ends_at) references ledger_period
);
create trigger append_only before update or delete on ledger_period_balance for each row execute function refuse_change();
create trigger append_only_truncate before truncate on ledger_period_balance for each statement execute function refuse_change();
alter table ledger_period_balance enable always trigger append_only;
alter table ledger_period_balance enable always trigger append_only_truncate;
alter table ledger_period enable row level security;
create policy visible on ledger_period using (may_see_staff(entity_id));
alter table ledger_period_balance enable row level security;
create policy visible on ledger_period_balance using (may_see(entity_id, client_id));
grant select on ledger_period, ledger_period_balance to keelson_app;

-- Of an account without a balance of its own: its last fold and what came later. Under the caller's scope.
create function entry_only_balance(account text) returns numeric language sql stable as $$
  select coalesce(f.balance, 0) + coalesce((select sum(e.amount) from ledger_entry e
    where e.account_id = account and e.recorded_order > coalesce(f.up_to, 0)), 0)
  from (select 1) one left join lateral (
    select balance, up_to from ledger_fold where account_id = account order by up_to desc limit 1) f on true
$$;

-- What the account stood at when everything effective at or before the instant had happened: the last sealed
-- period before it, and what came since.
create function ledger_balance_effective(account text, instant timestamptz) returns numeric language sql stable as $$
  select coalesce(p.balance, 0) + coalesce((select sum(e.amount) from ledger_entry e
    where e.account_id = account and e.effective_at <= instant and (p.ends_at is null or e.effective_at >= p.ends_at)), 0)
  from (select 1) one left join lateral (
    select balance, ends_at from ledger_period_balance where account_id = account and ends_at <= instant
    order by ends_at desc limit 1) p on true
$$;

-- What the account stood at as it was on record at the instant.
create function ledger_balance_recorded(account text, instant timestamptz) returns numeric language sql stable as $$
  select coalesce(sum(e.amount), 0) from ledger_entry e where e.account_id = account and e.recorded_at <= instant
$$;

-- Folds what is settled: fold_to is an order below which no running transaction can still write. Locks no account.
create function fold_house_accounts(fold_to bigint, entries_min bigint) returns bigint
language plpgsql security definer set search_path = public as $$
declare
  folds bigint;
begin
  -- A fold past what was drawn would leave out whatever is posted below it, for good.
  if fold_to > (select coalesce(max(recorded_order), 0) from ledger_transaction) then
    raise exception 'no transaction has the order % yet', fold_to;
  end if;
  with folded as (
    insert into ledger_fold (account_id, entity_id, up_to, balance, entries)
    select la.id, la.entity_id, fold_to, coalesce(f.balance, 0) + later.amount, coalesce(f.entries, 0) + later.entries
    from ledger_account la
    left join lateral (select balance, up_to, entries from ledger_fold where account_id = la.id order by up_to desc limit 1) f on true
    cross join lateral (select sum(e.amount) as amount, count(*) as entries from ledger_entry e
      where e.account_id = la.id and e.recorded_order > coalesce(f.up_to, 0) and e.recorded_order <= fold_to) later
    where la.entry_only and later.entries >= greatest(entries_min, 1) and fold_to > coalesce(f.up_to, 0)
    returning 1)
  select count(*) into folds from folded;
  return folds;
end $$;

-- Gives back what expired holds still held, at most so many; locks in the order that post_ledger locks in.
create function expire_holds(holds_max int) returns table (hold_id text, account_id text, amount numeric)
language plpgsql security definer set search_path = public as $$
#variable_conflict use_column
declare
  due text[];
begin
  select array_agg(h.id) into due from (select id from ledger_hold
    where state = 'held' and expires_at <= clock_timestamp() order by expires_at limit holds_max) h;
  if due is null then return; end if;
  perform 1 from ledger_account la where la.id in (select h.account_id from ledger_hold h where h.id = any (due))
    order by la.id for no key update;
  -- Looked at again under the lock: one that was just taken or given back is none of ours.
  return query
    with ended as (
      update ledger_hold h set state = 'expired', remaining = 0, ended_at = clock_timestamp()
      from (select id, remaining from ledger_hold where id = any (due) and state = 'held' order by id for update) before
      where h.id = before.id returning h.id, h.account_id, before.remaining as amount
    ), given as (
      update ledger_account la set held = la.held - e.amount
      from (select ended.account_id, sum(ended.amount) as amount from ended group by ended.account_id) e
      where la.id = e.account_id
    )
    select ended.id, ended.account_id, ended.amount from ended;
end $$;

revoke all on function fold_house_accounts(bigint, bigint), expire_holds(int) from public;
grant execute on function fold_house_accounts(bigint, bigint), expire_holds(int) to keelson_app;
`;
