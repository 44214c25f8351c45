/**
 * What a partner calls a link is ciphertext under the partner's key; its code is a public address and stays. Nothing
 * was released with the column that goes; what development databases have in it cannot be sealed by SQL.
 * Undo: add the column back, its text is gone.
 */
export const sql = `
alter table referral_link drop column name, add column name_ct text;
`;
