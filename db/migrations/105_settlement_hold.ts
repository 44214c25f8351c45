/**
 * What signals of fraud keep back of a settlement, by client: it is left out of the partners' payouts until a person has
 * decided, then added to their next ones, or never paid. The lines stay as they were computed.
 * Undo: drop the tables and the columns; put the payouts' amounts right first.
 */
export const sql = `
alter table settlement_payout
  add column held_minor numeric(38, 0) not null default 0 check (held_minor >= 0),
  add column released_minor numeric(38, 0) not null default 0 check (released_minor >= 0);

create table settlement_hold (
  id text primary key,
  settlement_id text not null references settlement,
  entity_id text not null references entity,
  client_id text not null references client,
  evaluation_id text not null references evaluation,
  reasons text[] not null,
  tickets bigint[] not null default '{}',
  currency text not null,
  -- closed: the settlement was rejected, or computed again to something else.
  state text not null default 'open' check (state in ('open', 'released', 'denied', 'closed')),
  -- The settlement whose payouts pay it, or whose statements say that it is not paid.
  taken_into text references settlement,
  opened_at timestamptz not null default now(),
  decided_at timestamptz,
  check ((state = 'open') = (decided_at is null)),
  check (taken_into is null or state in ('released', 'denied'))
);
create index settlement_hold_list on settlement_hold (entity_id, id);
create unique index settlement_hold_standing on settlement_hold (settlement_id, client_id) where state <> 'closed';
create index settlement_hold_taken on settlement_hold (taken_into) where taken_into is not null;
grant select, insert, update on settlement_hold to keelson_app;
alter table settlement_hold enable row level security;
create policy visible on settlement_hold using (may_see_staff(entity_id)) with check (scope_kind() = 'system');

create table settlement_hold_part (
  hold_id text not null references settlement_hold,
  partner_id text not null references partner,
  entity_id text not null references entity,
  -- What the client's lines earn the partner, and what of it is kept back.
  lines_minor numeric(38, 0) not null check (lines_minor > 0),
  held_minor numeric(38, 0) not null check (held_minor between 0 and lines_minor),
  primary key (hold_id, partner_id)
);
create index settlement_hold_part_partner on settlement_hold_part (partner_id);
grant select, insert, update on settlement_hold_part to keelson_app;
alter table settlement_hold_part enable row level security;
create policy visible on settlement_hold_part using (may_see_staff(entity_id)) with check (scope_kind() = 'system');
`;
