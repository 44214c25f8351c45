/** Money as integers of the account currency's minor unit. Every currency of this server has two digits. */
export const CURRENCY_DIGITS = 2;
const DECIMAL = /^([+-]?)(\d{1,15})(?:\.(\d{1,12}))?$/;

/** Reads a decimal string; digits beyond the currency's are rounded half away from zero, as MT5 does. Null if not a number. */
export function parseMinor(text: string): bigint | null {
  const match = DECIMAL.exec(text.trim());
  if (!match) return null;
  const [, sign = '', whole = '0', fraction = ''] = match;
  const scaled = BigInt(whole + fraction.padEnd(12, '0'));
  const minor = divideRounded(scaled, 10n ** BigInt(12 - CURRENCY_DIGITS));
  return sign === '-' ? -minor : minor;
}

/** `formatMinor(-1234n)` is `"-12.34"`. */
export function formatMinor(minor: bigint, digits = CURRENCY_DIGITS): string {
  const sign = minor < 0n ? '-' : '';
  const text = (minor < 0n ? -minor : minor).toString().padStart(CURRENCY_DIGITS + 1, '0');
  const cut = text.length - CURRENCY_DIGITS;
  return `${sign}${text.slice(0, cut)}.${text.slice(cut).padEnd(digits, '0')}`;
}

/** Integer division rounded half away from zero; `divisor` must be positive. */
export function divideRounded(value: bigint, divisor: bigint): bigint {
  const half = divisor / 2n;
  return value < 0n ? -((-value + half) / divisor) : (value + half) / divisor;
}
