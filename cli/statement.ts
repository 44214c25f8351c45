import type { BankStatement, Reading, StatementEntry } from '../connectors/bank-files/statement';
import { formatAmount } from '../domain/money';

/** What `statement read --json` prints (docs/bank-files.md). */
export function statementJson({ statements }: Pick<Reading, 'statements'>) {
  return {
    statements: statements.map((statement) => ({
      account: statement.account,
      currency: statement.currency,
      openingBalance: balance(statement, statement.openingMinor),
      closingBalance: balance(statement, statement.closingMinor),
      entries: statement.entries.map((entry) => ({
        amount: formatAmount(entry.amountMinor, entry.currency),
        currency: entry.currency,
        direction: entry.direction,
        bookedOn: entry.bookedOn,
        valuedOn: entry.valuedOn,
        reversal: entry.reversal,
        references: {
          ...entry.references,
          ...(entry.parts.length === 0 ? {} : { transactions: entry.parts }),
        },
        remittance: entry.remittance,
      })),
    })),
  };
}

/** For a person: each statement with its entries, amounts under each other, debits with a minus. */
export function statementTable({ statements }: Pick<Reading, 'statements'>): string {
  return statements.length === 0 ? 'no statements' : statements.map(describe).join('\n\n');
}

function describe(statement: BankStatement): string {
  const rows = [
    row('', 'opening', balance(statement, statement.openingMinor) ?? 'not given', ''),
    ...statement.entries.map((entry) =>
      row(entry.bookedOn ?? '', entry.valuedOn ?? '', signed(entry), storyOf(entry)),
    ),
    row('', 'closing', balance(statement, statement.closingMinor) ?? 'not given', ''),
  ];
  const count = statement.entries.length;
  const heading = `${printable(statement.account)} ${statement.currency ?? ''}: ${count} ${count === 1 ? 'entry' : 'entries'}`;
  return [heading, row('booked', 'valued', 'amount', 'what'), ...rows].join('\n');
}

function row(booked: string, valued: string, amount: string, story: string): string {
  return `  ${booked.padEnd(10)}  ${valued.padEnd(10)}  ${amount.padStart(20)}  ${story}`.trimEnd();
}

function signed(entry: StatementEntry): string {
  return formatAmount(
    entry.direction === 'credit' ? entry.amountMinor : -entry.amountMinor,
    entry.currency,
  );
}

function storyOf(entry: StatementEntry): string {
  const marks = [entry.reversal ? '(reversal)' : '', entry.booked ? '' : '(not booked)'];
  const { name, account } = entry.counterparty;
  return [...marks, name ?? account ?? '', entry.remittance]
    .filter((text) => text !== '')
    .map(printable)
    .join(' · ');
}

/** What a payer wrote must not move the cursor of who reads it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

function balance(statement: BankStatement, minor: bigint | null): string | null {
  if (minor === null || statement.currency === null) return null;
  return formatAmount(minor, statement.currency);
}
