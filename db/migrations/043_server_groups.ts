/**
 * Which groups a trading server has, so that people choose one and do not spell it.
 * Undo: drop the table.
 */
export const sql = `
create table server_group (
  server_id text not null references trading_server,
  -- As the server spells it.
  name text not null,
  currency text not null,
  refreshed_at timestamptz not null default clock_timestamp(),
  primary key (server_id, name)
);
grant select, insert, update, delete on server_group to keelson_app;
`;
