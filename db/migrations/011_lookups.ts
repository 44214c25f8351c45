/**
 * Indexes for looking up links of a subject, the log-in of a client, and lists of clients.
 * Undo: drop index one_time_link_subject, user_account_client, client_list;
 */
export const sql = `
create index one_time_link_subject on one_time_link (subject);
create index user_account_client on user_account (client_id) where client_id is not null;
create index client_list on client (created_at, id);
`;
