import { toCsv } from '../csv';
import { formatAmount } from '../money';

/** One movement of an account, with the balance after it. */
export interface StatementLine {
  readonly effectiveAt: string;
  readonly recordedAt: string;
  readonly transactionId: string;
  readonly kind: string;
  /** What it is for: the id of a payment, an account or a settlement. */
  readonly cause: string;
  readonly amountMinor: bigint;
  readonly balanceMinor: bigint;
}

/**
 * What an account did in a period, by the time at which it happened: `opening` is the balance just before `from`,
 * `closing` just before `to`, and the lines lead from one to the other.
 */
export interface Statement {
  readonly accountId: string;
  readonly entityId: string;
  readonly code: string;
  readonly currency: string;
  readonly from: string;
  readonly to: string;
  readonly openingMinor: bigint;
  readonly closingMinor: bigint;
  readonly lines: readonly StatementLine[];
}

/** Throws when the lines do not lead from the opening to the closing balance: then nobody is shown it. */
export function assertAddsUp({ openingMinor, closingMinor, lines }: Statement): void {
  let balanceMinor = openingMinor;
  for (const line of lines) {
    balanceMinor += line.amountMinor;
    if (balanceMinor !== line.balanceMinor) throw new Error('a statement does not add up');
  }
  if (balanceMinor !== closingMinor) throw new Error('a statement does not add up');
}

/** `dormancy_fee` as people read it. */
export function kindWords(kind: string): string {
  const words = kind.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** As CSV, with the opening and the closing balance as first and last row. */
export function statementCsv(statement: Statement): string {
  const { currency, from, to, openingMinor, closingMinor, lines } = statement;
  const amount = (minor: bigint) => formatAmount(minor, currency);
  return toCsv(
    [
      'effective_at',
      'recorded_at',
      'kind',
      'cause',
      'transaction',
      'amount',
      'balance',
      'currency',
    ],
    [
      [from, '', 'opening balance', '', '', '', amount(openingMinor), currency],
      ...lines.map((line) => [
        line.effectiveAt,
        line.recordedAt,
        line.kind,
        line.cause,
        line.transactionId,
        amount(line.amountMinor),
        amount(line.balanceMinor),
        currency,
      ]),
      [to, '', 'closing balance', '', '', '', amount(closingMinor), currency],
    ],
  );
}
