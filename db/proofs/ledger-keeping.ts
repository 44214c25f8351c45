import type { SqlRule } from './report';

/** The leaves of all blocks: 8 bytes of order and 32 of digest for each transaction. */
const leaves = `
  select b.number, ('x' || encode(substr(b.leaves, 1 + 40 * i, 8), 'hex'))::bit(64)::bigint as recorded_order,
    substr(b.leaves, 9 + 40 * i, 32) as digest
  from ledger_block b cross join lateral generate_series(0, b.transactions - 1) i`;

/**
 * Folds, blocks and periods say what the entries say. A fold is held against the one before it, so that each entry is
 * read once; the first of an account also against what would stand before every order.
 */
export const keepingRules: readonly SqlRule[] = [
  {
    rule: 'every fold of a house account is the sum of the entries up to it',
    counted: 'select count(*) from ledger_fold',
    breaches: `
      select account_id || ' up to ' || up_to, 'adds ' || added || ' of ' || entries_added || ' entries to the fold before it, '
        || stood || ' of ' || entries_stood || ' stand there'
      from (select f.account_id, f.up_to, f.balance - coalesce(lag(f.balance) over w, 0) as added,
          f.entries - coalesce(lag(f.entries) over w, 0) as entries_added, e.stood, e.entries_stood
        from (select *, lag(up_to) over (partition by account_id order by up_to) as after from ledger_fold) f
        cross join lateral (select coalesce(sum(amount), 0) as stood, count(*) as entries_stood from ledger_entry
          where account_id = f.account_id and recorded_order <= f.up_to
            and recorded_order > coalesce(f.after, (-9223372036854775807)::bigint)) e
        window w as (partition by f.account_id order by f.up_to)) x
      where added <> stood or entries_added <> entries_stood`,
  },
  {
    rule: 'every entry has the place of its transaction in the order of all',
    counted: 'select count(*) from ledger_entry',
    breaches: `
      select e.transaction_id || ' line ' || e.line, 'order ' || e.recorded_order || ', transaction ' || t.recorded_order
      from ledger_entry e join ledger_transaction t on t.id = e.transaction_id where e.recorded_order <> t.recorded_order`,
  },
  {
    rule: 'every transaction stands as the chain of blocks has it',
    counted: 'select coalesce(sum(transactions), 0) from ledger_block',
    breaches: `
      select coalesce(t.id, 'order ' || leaf.recorded_order), case
        when t.id is null then 'is gone; block ' || leaf.number || ' has it'
        when leaf.digest is null then 'stands among chained ones and is in no block'
        else 'is not what block ' || leaf.number || ' has' end
      from (${leaves}) leaf
      full join (select * from ledger_transaction where recorded_order <= (select coalesce(max(last_order), 0) from ledger_block)) t
        on t.recorded_order = leaf.recorded_order
      where leaf.digest is distinct from ledger_leaf(t)`,
  },
  {
    rule: 'every block follows from the one before it',
    counted: 'select count(*) from ledger_block',
    breaches: `
      select 'block ' || number, case
        when prev <> before then 'does not name the block before it'
        when number <> place then 'is the ' || place || 'th'
        else 'its hash is another' end
      from (select b.*, coalesce(lag(b.hash) over w, sha256('ledger')) as before, row_number() over w as place
        from ledger_block b window w as (order by number)) b
      where prev <> before or number <> place or hash <> ledger_block_hash(number, last_order, leaves, prev)`,
  },
  {
    rule: 'every block is the one that the log of events tells of',
    counted: `select count(*) from event where subject = 'ledger' and type = 'ledger.block_chained'`,
    breaches: `
      select 'block ' || coalesce(b.number::text, e.payload ->> 'number'), case
        when b.number is null then 'is gone' when e.payload is null then 'no event tells of it' else 'the event tells of another' end
      from ledger_block b full join (
        select payload::jsonb as payload from event where subject = 'ledger' and type = 'ledger.block_chained') e
        on e.payload ->> 'number' = b.number::text
      where e.payload ->> 'hash' is distinct from encode(b.hash, 'hex')`,
  },
  {
    rule: 'every sealed period holds the transactions and balances that it was sealed with',
    counted: `select count(*) from ledger_period where state = 'sealed'`,
    breaches: `
      select p.entity_id || ' until ' || ledger_time(p.ends_at), 'its hash is another' from ledger_period p
      where p.state = 'sealed' and p.hash <> ledger_period_hash(p)
      union all
      select p.entity_id || ' until ' || ledger_time(p.ends_at), 'does not follow from the period before'
      from (select p.*, lag(hash) over w as hash_before, lag(ends_at) over w as end_before from ledger_period p
        window w as (partition by entity_id order by ends_at)) p
      where p.prev is distinct from p.hash_before or p.starts_at is distinct from p.end_before`,
  },
  {
    rule: 'every balance of a sealed period is the sum of what was effective before its end',
    counted: 'select count(*) from ledger_period_balance',
    breaches: `
      select b.account_id || ' until ' || ledger_time(b.ends_at), 'says ' || b.balance || ', entries sum to ' || coalesce(e.amount, 0)
      from ledger_period_balance b cross join lateral (select sum(amount) as amount
        from ledger_entry where account_id = b.account_id and effective_at < b.ends_at) e
      where b.balance <> coalesce(e.amount, 0)`,
  },
  {
    rule: 'nothing is effective in a period that was sealed before it came on record',
    counted: `select count(*) from ledger_transaction t join ledger_period p on p.entity_id = t.entity_id
      and p.state = 'sealed' and t.recorded_at > p.sealed_at`,
    breaches: `
      select t.id, 'effective ' || ledger_time(t.effective_at) || ', sealed until ' || ledger_time(p.ends_at)
      from ledger_transaction t join ledger_period p on p.entity_id = t.entity_id
        and p.state = 'sealed' and t.recorded_at > p.sealed_at and t.effective_at < p.ends_at`,
  },
];
