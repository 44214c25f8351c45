import type { Direction } from '../statement';

/** Balances of the ledger among the status codes; what is available includes float. */
export const openingLedger = '010';
export const closingLedger = '015';

/**
 * Which way a detail code goes (BAI2, appendix A): 100–399 credits, 400–699 debits, loans from 700, custom codes of
 * the bank from 920. Undefined for codes that move nothing.
 */
export function directionOf(code: string): Direction | undefined {
  if (!/^\d{3}$/.test(code)) return undefined;
  const number = Number(code);
  if (within(number, 100, 399) || within(number, 700, 759) || within(number, 920, 959)) {
    return 'credit';
  }
  if (within(number, 400, 699) || within(number, 760, 799) || within(number, 960, 999)) {
    return 'debit';
  }
  return number === 828 ? 'debit' : number === 827 || number === 829 ? 'credit' : undefined;
}

/** Debit, ACH, check, credit and deposit reversals. */
const reversals = new Set(['252', '258', '395', '552', '558', '694']);

export function isReversal(code: string): boolean {
  return reversals.has(code);
}

/** Tells something and moves no money: a notice, or a status of the bank's own. */
export function isNotice(code: string): boolean {
  return /^(?:890|90\d|91\d)$/.test(code);
}

function within(number: number, from: number, to: number): boolean {
  return number >= from && number <= to;
}
