import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { sendOnce, type Answered } from '../http';
import { type Refused, type Unknown } from '../port';

const address = z.string().regex(/^https?:\/\//, 'must be an http(s) address');

/** Skrill's accounts have two addresses: where payers pay, and where we ask and pay out. */
export const ewalletSettings = z.strictObject({
  name: z.literal('ewallet'),
  checkoutUrl: address.describe('https://pay.skrill.com'),
  apiUrl: address.describe('https://www.skrill.com/app'),
  email: z.email(),
  merchantId: z.string().regex(/^\d+$/),
  /** Of the API and MQI; sent as its MD5. */
  password: z.string().min(1),
  secretWord: z.string().min(1),
  /** Where this installation takes the provider's messages: `https://…/webhooks/ewallet`. */
  callbackUrl: address,
  timeoutMs: z.number().int().min(100).exactOptional(),
});
export type EwalletSettings = z.output<typeof ewalletSettings>;

export function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}

/**
 * Seals our id of a refund, which comes back in its messages beside what the wallet signs: the wallet's signature does
 * not cover it, so without the seal a genuine message could be made to speak for another refund.
 */
export function sealOf(settings: EwalletSettings, operationId: string): string {
  return createHmac('sha256', settings.secretWord).update(`refund ${operationId}`).digest('hex');
}

export type Form = Readonly<Record<string, string>>;

/** Opens a session at the checkout. */
export function callCheckout(settings: EwalletSettings, form: Form) {
  return post(settings, settings.checkoutUrl, form);
}

/** `pay.pl`, `refund.pl` or `query.pl`; what is not the second step of two says who asks. */
export function callApi(settings: EwalletSettings, script: string, form: Form) {
  const { email, password, apiUrl } = settings;
  const who = 'sid' in form ? {} : { email, password: md5(password) };
  return post(settings, `${apiUrl}/${script}`, { ...form, ...who });
}

function post(
  settings: EwalletSettings,
  url: string,
  form: Form,
): Promise<Answered | Refused | Unknown> {
  return sendOnce('ewallet', {
    method: 'POST',
    url: new URL(url),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    timeoutMs: settings.timeoutMs ?? 20_000,
  });
}
