/**
 * A client's events lie in the order in which they are read, so that a page of a long timeline is as quick as one of a
 * short one. The head of a chain, which each of its events changes, has room beside it for the next state: no index
 * learns of the change, and the room is used again.
 * Undo: alter table event_head reset (fillfactor); the index of 002.
 */
export const sql = `
create index event_client_order on event (client_id, recorded_order) where client_id is not null;
drop index event_client;
alter table event_head set (fillfactor = 50);
`;
