import { exponentOf, InvalidAmount } from '../../../domain/money';

/**
 * An integer of 10^-moneyDigits as minor units of the currency. Throws InvalidAmount when it is finer than the
 * currency: rounding here would lose or make money.
 */
export function minorOf(value: bigint, moneyDigits: number, currency: string): bigint {
  const exponent = exponentOf(currency);
  if (moneyDigits <= exponent) return value * 10n ** BigInt(exponent - moneyDigits);
  const step = 10n ** BigInt(moneyDigits - exponent);
  if (value % step !== 0n) {
    throw new InvalidAmount(`${currency} has ${exponent} digits after the point`);
  }
  return value / step;
}

const priceDigitsMax = 10;

/** A price that came as a double, as a plain decimal string: `1.0977`. */
export function priceText(value: number): string {
  return value.toFixed(priceDigitsMax).replace(/0+$/, '').replace(/\.$/, '');
}

/** A price as an integer of 1e-10. */
export function scaledPrice(value: number): bigint {
  return BigInt(value.toFixed(priceDigitsMax).replace('.', ''));
}

/** One lot in units of `Deal.volume`. */
const lot = 100_000_000n;

/** A volume in hundredths of a unit, as 1e-8 lots of the symbol's size. */
export function lotVolume(volume: bigint, lotSize: bigint): bigint {
  return lotSize <= 0n ? 0n : (volume * lot + lotSize / 2n) / lotSize;
}
