/**
 * Since when a client has their level of verification, and the evaluation that gave it. Levels from before have neither:
 * they stand until the client's case is looked at again. Undo: drop the columns.
 */
export const sql = `
alter table client add column kyc_level_at timestamptz, add column kyc_level_evaluation text;
`;
