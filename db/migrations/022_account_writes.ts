/**
 * What is set on a log-in goes outside like money: an intent first, one at a time for a log-in, and what is wanted
 * is written down, so that an outcome that nobody knows is found by reading the log-in back.
 * Undo: drop the column, the index and the counter, restore the index of 004.
 */
export const sql = `
alter table intent add column wanted jsonb;
-- At most one change of a log-in is in flight, beside at most one movement of its money: a freeze does not wait for
-- an operation that people have to find.
create unique index intent_one_write_per_login on intent (target, reference)
  where kind in ('update_account', 'set_password') and state in ('sending', 'unknown');
-- A log-in is changed many times, and each change is known by the log-in.
drop index intent_external;
create unique index intent_external on intent (kind, target, external_id)
  where external_id is not null and kind not in ('mail', 'update_account', 'set_password');

-- Counts changes of what the holder may do: the next one's step is named after it.
alter table trading_account add column access_changes int not null default 0;
`;
