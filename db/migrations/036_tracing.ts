/**
 * How the owners of unclaimed money were looked for: each try, by whom, and what came of it. Only added to.
 * Undo: drop the table.
 */
export const sql = `
create table tracing (
  id text primary key,
  account_id text not null references trading_account,
  entity_id text not null references entity,
  client_id text not null references client,
  at timestamptz not null default clock_timestamp(),
  made_by text not null,
  means text not null check (means in ('mail', 'letter', 'telephone', 'register', 'other')),
  -- What came of it, as the client's ciphertext; null for a letter of the process.
  note_ct text
);
create index tracing_account on tracing (account_id, id);
grant select, insert on tracing to keelson_app;
alter table tracing enable row level security;
-- For colleagues: a holder is not told how one was looked for.
create policy visible on tracing using (scope_kind() in ('system', 'staff') and may_see(entity_id, client_id))
  with check (scope_kind() = 'system');
`;
