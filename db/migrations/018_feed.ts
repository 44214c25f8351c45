/**
 * A deal feed that knows whether it is complete: revisions of deals that a server edited, checks per log-in,
 * nightly re-reading, symbols with measured spreads, months as partitions made ahead.
 * Undo: drop the tables, columns, view and functions named here; detach the monthly partitions into deal_default.
 */
export const sql = `
alter table deal
  -- How much of a trade closed something, 1e-8 lots; null where the server does not say.
  add column volume_closed bigint,
  add column price_position numeric(24, 10);

alter table deal_ticket add column revision int not null default 1 check (revision > 0);
create index deal_ticket_revised on deal_ticket (server_id, ticket) where revision > 1;

-- What stood in \`deal\` before the server changed its record: revision n is replaced by n + 1.
create table deal_revision (
  server_id text not null,
  ticket bigint not null,
  revision int not null,
  entity_id text,
  client_id text,
  kind text not null,
  profit_minor numeric(38, 0) not null,
  swap_minor numeric(38, 0) not null,
  commission_minor numeric(38, 0) not null,
  fee_minor numeric(38, 0) not null,
  raw jsonb not null,
  raw_hash text not null,
  replaced_at timestamptz not null default clock_timestamp(),
  primary key (server_id, ticket, revision)
);
grant select, insert on deal_revision to keelson_app;
alter table deal_revision enable row level security;
create policy visible on deal_revision using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');

-- A trade for who counts volume: a reversal is a closing of what it closed and an opening of the rest.
create view deal_leg with (security_invoker = true) as
select d.server_id, d.ticket, d.time, d.login, d.account_id, d.entity_id, d.client_id, d.position_id, d.side, d.symbol,
  leg.entry, leg.volume, d.price, d.currency
from deal d
cross join lateral (
  select case when d.entry = 'in' then 0 when d.entry = 'reverse' then least(d.volume, coalesce(d.volume_closed, d.volume))
    else d.volume end as closed) c
cross join lateral (values ('out', c.closed), ('in', d.volume - c.closed)) as leg(entry, volume)
where d.kind = 'trade' and leg.volume > 0;
grant select on deal_leg to keelson_app;

alter table feed
  add column overlap_seconds int not null default 900 check (overlap_seconds between 0 and 86400),
  add column reread_days int not null default 7 check (reread_days between 0 and 400),
  add column reread_at timestamptz,
  add column symbols_at timestamptz,
  add column caught_up boolean not null default false,
  add column error_at timestamptz,
  add column errors int not null default 0;

alter table feed_backfill
  add column kind text not null default 'requested' check (kind in ('requested', 'nightly')),
  add column reason text not null default '',
  -- Read so far; a worker that was killed goes on from here.
  add column reached_at timestamptz,
  add column edited int not null default 0;

-- A log-in held against its server: same number of deals, same sums, and all of them together its balance.
create table feed_check (
  server_id text not null references trading_server,
  login text not null,
  account_id text not null,
  entity_id text not null,
  client_id text not null,
  state text not null default 'due' check (state in ('due', 'agrees', 'differs')),
  due_at timestamptz not null default now(),
  checked_at timestamptz,
  agreed_at timestamptz,
  differs_since timestamptz,
  attempts int not null default 0,
  detail jsonb not null default '{}',
  primary key (server_id, login)
);
create index feed_check_due on feed_check (server_id, due_at);
create index feed_check_gap on feed_check (server_id) where state = 'differs';
grant select, insert, update on feed_check to keelson_app;
alter table feed_check enable row level security;
create policy visible on feed_check using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');

alter table symbol
  add column base_currency text,
  add column spread_deals bigint not null default 0,
  add column refreshed_at timestamptz;

create index payment_source_instrument on payment_source (provider, fingerprint_index);

-- Makes the partition of each month (UTC) in [from_at, to_at] that is not there yet, and answers how many it made.
-- Deals of such a month that waited in the default partition move into their own.
create function make_deal_partitions(from_at timestamptz, to_at timestamptz) returns int
language plpgsql security definer set search_path = public set timezone = 'UTC' as $$
declare
  month timestamptz;
  name text;
  made int := 0;
begin
  if to_at - from_at > interval '60 years' then
    raise exception 'a span of more than 60 years' using errcode = '22023';
  end if;
  for month in
    select m from generate_series(date_trunc('month', from_at), to_at, interval '1 month') m
  loop
    name := 'deal_' || to_char(month, 'YYYY_MM');
    continue when to_regclass('public.' || name) is not null;
    perform pg_advisory_xact_lock(hashtext('make_deal_partitions'));
    continue when to_regclass('public.' || name) is not null;
    execute format('create table %I (like deal including defaults including constraints)', name);
    execute format('with moved as (delete from deal_default where time >= %L and time < %L returning *) insert into %I select * from moved',
      month, month + interval '1 month', name);
    execute format('alter table deal attach partition %I for values from (%L) to (%L)', name, month, month + interval '1 month');
    made := made + 1;
  end loop;
  return made;
end $$;
revoke all on function make_deal_partitions(timestamptz, timestamptz) from public;
grant execute on function make_deal_partitions(timestamptz, timestamptz) to keelson_app;
`;
