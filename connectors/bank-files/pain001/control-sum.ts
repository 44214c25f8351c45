import { exponentOf } from '../../../domain/money';
import type { Transfer } from './credit-transfer';

/** The sum of all amounts whatever their currency, as the standard wants it: 10 EUR and 10 JPY are 20. */
export function controlSum(transfers: readonly Transfer[]): string {
  const digits = Math.max(...transfers.map(({ currency }) => exponentOf(currency)));
  const sum = transfers.reduce((total, { amountMinor, currency }) => {
    return total + amountMinor * 10n ** BigInt(digits - exponentOf(currency));
  }, 0n);
  const text = sum.toString().padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
