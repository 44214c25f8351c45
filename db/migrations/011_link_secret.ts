/**
 * A secret that its owner hands over through a one-time link (a platform password): the owner's
 * ciphertext, there from the hand-over until the process has used it.
 * Undo: alter table one_time_link drop column sealed;
 */
export const sql = `
alter table one_time_link add column sealed text;
create index one_time_link_subject on one_time_link (subject);
create index user_account_client on user_account (client_id) where client_id is not null;
create index client_list on client (created_at, id);
`;
