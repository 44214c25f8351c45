import { readImpliedDecimal } from '../amount';
import { readShortDay } from '../day';
import { BankFileFault, quote } from '../fault';
import type { StatementEntry } from '../statement';
import { skipFunds } from './account-header';
import { Fields, type Record } from './records';
import { directionOf, isNotice, isReversal } from './type-codes';

/** Reads a 16. It is an entry unless it only tells something. Throws BankFileFault. */
export function readDetail(
  record: Record,
  currency: string,
  asOf: string,
): { readonly amount: bigint; readonly entry: StatementEntry | null } {
  const fields = new Fields(record);
  const code = fields.next();
  const direction = directionOf(code);
  if (direction === undefined && !isNotice(code)) {
    const reason = `${quote(code)} is neither a credit nor a debit`;
    throw new BankFileFault(record.line, '16 type code', reason);
  }
  const amount = readAmount(fields.next(), record);
  const valueDate = skipFunds(fields, record, '16');
  const [bankReference, customerReference] = [fields.next(), fields.next()];
  if (direction === undefined) return { amount, entry: null };
  const entry = {
    amountMinor: amount,
    currency,
    direction,
    bookedOn: asOf,
    valuedOn: valueDate
      ? readShortDay(valueDate, { line: record.line, field: '16 value date' })
      : null,
    reversal: isReversal(code),
    booked: true,
    references: {
      ...(bankReference === '' ? {} : { bankReference }),
      ...(customerReference === '' ? {} : { customerReference }),
      bankTransactionCode: code,
    },
    parts: [],
    counterparty: {},
    remittance: fields.rest(),
    line: record.line,
  };
  return { amount, entry };
}

/** Nothing stands for zero. A sign is not foreseen: the code says which way it goes. */
function readAmount(text: string, record: Record): bigint {
  if (text === '') return 0n;
  const amount = readImpliedDecimal(text, { line: record.line, field: '16 amount' });
  if (amount >= 0n) return amount;
  throw new BankFileFault(record.line, '16 amount', `${quote(text)} is negative`);
}
