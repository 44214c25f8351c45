/**
 * Plan sets that are settled by the day, the week or the month, from moments on, and the day on which a settlement is paid.
 * \`plan_set.period\` is what it began with. Undo: drop table plan_set_schedule; alter table settlement drop column pay_at.
 */
export const sql = `
create table plan_set_schedule (
  plan_set text not null references plan_set,
  entity_id text not null references entity,
  period text not null check (period in ('daily', 'weekly', 'monthly')),
  -- Where a period of what was before ends.
  from_at timestamptz not null check (from_at = date_trunc('day', from_at, 'UTC')),
  actor text not null,
  created_at timestamptz not null default now(),
  primary key (plan_set, from_at)
);
grant select, insert, delete on plan_set_schedule to keelson_app;
alter table plan_set_schedule enable row level security;
create policy visible on plan_set_schedule using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));

-- What has begun stays: periods were settled by it.
create function keep_schedule() returns trigger language plpgsql as $$
begin
  if old.from_at <= now() then raise exception 'a schedule that has begun stays'; end if;
  return old;
end $$;
create trigger schedule_kept before delete on plan_set_schedule for each row execute function keep_schedule();

alter table settlement add column pay_at timestamptz;
`;
