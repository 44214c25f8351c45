/**
 * Who was asked for a payment, or the leg of one, in turn: why that provider (the evaluation), what it was left for
 * and what the retry table said. The intents of an attempt are found by its step. A deposit says by which rail.
 * Undo: drop the table and the column.
 */
export const sql = `
-- The default is for processes of the version before, which may still take deposits while this is rolled out.
alter table deposit add column rail text not null default 'card';

create table payment_attempt (
  payment_id text not null,
  -- Of a withdrawal the leg; 0 of a deposit.
  leg int not null default 0 check (leg >= 0),
  attempt int not null check (attempt > 0),
  entity_id text not null references entity,
  client_id text not null references client,
  flow text not null check (flow in ('payin', 'payout')),
  provider text not null,
  step text not null,
  evaluation_id text references evaluation,
  created_at timestamptz not null default clock_timestamp(),
  left_at timestamptz,
  left_for text,
  decision text check (decision in ('next', 'stop')),
  primary key (payment_id, leg, attempt),
  check ((left_at is null) = (left_for is null) and (left_at is null) = (decision is null))
);
grant select, insert, update on payment_attempt to keelson_app;
alter table payment_attempt enable row level security;
create policy visible on payment_attempt using (may_see(entity_id, client_id)) with check (may_see(entity_id, client_id));
`;
