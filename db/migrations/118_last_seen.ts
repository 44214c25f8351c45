/**
 * When what a person is looked up by was last seen: an IP address tells nothing for ever.
 * Undo: drop the column; delete from blind_index where field in ('ip', 'name', 'address').
 */
export const sql = `
alter table blind_index add column seen_at timestamptz not null default now();
grant update (seen_at) on blind_index to keelson_app;
`;
