/**
 * How long after the click on a partner's link a client registered, where that is known.
 * Undo: drop the column.
 */
export const sql = `
alter table attribution add column click_seconds int check (click_seconds >= 0);
`;
