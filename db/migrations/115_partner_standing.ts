/**
 * How partners stand, since when and why: who is suspended is not paid, who has ended earns nothing from then on. The row of
 * the partner says how it stands now. A partner who was not active before has stood so since this migration: what
 * was settled before stays. Undo: drop table partner_standing; the checks as in 007 and 061; drop function keep_standing.
 */
export const sql = `
alter table partner drop constraint partner_state_check,
  add constraint partner_state_check check (state in ('active', 'suspended', 'terminated', 'deceased'));
alter table settlement_payout drop constraint settlement_payout_state_check,
  add constraint settlement_payout_state_check check (state in
    ('computed', 'below_minimum', 'withheld', 'paying', 'paid', 'failed', 'cancelled', 'forgiven', 'forfeited'));

create table partner_standing (
  partner_id text not null references partner,
  entity_id text not null references entity,
  state text not null check (state in ('active', 'suspended', 'terminated', 'deceased')),
  reason_code text not null,
  from_at timestamptz not null,
  to_at timestamptz check (to_at > from_at),
  -- Whether links bring new clients to it.
  links boolean not null,
  -- What becomes of what is earned and not paid.
  unpaid text not null check (unpaid in ('pay', 'forfeit', 'hold')),
  -- When the log-in ends; null is never.
  access_until timestamptz,
  primary key (partner_id, from_at)
);
create unique index partner_standing_current on partner_standing (partner_id) where to_at is null;
insert into partner_standing (partner_id, entity_id, state, reason_code, from_at, links, unpaid)
  select id, entity_id, state, 'other', now(), false, 'hold' from partner where state <> 'active';
grant select, insert, update on partner_standing to keelson_app;
alter table partner_standing enable row level security;
create policy visible on partner_standing using (may_see_partner(entity_id, partner_id)) with check (scope_kind() = 'system');

-- Who has ended has ended: its earnings after that moment are settled as nothing.
create function keep_standing() returns trigger language plpgsql as $$
begin
  if old.to_at is not null or (old.state in ('terminated', 'deceased') and new.to_at is not null)
    or (new.partner_id, new.state, new.from_at) is distinct from (old.partner_id, old.state, old.from_at)
  then raise exception 'a standing stays as it was'; end if;
  return new;
end $$;
create trigger standing_kept before update on partner_standing for each row execute function keep_standing();
`;
