/**
 * The end of an account: what keeps one that moves from opening positions, until when it is to be flat, and the day
 * on which a closed one is archived (its `due_at`).
 * Undo: drop the columns, restore the check of 020 on the access and its index of migrations.
 */
export const sql = `
alter table trading_account
  drop constraint trading_account_access_check,
  add constraint trading_account_access_check check (access in ('full', 'close_only', 'frozen', 'blocked')),
  -- The group in which the log-in can only close, while it is there instead of in its own.
  add column close_only_group text;
-- A new account that ended is in nobody's way, closed or archived.
drop index trading_account_migrated;
create unique index trading_account_migrated on trading_account (migrated_from) where state not in ('closed', 'archived');

alter table account_request
  add column restraint jsonb,
  add column flat_by timestamptz;

-- An account that is archived leaves the checks of its server's feed.
grant delete on feed_check to keelson_app;
`;
