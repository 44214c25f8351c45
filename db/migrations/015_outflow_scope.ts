/**
 * An entity's outflow ceiling is its own business, like every other row with an entity.
 * Undo: drop policy visible on outflow_ceiling; alter table outflow_ceiling disable row level security.
 */
export const sql = `
alter table outflow_ceiling enable row level security;
create policy visible on outflow_ceiling using (may_see_staff(entity_id)) with check (may_see_staff(entity_id));
`;
