/**
 * Payouts of tokens to an address that a client names as theirs: what proves it, the leg that goes there, and who sends
 * and gets each transfer of tokens (FATF recommendation 16, Regulation (EU) 2023/1113).
 * Undo: drop the table and the columns, restore the check of 045.
 */
export const sql = `
-- Since when an address is proven to be the client's, by a signature of its key.
alter table payment_source add column proven_at timestamptz;

-- Of a withdrawal of tokens: the address that the client names for it.
alter table withdrawal add column address_source_id text references payment_source;

alter table withdrawal_leg
  drop constraint withdrawal_leg_kind_check,
  add check (kind in ('card_refund', 'bank_payout', 'source_refund', 'source_payout', 'crypto_payout')),
  -- Somebody has to say first what shows the address to be the client's.
  add column unproven boolean not null default false;

-- One row for each transfer: a deposit that was credited (leg 0), one that went back (leg 1), a leg of a withdrawal.
create table travel_rule_transfer (
  payment_id text not null,
  leg int not null check (leg >= 0),
  direction text not null check (direction in ('in', 'out')),
  entity_id text not null references entity,
  -- Without a reference: its lock would wait for a payment that has locked the client.
  client_id text not null,
  amount_minor numeric(38, 0) not null check (amount_minor > 0),
  currency text not null,
  network text not null,
  -- Names, addresses and who keeps them, on both sides: the client's ciphertext.
  parties_ct text not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (payment_id, leg)
);
grant select, insert on travel_rule_transfer to keelson_app;
alter table travel_rule_transfer enable row level security;
create policy visible on travel_rule_transfer using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
`;
