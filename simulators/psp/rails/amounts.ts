/** Digits after the point of the currencies that the simulated providers take. */
const digits: Readonly<Record<string, number>> = {
  JPY: 0,
  VND: 0,
  KWD: 3,
  BHD: 3,
  USDT: 6,
  USDC: 6,
};

/** `1234` minor units of EUR are `12.34`. */
export function major(amountMinor: string, currency: string): string {
  const after = digits[currency] ?? 2;
  if (after === 0) return amountMinor;
  const padded = amountMinor.padStart(after + 1, '0');
  return `${padded.slice(0, -after)}.${padded.slice(-after)}`;
}

/** Minor units of a positive decimal; undefined when it is none, or finer than the currency. */
export function minor(text: string, currency: string): string | undefined {
  const after = digits[currency] ?? 2;
  const [, whole = '', fraction = ''] = /^(\d{1,15})(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === '' || /[1-9]/.test(fraction.slice(after))) return undefined;
  const value = BigInt(whole + fraction.slice(0, after).padEnd(after, '0'));
  return value > 0n ? value.toString() : undefined;
}
