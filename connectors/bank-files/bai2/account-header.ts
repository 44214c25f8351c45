import { readImpliedDecimal } from '../amount';
import { BankFileFault, quote } from '../fault';
import { Fields, type Record } from './records';
import { closingLedger, openingLedger } from './type-codes';

export interface AccountHeader {
  readonly account: string;
  /** Empty when it is the group's. */
  readonly currency: string;
  readonly opening: bigint | null;
  readonly closing: bigint | null;
  /** Of all amounts, as the account's trailer adds them up. */
  readonly sum: bigint;
}

/** Reads a 03: the account, then codes with amount, count and funds type. Throws BankFileFault. */
export function readAccountHeader(record: Record): AccountHeader {
  const fields = new Fields(record);
  const account = fields.next();
  if (account === '') throw new BankFileFault(record.line, '03 account', 'is missing');
  const currency = fields.next();
  let opening: bigint | null = null;
  let closing: bigint | null = null;
  let sum = 0n;
  while (fields.more) {
    const code = fields.next();
    if (code === '') continue;
    if (!/^\d{3}$/.test(code)) {
      throw new BankFileFault(record.line, '03 type code', `${quote(code)} is not three digits`);
    }
    const text = fields.next();
    fields.next();
    skipFunds(fields, record, '03');
    if (text === '') continue;
    const amount = readImpliedDecimal(text, { line: record.line, field: `03 amount of ${code}` });
    sum += amount;
    if (code === openingLedger) opening = amount;
    if (code === closingLedger) closing = amount;
  }
  return { account, currency, opening, closing, sum };
}

/** No record distributes its funds over more days. */
const daysMax = 1000;

/**
 * Takes the funds type with what belongs to it: when the money is there, which is no matter of ours but for `V`.
 * @returns the value date as written, or undefined.
 */
export function skipFunds(fields: Fields, record: Record, name: string): string | undefined {
  const type = fields.next();
  switch (type) {
    case '':
    case '0':
    case '1':
    case '2':
    case 'Z':
      return undefined;
    case 'V': {
      const date = fields.next();
      fields.next();
      return date;
    }
    case 'S':
      for (let at = 0; at < 3; at += 1) fields.next();
      return undefined;
    case 'D': {
      const days = Number(fields.next());
      if (!(days >= 0 && days <= daysMax)) {
        throw new BankFileFault(record.line, `${name} funds type`, 'D has no number of days');
      }
      for (let at = 0; at < 2 * days; at += 1) fields.next();
      return undefined;
    }
    default:
      throw new BankFileFault(record.line, `${name} funds type`, `${quote(type)} is none`);
  }
}
