import { z } from 'zod';
import { InvalidAmount, parseMoney, type Money } from '../../../domain/money';
import { malformed } from '../../../domain/problem';
import { currency } from '../../schemas';

/**
 * An amount as people type it: blanks between thousands, and a point or (before one or two last digits) a
 * comma. "1,000" is refused rather than read as one. Tokens have up to eighteen decimals; what a currency has not, is
 * refused by `moneyOf`.
 */
export const amount = z
  .string()
  .transform((text) => text.replace(/\s/g, '').replace(/,(\d{1,2})$/, '.$1'))
  .pipe(z.string().regex(/^\d{1,12}(\.\d{1,18})?$/, 'is not an amount such as 250.00'));

export const currencyField = currency;

/** Throws 400 at the field `amount` when it is zero or finer than the currency. */
export function moneyOf(text: string, code: string): Money {
  try {
    const money = parseMoney({ amount: text, currency: code });
    if (money.amountMinor > 0n) return money;
  } catch (error) {
    if (!(error instanceof InvalidAmount)) throw error;
    throw atAmount(error.message);
  }
  throw atAmount('must be above zero');
}

function atAmount(detail: string) {
  return malformed('The amount cannot be used.', [{ pointer: '/body/amount', detail }]);
}
