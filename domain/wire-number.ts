import { formatAmount } from './money';

/** An amount that a JSON number cannot say to the last unit: nothing may be sent of it. */
export class AmountNotExact extends Error {
  override readonly name = 'AmountNotExact';
  constructor() {
    super('the amount has more digits than a number keeps');
  }
}

/** Of a decimal with this many digits, IEEE 754 keeps each one. */
const exactBelow = 10n ** 15n;

/** For a wire that counts minor units in a JSON number. Throws AmountNotExact. */
export function minorNumber(amountMinor: bigint): number {
  if (amountMinor >= exactBelow || amountMinor <= -exactBelow) throw new AmountNotExact();
  return Number(amountMinor);
}

/** For a wire that takes major units as a JSON number: `majorNumber(1234n, 'EUR')` is 12.34. Throws AmountNotExact. */
export function majorNumber(amountMinor: bigint, currency: string): number {
  minorNumber(amountMinor);
  return Number(formatAmount(amountMinor, currency));
}
