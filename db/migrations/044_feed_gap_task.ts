/**
 * How long a log-in and its server may differ before a person is asked.
 * Undo: drop the column; open tasks of the kind 'feed_gap' have to be cancelled by hand.
 */
export const sql = `
alter table feed
  add column gap_ask_minutes int not null default 30 check (gap_ask_minutes between 0 and 10080);
`;
