import { formatAmount } from '../../domain/money';
import { readBai2 } from './bai2/bai2';
import { readCamt } from './camt/camt';
import { BankFileFault, quote } from './fault';
import { readMt940 } from './mt940/mt940';
import { signedMinor, type BankStatement, type Doubt, type Reading } from './statement';
import { decodeText } from './text';

/**
 * Reads a bank's statement, whatever its name, format and encoding: camt.052, camt.053 or camt.054 of any version,
 * MT940, MT942 or BAI2. Throws BankFileFault.
 */
export function readStatement(bytes: Uint8Array): Reading {
  const text = decodeText(bytes);
  const { statements, doubts } = read(text);
  return { statements, doubts: [...doubts, ...statements.flatMap(sumsOf)] };
}

function read(text: string): Reading {
  if (/^\s*</.test(text)) return { statements: readCamt(text), doubts: [] };
  if (/^\s*01,/.test(text)) return readBai2(text);
  if (/^[\u0001\s]*(?:\{1:.*)?:(?:20|25P?|28C?|60[FM]|61):|^\s*\{4:/mu.test(text)) {
    return { statements: readMt940(text), doubts: [] };
  }
  const start = quote(text.trimStart().split('\n', 1)[0] ?? '');
  throw new BankFileFault(1, 'format', `${start} begins neither camt (XML), MT940 nor BAI2`);
}

/** A statement whose entries do not lead from its opening to its closing balance is read, but not believed. */
function sumsOf(statement: BankStatement): readonly Doubt[] {
  const { openingMinor, closingMinor, currency } = statement;
  if (openingMinor === null || closingMinor === null || currency === null) return [];
  const moved = statement.entries
    .filter((entry) => entry.booked && entry.currency === currency)
    .reduce((sum, entry) => sum + signedMinor(entry), 0n);
  const expected = openingMinor + moved;
  if (expected === closingMinor) return [];
  const show = (minor: bigint) => `${formatAmount(minor, currency)} ${currency}`;
  return [
    {
      line: statement.line,
      field: `closing balance of ${statement.account}`,
      reason: `is ${show(closingMinor)}, and opening balance and entries make ${show(expected)}`,
    },
  ];
}
