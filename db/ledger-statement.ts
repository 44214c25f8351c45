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

interface Balances {
  readonly opening: string;
  readonly closing: string;
  readonly in_order: boolean;
}

interface Line {
  readonly transaction_id: string;
  readonly kind: string | null;
  readonly cause: string | null;
  readonly amount: string;
  readonly balance: string;
  readonly effective_at: string;
  readonly recorded_at: string;
}

/** The balances with each line, or once without any. */
type StatementRow = Balances & (Line | { readonly transaction_id: null });

function isLine(row: StatementRow): row is Balances & Line {
  return row.transaction_id !== null;
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
  // One statement, so that a posting which commits meanwhile is in the balances and the lines, or in neither.
  // A transaction that is not the reader's own to see still moved the account.
  const found = await rows<StatementRow>(
    tx,
    `with balances as materialized (
       select ledger_balance_effective(:accountId, :from::timestamptz - interval '1 microsecond') as opening,
         ledger_balance_effective(:accountId, :to::timestamptz - interval '1 microsecond') as closing,
         :from::timestamptz <= :to::timestamptz as in_order)
     select b.opening, b.closing, b.in_order, l.transaction_id, l.kind, l.cause, l.amount, l.effective_at, l.recorded_at,
       b.opening + l.moved as balance
     from balances b left join (
       select e.transaction_id, t.kind, t.cause, e.amount, e.effective_at, e.recorded_at, e.recorded_order, e.line,
         sum(e.amount) over (order by e.effective_at, e.recorded_order, e.line) as moved
       from ledger_entry e left join ledger_transaction t on t.id = e.transaction_id
       where e.account_id = :accountId and e.effective_at >= :from::timestamptz and e.effective_at < :to::timestamptz
       order by e.effective_at, e.recorded_order, e.line limit :limit) l on true
     order by l.effective_at, l.recorded_order, l.line`,
    { accountId, from, to, limit: statementLinesMax + 1 },
  );
  const [balances] = found;
  if (!balances?.in_order) throw refused('period_reversed', 'The period ends before it begins.');
  const lines = found.filter(isLine);
  if (lines.length > statementLinesMax) {
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
    lines: lines.map((row) => ({
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
