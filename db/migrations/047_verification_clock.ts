/**
 * The time that a client who deposited before being verified has for it (CySEC C721), and what a transfer that empties
 * their accounts afterwards is for. Undo: drop the table, restore the check of 023 on the transfer's purpose.
 */
export const sql = `
create table verification_clock (
  client_id text primary key references client,
  entity_id text not null references entity,
  started_at timestamptz not null,
  warned_at timestamptz,
  over_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('verified', 'returned')),
  check ((ended_at is null) = (outcome is null))
);
grant select, insert, update on verification_clock to keelson_app;
alter table verification_clock enable row level security;
create policy visible on verification_clock using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

alter table transfer
  drop constraint transfer_purpose_check,
  add constraint transfer_purpose_check
    check (purpose in ('client', 'closure', 'migration', 'dormancy_fee', 'negative_balance', 'offset', 'give_back'));
`;
