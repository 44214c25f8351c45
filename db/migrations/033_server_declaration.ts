/**
 * A halt of a server may be declared ahead, for a time and by its name: an outage or a maintenance begins and ends
 * by itself. Whether a server answers and whether its feed reads follow from what is declared and from what failed;
 * nothing ever wrote the columns that go.
 * Undo: delete what is declared, drop the columns, make halt_active anew without its kind, drop intent_open_at, add the columns that went.
 */
export const sql = `
alter table halt
  add column kind text not null default 'stop' check (kind in ('stop', 'outage', 'maintenance')),
  add column from_at timestamptz not null default clock_timestamp(),
  add column until_at timestamptz,
  add check (kind = 'stop' or scope = 'server'),
  add check (kind <> 'stop' or until_at is null),
  add check (kind <> 'maintenance' or until_at is not null),
  add check (until_at > from_at);
update halt set from_at = set_at;
drop index halt_active;
create unique index halt_active on halt (scope, scope_key) where lifted_at is null and kind = 'stop';
create index halt_declared on halt (scope_key, from_at) where kind <> 'stop';
create index intent_open_at on intent (target, id) where state in ('planned', 'sending', 'unknown');

alter table trading_server drop column state;
alter table feed drop column state;
`;
