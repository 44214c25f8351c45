import { assertAddsUp, type Statement } from '../domain/ledger/statement';
import { refused } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import { readLedgerAccount } from './ledger-readers';

/** Longest statement; a longer one is asked for in parts. */
export const statementLinesMax = 10_000;

/** From `from` to just before `to`, both RFC 3339. */
export interface StatementPeriod {
  readonly from: string;
  readonly to: string;
}

/**
 * The statement of an account for a period. Throws `not_found` (404) for an account out of sight, and
 * `statement_too_long` or `period_reversed` (422).
 */
export async function readStatement(
  tx: Tx,
  accountId: string,
  { from, to }: StatementPeriod,
): Promise<Statement> {
  const account = await readLedgerAccount(tx, accountId);
  const [balances] = await rows<{ opening: string; closing: string; in_order: boolean }>(
    tx,
    `select ledger_balance_effective(:accountId, :from::timestamptz - interval '1 microsecond') as opening,
       ledger_balance_effective(:accountId, :to::timestamptz - interval '1 microsecond') as closing,
       :from::timestamptz <= :to::timestamptz as in_order`,
    { accountId, from, to },
  );
  if (!balances?.in_order) throw refused('period_reversed', 'The period ends before it begins.');
  // A transaction that is not the reader's own to see still moved the account.
  const found = await rows<{
    transaction_id: string;
    kind: string | null;
    cause: string | null;
    amount: string;
    balance: string;
    effective_at: string;
    recorded_at: string;
  }>(
    tx,
    `select e.transaction_id, t.kind, t.cause, e.amount, e.effective_at, e.recorded_at,
       :opening::numeric + sum(e.amount) over (order by e.effective_at, e.recorded_order, e.line) as balance
     from ledger_entry e left join ledger_transaction t on t.id = e.transaction_id
     where e.account_id = :accountId and e.effective_at >= :from::timestamptz and e.effective_at < :to::timestamptz
     order by e.effective_at, e.recorded_order, e.line limit :limit`,
    { accountId, from, to, opening: balances.opening, limit: statementLinesMax + 1 },
  );
  if (found.length > statementLinesMax) {
    throw refused(
      'statement_too_long',
      `A statement has at most ${statementLinesMax} lines: ask for a shorter period.`,
    );
  }
  const statement: Statement = {
    accountId: account.id,
    entityId: account.entityId,
    code: account.code,
    currency: account.currency,
    from,
    to,
    openingMinor: BigInt(balances.opening),
    closingMinor: BigInt(balances.closing),
    lines: found.map((row) => ({
      effectiveAt: utc(row.effective_at),
      recordedAt: utc(row.recorded_at),
      transactionId: row.transaction_id,
      kind: row.kind ?? 'movement',
      cause: row.cause ?? '',
      amountMinor: BigInt(row.amount),
      balanceMinor: BigInt(row.balance),
    })),
  };
  assertAddsUp(statement);
  return statement;
}
