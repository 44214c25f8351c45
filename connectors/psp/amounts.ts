import { InvalidAmount, parseAmount, UnknownCurrency } from '../../domain/money';
import { WebhookRejected } from './messages';

/** Minor units of what a provider wrote; undefined for anything but a decimal of the currency. */
export function minorOf(written: number | string, currency: string): bigint | undefined {
  try {
    return parseAmount(String(written), currency);
  } catch (error) {
    if (error instanceof InvalidAmount || error instanceof UnknownCurrency) return undefined;
    throw error;
  }
}

/** The same in a message. Throws WebhookRejected. */
export function minorInMessage(written: number | string, currency: string): bigint {
  const amount = minorOf(written, currency);
  if (amount === undefined) throw new WebhookRejected('bad_body', 'the amount cannot be read');
  return amount;
}
