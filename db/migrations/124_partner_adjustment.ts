/**
 * What a person adds to a partner's next payout, or takes off it, once another person has approved it.
 * Undo: drop table partner_adjustment; drop function keep_adjustment; the payouts' amounts first, then the column.
 */
export const sql = `
alter table settlement_payout add column adjusted_minor numeric(38, 0) not null default 0;

create table partner_adjustment (
  id text primary key,
  entity_id text not null references entity,
  partner_id text not null references partner,
  plan_set text not null,
  currency text not null,
  amount_minor numeric(38, 0) not null check (amount_minor <> 0),
  reason_code text not null,
  -- In words, under the partner's key.
  reason_ct text not null,
  proposed_by text not null,
  state text not null default 'proposed' check (state in ('proposed', 'approved', 'rejected')),
  proposed_at timestamptz not null default clock_timestamp(),
  decided_at timestamptz,
  -- The settlement whose payouts pay it.
  taken_into text references settlement,
  check ((state = 'proposed') = (decided_at is null)),
  check (taken_into is null or state = 'approved')
);
create index partner_adjustment_list on partner_adjustment (entity_id, id);
create index partner_adjustment_partner on partner_adjustment (partner_id, id);
create index partner_adjustment_waiting on partner_adjustment (plan_set) where state = 'approved' and taken_into is null;
create index partner_adjustment_taken on partner_adjustment (taken_into) where taken_into is not null;
grant select, insert, update on partner_adjustment to keelson_app;
alter table partner_adjustment enable row level security;
create policy visible on partner_adjustment
  using (may_see_staff(entity_id) or (state = 'approved' and may_see_partner(entity_id, partner_id))) with check (scope_kind() = 'system');

-- What was proposed is what is decided and paid.
create function keep_adjustment() returns trigger language plpgsql as $$
begin
  if old.state <> 'proposed' and new.state <> old.state
    or (new.id, new.partner_id, new.plan_set, new.currency, new.amount_minor, new.reason_code, new.proposed_by)
      is distinct from (old.id, old.partner_id, old.plan_set, old.currency, old.amount_minor, old.reason_code, old.proposed_by)
  then raise exception 'an adjustment stays as it was proposed and decided'; end if;
  return new;
end $$;
create trigger adjustment_kept before update on partner_adjustment for each row execute function keep_adjustment();
`;
