import { cryptoCurrencies, exponents, isoCurrencies, withdrawnExponents } from './currencies';

/**
 * Money is an integer of minor units with its currency. It never passes through a float;
 * on the wire it is `{ amount: "12.34", currency: "EUR" }`.
 */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Money as it stands in JSON: a decimal string in major units. */
export interface MoneyJson {
  readonly amount: string;
  readonly currency: string;
}

export class UnknownCurrency extends Error {
  override readonly name = 'UnknownCurrency';
  constructor(currency: string) {
    super(`"${currency}" is not a currency known here`);
  }
}

export class InvalidAmount extends Error {
  override readonly name = 'InvalidAmount';
}

/** Digits after the point of the currency, also of one that is no more. Throws UnknownCurrency. */
export function exponentOf(currency: string): number {
  const exponent = exponents.get(currency) ?? withdrawnExponents.get(currency);
  if (exponent === undefined) throw new UnknownCurrency(currency);
  return exponent;
}

/** Whether money can be held in it. */
export function isCurrency(text: string): boolean {
  return exponents.has(text);
}

/** Whether an amount in it can be read: also one of a currency that is no more. */
export function hasMinorUnits(currency: string): boolean {
  return isCurrency(currency) || withdrawnExponents.has(currency);
}

export const currencies: readonly string[] = [...isoCurrencies, ...cryptoCurrencies];

/** As many as `numeric(38,0)` keeps, those after the point among them. */
const digitsMax = 38;

/**
 * Parses a decimal string ("12.34", "-3", "1000") into minor units of the currency.
 * Throws InvalidAmount when it is no plain decimal or finer than the currency's minor unit.
 */
export function parseAmount(text: string, currency: string): bigint {
  const exponent = exponentOf(currency);
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new InvalidAmount(`"${text}" is not a decimal amount`);
  const [, sign = '', whole = '', fraction = ''] = match;
  if (whole.length + exponent > digitsMax)
    throw new InvalidAmount('the amount has too many digits');
  const kept = fraction.slice(0, exponent);
  if (/[1-9]/.test(fraction.slice(exponent))) {
    throw new InvalidAmount(`${currency} has ${exponent} digits after the point`);
  }
  const minor = BigInt(whole + kept.padEnd(exponent, '0'));
  return sign === '-' ? -minor : minor;
}

/** The decimal string of minor units: `formatAmount(1234n, 'EUR')` is `"12.34"`. */
export function formatAmount(amountMinor: bigint, currency: string): string {
  const exponent = exponentOf(currency);
  const negative = amountMinor < 0n;
  const digits = (negative ? -amountMinor : amountMinor).toString().padStart(exponent + 1, '0');
  const whole = exponent === 0 ? digits : digits.slice(0, -exponent);
  const fraction = exponent === 0 ? '' : `.${digits.slice(-exponent)}`;
  return `${negative ? '-' : ''}${whole}${fraction}`;
}

export function money(amountMinor: bigint, currency: string): Money {
  exponentOf(currency);
  return { amountMinor, currency };
}

export function parseMoney(json: MoneyJson): Money {
  return { amountMinor: parseAmount(json.amount, json.currency), currency: json.currency };
}

export function moneyJson(value: Money): MoneyJson {
  return { amount: formatAmount(value.amountMinor, value.currency), currency: value.currency };
}
