/**
 * A reduction of leverage that would call its holder's margin waits until notice has run out; what is past the caps
 * on a server is one episode from when it was found until it is over, so that people are asked once.
 * Undo: drop the column and the table.
 */
export const sql = `
alter table account_request add column not_before timestamptz;

create table leverage_breach (
  id text primary key,
  account_id text not null references trading_account,
  entity_id text not null references entity,
  client_id text not null references client,
  -- The same breach has the same text, whenever it is seen.
  breach_key text not null,
  breaches jsonb not null,
  found_at timestamptz not null,
  seen_at timestamptz not null,
  ended_at timestamptz
);
create unique index leverage_breach_open on leverage_breach (account_id) where ended_at is null;
grant select, insert, update on leverage_breach to keelson_app;
alter table leverage_breach enable row level security;
create policy visible on leverage_breach using (may_see(entity_id, client_id)) with check (scope_kind() = 'system');
`;
