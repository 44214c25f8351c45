import { createHash } from 'node:crypto';
import { type CardDetails, type CardError } from './objects';

export interface CardInput {
  readonly number: string;
  readonly expMonth: number;
  readonly expYear: number;
  /** As it stands on the card; payers may leave it out. */
  readonly name?: string | undefined;
}

export type CardVerdict =
  | { readonly kind: 'invalid'; readonly error: CardError }
  | { readonly kind: 'declined'; readonly details: CardDetails; readonly error: CardError }
  | { readonly kind: 'approved'; readonly details: CardDetails };

/** The published test numbers that are declined: https://docs.stripe.com/testing#declined-payments */
const declines: Readonly<Record<string, readonly [code: string, declineCode: string]>> = {
  '4000000000000002': ['card_declined', 'generic_decline'],
  '4000000000009995': ['card_declined', 'insufficient_funds'],
  '4000000000009987': ['card_declined', 'lost_card'],
  '4000000000000069': ['expired_card', 'expired_card'],
  '4000000000000127': ['incorrect_cvc', 'incorrect_cvc'],
};

const countries: Readonly<Record<string, string>> = {
  '4000008260000000': 'GB',
  '4000002760000016': 'DE',
  '4000002500000003': 'FR',
  '4000007240000007': 'ES',
  '4000003800000008': 'IT',
};

/** Test tokens that stand for a card: https://docs.stripe.com/testing#cards */
export const cardTokens: Readonly<Record<string, string>> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_amex: '378282246310005',
  pm_card_chargeDeclined: '4000000000000002',
  pm_card_chargeDeclinedInsufficientFunds: '4000000000009995',
};

/** What the issuer says to a charge of the card at the time. */
export function judgeCard(input: CardInput, nowMs: number): CardVerdict {
  const number = input.number.replaceAll(/[\s-]/g, '');
  if (!/^\d{12,19}$/.test(number) || !luhnHolds(number)) {
    return invalid('incorrect_number', 'Your card number is incorrect.');
  }
  if (!Number.isInteger(input.expMonth) || input.expMonth < 1 || input.expMonth > 12) {
    return invalid('invalid_expiry_month', "Your card's expiration month is invalid.");
  }
  const expYear = input.expYear < 100 ? 2000 + input.expYear : input.expYear;
  if (!Number.isInteger(expYear) || expYear > 2100 || Date.UTC(expYear, input.expMonth) <= nowMs) {
    return invalid('invalid_expiry_year', "Your card's expiration year is invalid.");
  }
  const details = describe(number, input.expMonth, expYear);
  const decline = declines[number];
  if (!decline) return { kind: 'approved', details };
  const [code, declineCode] = decline;
  const message = code === 'expired_card' ? 'Your card has expired.' : 'Your card was declined.';
  return {
    kind: 'declined',
    details,
    error: { type: 'card_error', code, decline_code: declineCode, message },
  };
}

function invalid(code: string, message: string): CardVerdict {
  return { kind: 'invalid', error: { type: 'card_error', code, message } };
}

function describe(number: string, expMonth: number, expYear: number): CardDetails {
  const brand = brandOf(number);
  return {
    brand,
    country: countries[number] ?? 'US',
    exp_month: expMonth,
    exp_year: expYear,
    fingerprint: fingerprintOf(number),
    funding: 'credit',
    last4: number.slice(-4),
    network: brand,
  };
}

/** One number has one fingerprint, whatever its expiry: that is how a returned card is known again. */
function fingerprintOf(number: string): string {
  const digest = createHash('sha256').update(`card fingerprint ${number}`).digest('base64url');
  return digest.replaceAll(/[-_]/g, 'x').slice(0, 16);
}

function brandOf(number: string): string {
  if (number.startsWith('4')) return 'visa';
  if (/^3[47]/.test(number)) return 'amex';
  if (/^(5[1-5]|2[2-7])/.test(number)) return 'mastercard';
  return 'unknown';
}

function luhnHolds(number: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...number].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
