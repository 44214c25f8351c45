/**
 * Why deals are to be read again, people say in their own words: ciphertext under the asker's key. Nothing was
 * released with the column that goes; what development databases have in it cannot be sealed by SQL.
 * Undo: add the column back, its text is gone.
 */
export const sql = `
alter table feed_backfill drop column reason, add column reason_ct text;
`;
