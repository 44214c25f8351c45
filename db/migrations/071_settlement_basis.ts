/**
 * What a settlement was computed with: the engine's version, what it took from other settlements and from figures that
 * move on, and the days of its claw-back. Whatever was computed before is of version 1.
 * Undo: drop the columns.
 */
export const sql = `
alter table settlement
  add column engine_version int not null default 1,
  -- Null: computed before this was kept.
  add column basis jsonb,
  add column claw_back_days int;

-- What was clawed back stands; the plan that ships said 180 days.
update settlement s set claw_back_days = 180
where exists (select 1 from settlement_payout o where o.settlement_id = s.id and o.clawed_back_minor > 0);
`;
