import { readCommaDecimal } from '../amount';
import { readDayNear, readShortDay } from '../day';
import { BankFileFault, quote } from '../fault';
import type { Direction, References, StatementEntry } from '../statement';
import type { Field } from './fields';

/** What a `:61:` says by itself; its `:86:` adds who and why. */
export interface StatementLine {
  readonly entry: Omit<StatementEntry, 'counterparty' | 'remittance'>;
  /** The second line, or empty. */
  readonly supplement: string;
}

/**
 * `YYMMDD[MMDD]<mark>[funds]<amount><type><reference>[//<bank reference>]`, where the mark is C, D, RC, RD and in
 * interim reports EC, ED; `CR` is a credit with the third letter of EUR behind it, `RC` a credit taken back.
 */
const line =
  /^(\d{6})(\d{4})?\s*(R[CD]|E[CD]|[CD])([A-Z])?\s*(\d+(?:[.,]\d*)?|,\d+)(?![\d.,])(.*)$/is;

/** Throws BankFileFault. */
export function readStatementLine(field: Field, currency: string): StatementLine {
  const [text, ...supplement] = field.lines;
  const [, valueDay, entryDay, mark, , amount, rest] = line.exec(text.trim()) ?? [];
  if (valueDay === undefined || mark === undefined || amount === undefined) {
    throw new BankFileFault(field.line, ':61', reasonOf(text));
  }
  const valuedOn = readShortDay(valueDay, { line: field.line, field: ':61: value date' });
  const bookedOn = entryDay
    ? readDayNear(entryDay, valuedOn, { line: field.line, field: ':61: entry date' })
    : valuedOn;
  const { direction, reversal } = meaningOf(mark.toUpperCase());
  const place = { line: field.line, field: ':61: amount' };
  return {
    entry: {
      amountMinor: readCommaDecimal(amount, currency, place),
      currency,
      direction,
      bookedOn,
      valuedOn,
      reversal,
      booked: !/^E/i.test(mark),
      references: referencesIn(rest ?? ''),
      parts: [],
      line: field.line,
    },
    supplement: supplement.join(' ').replace(/\s+/g, ' ').trim(),
  };
}

/** A credit that is taken back is a debit of the account, and the other way round. */
function meaningOf(mark: string): { direction: Direction; reversal: boolean } {
  const reversal = mark.startsWith('R');
  const credit = mark.endsWith('C') !== reversal;
  return { direction: credit ? 'credit' : 'debit', reversal };
}

/** `NTRF<customer reference>//<bank reference>`. The type is a letter and three more; some pad it with a space. */
function referencesIn(rest: string): References {
  const [, type = '', behind = ''] = /^((?!NONREF)[A-Z][A-Z0-9 ]{2,3})?(.*)$/s.exec(rest) ?? [];
  const slashes = behind.indexOf('//');
  const customer = (slashes < 0 ? behind : behind.slice(0, slashes)).trim();
  const bank = slashes < 0 ? '' : behind.slice(slashes + 2).trim();
  return {
    ...(customer === '' ? {} : { customerReference: customer }),
    ...(bank === '' ? {} : { bankReference: bank }),
    ...(type.trim() === '' ? {} : { bankTransactionCode: type.trim() }),
  };
}

/** Which part of the line is not as it should be. */
function reasonOf(text: string): string {
  if (!/^\d{6}/.test(text)) return `${quote(text)} does not begin with a value date`;
  if (!/^\d{6}(\d{4})?\s*(R[CD]|E[CD]|[CD])/i.test(text)) {
    return `${quote(text)} has no C, D, RC or RD after its dates`;
  }
  return `${quote(text)} has no amount like 12,34 after its mark`;
}
