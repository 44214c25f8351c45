/**
 * What is noted with a version of a policy is ciphertext under the key of who wrote it. Nothing was released with
 * the column that goes; what development databases have in it cannot be sealed by SQL.
 * Undo: add the column back, its text is gone.
 */
export const sql = `
alter table policy_version drop column note, add column note_ct text;
`;
