/**
 * The whole life of a trading account: what its holder may do on the server, dormancy, migration, closure, the
 * requests about it, and balance operations that are not a client's own transfer.
 * Undo: drop the added columns and index, restore the checks of 008 and 009.
 */
export const sql = `
alter table trading_account
  add column access text not null default 'full' check (access in ('full', 'frozen', 'blocked')),
  add column due_at timestamptz,
  add column dormancy_noticed_at timestamptz,
  add column dormant_since timestamptz,
  add column dormancy_fee_at timestamptz,
  add column migrated_from text references trading_account,
  add column migrated_to text references trading_account,
  add column overridden_at timestamptz,
  add column closed_at timestamptz,
  add check ((state = 'dormant') = (dormant_since is not null));
update trading_account set access = 'blocked' where state in ('closed', 'archived');
create unique index trading_account_migrated on trading_account (migrated_from) where state <> 'closed';
create index trading_account_due on trading_account (due_at) where due_at is not null;
create index trading_account_list on trading_account (entity_id, state, id);

alter table restriction add column account_id text references trading_account;

alter table account_request
  drop constraint account_request_kind_check,
  drop constraint account_request_state_check,
  drop constraint account_request_check,
  add column asked jsonb not null default '{}',
  add column asked_by text not null default 'system',
  add column asked_as text not null default 'client' check (asked_as in ('client', 'staff', 'process')),
  add column settings jsonb,
  add column reasons text[] not null default '{}',
  add column evaluation_id text,
  add column working_since timestamptz,
  add column look jsonb,
  add column target_account_id text references trading_account,
  add check (kind in ('set_password', 'change_leverage', 'change_type', 'move_group', 'migrate', 'close', 'override')),
  add check (state in ('requested', 'in_review', 'working', 'done', 'refused')),
  add check (kind = 'set_password' or secret_ct is null),
  add check (state = 'requested' or secret_ct is null);
drop index account_request_open;
create index account_request_open on account_request (account_id) where state not in ('done', 'refused');
-- One of a kind at a time: a second leverage change would race the first. Passwords may follow one another.
create unique index account_request_one on account_request (account_id, kind)
  where state not in ('done', 'refused') and kind <> 'set_password';
create index account_request_client on account_request (client_id, created_at);

alter table transfer
  add column purpose text not null default 'client'
    check (purpose in ('client', 'closure', 'migration', 'dormancy_fee', 'negative_balance')),
  add column key text unique,
  add column request_id text references account_request,
  add column wakes text;
create index transfer_request on transfer (request_id) where request_id is not null;
create index transfer_account on transfer (account_id, created_at);
`;
