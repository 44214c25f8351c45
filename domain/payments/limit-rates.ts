import { exponentOf, formatAmount, type Money } from '../money';

/** What one unit of a currency counts for where limits are in another. The house sets it; it changes no money. */
export interface LimitRate {
  readonly from: string;
  readonly to: string;
  /** Decimal string, above zero. */
  readonly rate: string;
}

/** The amounts together in the currency of the limits, rounded up; null when one has no rate: people look at it then. */
export function countedIn(
  reference: string,
  rates: readonly LimitRate[],
  amounts: readonly Money[],
): string | null {
  let sum = 0n;
  for (const amount of amounts) {
    const counted = countedMinor(reference, rates, amount);
    if (counted === undefined) return null;
    sum += counted;
  }
  return formatAmount(sum, reference);
}

function countedMinor(
  reference: string,
  rates: readonly LimitRate[],
  { amountMinor, currency }: Money,
): bigint | undefined {
  if (currency === reference || amountMinor === 0n) return amountMinor;
  const rate = rates.find(({ from, to }) => from === currency && to === reference)?.rate;
  const [, whole = '', digits = ''] = /^(\d+)(?:\.(\d+))?$/.exec(rate ?? '') ?? [];
  if (whole === '') return undefined;
  const numerator = BigInt(`${whole}${digits}`) * 10n ** BigInt(exponentOf(reference));
  const denominator = 10n ** BigInt(digits.length + exponentOf(currency));
  // Up: a limit is never passed by what rounding leaves out.
  return (amountMinor * numerator + denominator - 1n) / denominator;
}
