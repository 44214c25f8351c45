/** A simulation may look at a hundred thousand cases. Undo: restore the check of 026 when no larger one is kept. */
export const sql = `
alter table policy_simulation
  drop constraint policy_simulation_wanted_check,
  add constraint policy_simulation_wanted_check check (wanted between 1 and 100000);
`;
