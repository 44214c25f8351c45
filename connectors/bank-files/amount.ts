import { hasMinorUnits, InvalidAmount, parseAmount } from '../../domain/money';
import { BankFileFault, quote } from './fault';

export interface Place {
  readonly line: number;
  readonly field: string;
}

/** A currency whose minor units are known. Throws BankFileFault. */
export function readCurrency(text: string, place: Place): string {
  const currency = text.trim();
  if (hasMinorUnits(currency)) return currency;
  throw new BankFileFault(place.line, place.field, `${quote(currency)} is no currency known here`);
}

/** As `readDecimal`, and negative with a minus in front, which some banks write for a balance. */
export function readSignedDecimal(text: string, currency: string, place: Place): bigint {
  const [, minus, digits = ''] = /^\s*(-?)(.*)$/s.exec(text) ?? [];
  const minor = readDecimal(digits, currency, place);
  return minus ? -minor : minor;
}

/** A decimal with a point, as XML writes it: `12.34`, `+5`, `.5`. Throws BankFileFault. */
export function readDecimal(text: string, currency: string, place: Place): bigint {
  const match = /^\+?(\d*)(?:\.(\d*))?$/.exec(text.trim());
  const [, whole = '', fraction = ''] = match ?? [];
  if (!match || whole + fraction === '') {
    throw notAnAmount(text, place);
  }
  return minorUnits(`${whole || '0'}${fraction && `.${fraction}`}`, currency, place);
}

/** A decimal with a comma, as SWIFT writes it: `12,34`, `1000,`. Throws BankFileFault. */
export function readCommaDecimal(text: string, currency: string, place: Place): bigint {
  if (!/^\d*[.,]?\d*$/.test(text)) throw notAnAmount(text, place);
  return readDecimal(text.replace(',', '.'), currency, place);
}

/** Digits whose last ones are the minor units, as BAI2 writes them. Throws BankFileFault. */
export function readImpliedDecimal(text: string, place: Place): bigint {
  const match = /^([+-]?)(\d{1,30})$/.exec(text.trim());
  const [, sign, digits] = match ?? [];
  if (digits === undefined) {
    throw notAnAmount(text, place);
  }
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

function notAnAmount(text: string, place: Place): BankFileFault {
  return new BankFileFault(place.line, place.field, `${quote(text.trim())} is not an amount`);
}

function minorUnits(decimal: string, currency: string, place: Place): bigint {
  try {
    return parseAmount(decimal, currency);
  } catch (error) {
    if (error instanceof InvalidAmount) {
      throw new BankFileFault(place.line, place.field, error.message);
    }
    throw error;
  }
}
