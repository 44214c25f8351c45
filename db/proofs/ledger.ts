import type { Database } from '../connection';
import { inSnapshot } from '../snapshot';
import { keepingRules } from './ledger-keeping';
import { ledgerBackwardRules } from './ledger-backward';
import { bonusRules } from './ledger-bonuses';
import { ledgerPaymentRules } from './ledger-payments';
import { receiptRules } from './ledger-receipts';
import { checkRules, Proof, type ProofResult, type SqlRule } from './report';

/**
 * Proves that the books are books: every transaction balances, every balance is the sum of its
 * entries with no version missing, and every payment that claims to be final has just the postings
 * it claims.
 */
export async function proveLedger(db: Database): Promise<ProofResult> {
  return inSnapshot(db, 'job:prove-ledger', async (tx) => {
    const proof = new Proof('ledger');
    await checkRules(tx, proof, [
      ...bookRules,
      ...holdRules,
      ...keepingRules,
      ...ledgerPaymentRules,
      ...ledgerBackwardRules,
      ...receiptRules,
      ...bonusRules,
    ]);
    return proof.result();
  });
}

const bookRules: readonly SqlRule[] = [
  {
    rule: 'every transaction has two entries or more and sums to zero in each currency',
    counted: 'select count(*) from ledger_transaction',
    breaches: `
      select transaction_id, 'sums to ' || sum(amount) || ' minor units of ' || currency
      from ledger_entry group by transaction_id, currency having sum(amount) <> 0
      union all
      select t.id, 'has ' || count(e.line) || ' entries'
      from ledger_transaction t left join ledger_entry e on e.transaction_id = t.id
      group by t.id having count(e.line) < 2`,
  },
  {
    rule: 'all entries of an entity sum to zero in each currency',
    counted: 'select count(distinct (entity_id, currency)) from ledger_entry',
    breaches: `
      select entity_id || ' ' || currency, 'sums to ' || sum(amount) || ' minor units'
      from ledger_entry group by entity_id, currency having sum(amount) <> 0`,
  },
  {
    rule: 'every balance is the sum of its entries',
    counted: 'select count(*) from ledger_account where not entry_only',
    breaches: `
      select a.id, 'balance ' || a.balance || ', entries sum to ' || coalesce(sum(e.amount), 0)
      from ledger_account a left join ledger_entry e on e.account_id = a.id
      where not a.entry_only group by a.id having a.balance <> coalesce(sum(e.amount), 0)`,
  },
  {
    rule: 'the versions of an account run from 1 to its version without a gap',
    counted: 'select coalesce(sum(version), 0) from ledger_account where not entry_only',
    breaches: `
      select a.id, 'version ' || a.version || ', ' || count(e.account_version) || ' versioned entries up to '
        || coalesce(max(e.account_version), 0)
      from ledger_account a left join ledger_entry e on e.account_id = a.id
      where not a.entry_only group by a.id
      having a.version <> count(e.line) or a.version <> count(e.account_version)
        or a.version <> coalesce(max(e.account_version), 0)`,
  },
  {
    rule: 'every entry knows the balance after it',
    counted: 'select count(*) from ledger_entry where account_version is not null',
    breaches: `
      select account_id || ' version ' || account_version,
        'says ' || coalesce(balance_after::text, 'nothing') || ', entries sum to ' || running
      from (select e.account_id, e.account_version, e.balance_after,
              sum(e.amount) over (partition by e.account_id order by e.account_version) as running
            from ledger_entry e join ledger_account a on a.id = e.account_id where not a.entry_only) x
      where balance_after is distinct from running`,
  },
  {
    rule: 'no wallet is below zero, or below what is held of it',
    counted: `select count(*) from ledger_account where code = 'wallet'`,
    breaches: `
      select id, 'balance ' || balance || ', held ' || held from ledger_account
      where code = 'wallet' and (balance < 0 or balance < held or not floor)`,
  },
  {
    rule: 'house accounts are entries only, so that no row of theirs is hot',
    counted: `select count(*) from ledger_account where side = 'house'`,
    breaches: `
      select id, 'keeps a balance of its own' from ledger_account
      where side = 'house' and (not entry_only or balance <> 0 or held <> 0 or version <> 0)
      union all
      select e.account_id, 'transaction ' || e.transaction_id || ' gave it a version' from ledger_entry e
      join ledger_account a on a.id = e.account_id where a.entry_only and e.account_version is not null`,
  },
  {
    rule: 'all accounts of a transaction belong to its entity, and each entry to its account',
    counted: 'select count(*) from ledger_entry',
    breaches: `
      select e.transaction_id || ' line ' || e.line,
        'transaction of ' || t.entity_id || ', account ' || a.id || ' of ' || a.entity_id
      from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
      join ledger_account a on a.id = e.account_id
      where e.entity_id <> t.entity_id or a.entity_id <> t.entity_id or e.currency <> a.currency
        or e.client_id is distinct from a.client_id`,
  },
  {
    rule: 'every exchange says its rate and whose it is, and goes through liquidity in both currencies',
    counted: `select count(*) from ledger_transaction where kind = 'exchange'`,
    breaches: `
      select t.id, 'rate ' || coalesce(t.meta ->> 'rate', 'unknown') || ' of ' || coalesce(t.meta ->> 'rateSource', 'nobody')
        || ', liquidity in ' || liquidity.currencies || ' currencies'
      from ledger_transaction t cross join lateral (select count(distinct e.currency) as currencies from ledger_entry e
        join ledger_account a on a.id = e.account_id where e.transaction_id = t.id and a.code = 'fx_liquidity') liquidity
      where t.kind = 'exchange' and (liquidity.currencies <> 2 or (t.meta ->> 'rate') is null
        or (t.meta ->> 'rateSource') is null or (t.meta ->> 'rateAt') is null)`,
  },
  {
    rule: 'a reversal undoes exactly the transaction it names',
    counted: 'select count(*) from ledger_transaction where reverses_id is not null',
    breaches: `
      select r.id, 'does not undo ' || r.reverses_id from ledger_transaction r
      where r.reverses_id is not null and exists (
        select account_id, sum(amount) from ledger_entry
        where transaction_id in (r.id, r.reverses_id) group by account_id having sum(amount) <> 0)`,
  },
];

const holdRules: readonly SqlRule[] = [
  {
    rule: 'what an account says is held is the sum of its open holds',
    counted: 'select count(*) from ledger_account',
    breaches: `
      select a.id, 'held ' || a.held || ', open holds sum to ' || coalesce(sum(h.remaining), 0)
      from ledger_account a left join ledger_hold h on h.account_id = a.id and h.state = 'held'
      group by a.id having a.held <> coalesce(sum(h.remaining), 0)`,
  },
  {
    rule: 'a hold that expired had a time, and its time is over',
    counted: `select count(*) from ledger_hold where state = 'expired'`,
    breaches: `
      select id, 'ended at ' || ended_at || ', expires ' || coalesce(expires_at::text, 'never') from ledger_hold
      where state = 'expired' and (expires_at is null or expires_at > ended_at)`,
  },
  {
    rule: 'no hold has more left than it took, and an ended one has nothing left',
    counted: 'select count(*) from ledger_hold',
    breaches: `
      select id, 'took ' || amount || ', left ' || remaining || ', ' || state from ledger_hold
      where remaining > amount or remaining < 0 or (state <> 'held' and remaining <> 0)`,
  },
];
