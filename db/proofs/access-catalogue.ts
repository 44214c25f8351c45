import type { SqlRule } from './report';

/**
 * Tables without an entity, and why no row of theirs has to be hidden from a scope: nothing that a
 * person is shown is read from them by a query of that person's making.
 */
export const unscopedTables: Readonly<Record<string, string>> = {
  entity: 'the licences themselves, shown to everybody',
  api_key: 'scoped by the person it acts for',
  user_account: 'scoped by its own policy: colleagues, and oneself',
  session: 'looked up by a secret',
  event_head: 'digests only',
  checkpoint: 'digests only',
  ledger_block: 'digests only',
  document_read: 'written by the store of documents, read with the document',
  data_key: 'wrapped keys',
  blind_index: 'digests only',
  idempotency: 'looked up by actor and key',
  outbox: 'read by the relay',
  halt: 'switches and what is declared of servers; their words are read by routes for staff only',
  policy_version: 'rules, no persons',
  policy_simulation: 'scoped by its own policy: whoever sees every entity it has read',
  task_decision: 'scoped by its own policy: whoever sees the task',
  account_bulk: 'scoped by its own policy: whoever sees every entity concerned',
  account_bulk_item: 'scoped by its own policy: whoever sees the bulk',
  participation: 'read when a task is decided',
  login_hand: 'read when a task is decided',
  absence: 'scoped by its own policy: oneself, and colleagues whom one sees',
  task_bulk: 'scoped by its own policy: whoever did it',
  trading_server: 'configuration',
  deal_ticket: 'numbers of deals',
  feed: 'one row per server',
  feed_backfill: 'one row per request',
  symbol: 'instruments',
  market_rate: 'prices of currency pairs',
  chain_key: 'one counter per extended key',
  provider_watch: 'one row per provider that sends no messages',
  outside_matcher: 'scoped by its own policy: colleagues; how a matcher is set up, of no client',
  sanction_list: 'scoped by its own policy: colleagues; what is published, of no client',
  sanction_list_version: 'scoped by its own policy: colleagues; what is published, of no client',
  sanction_entry: 'scoped by its own policy: colleagues; what is published, of no client',
  rescreening: 'scoped by its own policy: colleagues; counts alone',
  server_group: 'names of groups of the trading servers',
  knex_migrations: 'names of migrations',
  knex_migrations_lock: 'one row',
};

const names = Object.keys(unscopedTables)
  .map((name) => `'${name}'`)
  .join(', ');

/** Tables of the schema: partitioned ones once, without their partitions. */
const tables = `select c.oid, c.relname, c.relrowsecurity, c.relowner from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;

const hasEntity = `exists (select 1 from pg_attribute a where a.attrelid = t.oid and a.attname = 'entity_id'
  and not a.attisdropped)`;

/** Nobody may change or delete these, the application least of all. */
const appendOnly = `'event', 'checkpoint', 'ledger_transaction', 'ledger_entry', 'ledger_fold',
  'ledger_period_balance', 'ledger_block', 'sanction_list_version'`;
/** Written through one function each, never by a statement of the application's own. */
const writtenByFunction = `'event', 'event_head', 'ledger_account', 'ledger_transaction', 'ledger_entry', 'ledger_hold',
  'ledger_fold', 'ledger_period', 'ledger_period_balance', 'ledger_block'`;
const neverChanged = `${writtenByFunction}, 'checkpoint', 'evaluation', 'screening_result', 'participation', 'document_read',
  'fx_quote', 'exchange', 'sanction_list', 'sanction_list_version', 'login_hand', 'task_bulk', 'erasure_request'`;

/** What the catalogue of the database says about who is bound by what. */
export const catalogueRules: readonly SqlRule[] = [
  {
    rule: 'the application’s role is bound by row-level security and owns nothing',
    counted: `select count(*) from (${tables}) t`,
    breaches: `
      select rolname, 'is a superuser or bypasses row-level security' from pg_roles
      where rolname = current_user and (rolsuper or rolbypassrls or rolcreaterole)
      union all
      select t.relname, 'is owned by the application, or by a role it is a member of' from (${tables}) t
      where pg_has_role(current_user, t.relowner, 'member')`,
  },
  {
    rule: 'every table with an entity has row-level security and a policy',
    counted: `select count(*) from (${tables}) t where ${hasEntity}`,
    breaches: `
      select t.relname, 'row-level security is off' from (${tables}) t where ${hasEntity} and not t.relrowsecurity
      union all
      select t.relname, 'has no policy' from (${tables}) t
      where t.relrowsecurity and not exists (select 1 from pg_policy p where p.polrelid = t.oid)
      union all
      select p.tablename, 'policy ' || p.policyname || ' lets everybody see everything' from pg_policies p
      where p.schemaname = 'public' and btrim(coalesce(p.qual, ''), '() ') = 'true'`,
  },
  {
    rule: 'every other table is one that needs none',
    counted: `select count(*) from (${tables}) t where not ${hasEntity}`,
    breaches: `
      select t.relname, 'has no entity and is not known to need none' from (${tables}) t
      where not ${hasEntity} and t.relname not in (${names})`,
  },
  {
    rule: 'no partition can be read past the policy of its table',
    counted: `select count(*) from pg_class where relnamespace = 'public'::regnamespace and relispartition and relkind in ('r', 'p')`,
    breaches: `
      select c.relname, 'can be read directly' from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relispartition and c.relkind in ('r', 'p')
        and not c.relrowsecurity and has_table_privilege(current_user, c.oid, 'select')`,
  },
  {
    rule: 'the application may not change or delete what is written once',
    counted: `select count(*) from (${tables}) t where t.relname in (${neverChanged})`,
    breaches: `
      select t.relname, 'the application may ' || p.privilege from (${tables}) t
      cross join (values ('update'), ('delete'), ('truncate')) as p(privilege)
      where t.relname in (${neverChanged}) and (has_table_privilege(current_user, t.oid, p.privilege)
        or (p.privilege = 'update' and has_any_column_privilege(current_user, t.oid, 'update')))
      union all
      select t.relname, 'the application may insert past its function' from (${tables}) t
      where t.relname in (${writtenByFunction}) and has_any_column_privilege(current_user, t.oid, 'insert')`,
  },
  {
    rule: 'triggers refuse the owner too',
    counted: `select count(*) from (${tables}) t where t.relname in (${appendOnly})`,
    breaches: `
      select t.relname, 'trigger ' || n.name || ' is not there, or not always on' from (${tables}) t
      cross join (values ('append_only'), ('append_only_truncate')) as n(name)
      where t.relname in (${appendOnly}) and not exists (
        select 1 from pg_trigger g where g.tgrelid = t.oid and g.tgname = n.name and g.tgenabled = 'A')`,
  },
  {
    rule: 'functions that run with the owner’s rights look only where they should',
    counted: `select count(*) from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`,
    breaches: `
      select proname, 'runs with the owner’s rights and a search path of the caller’s' from pg_proc
      where pronamespace = 'public'::regnamespace and prosecdef
        and not exists (select 1 from unnest(proconfig) as c(setting) where c.setting like 'search_path=%')`,
  },
];
