import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Signer } from './webhooks';

/** Stripe's scheme: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">` (docs.stripe.com/webhooks/signature). */
export function signStripeWebhook(secret: string, body: string, nowMs: number): string {
  const at = Math.floor(nowMs / 1000);
  return `t=${at},v1=${hmac(secret, `${at}.${body}`)}`;
}

/** The bank's webhooks: as above, over `t.webhook.body`. */
export function signBankWebhook(key: string, body: string, nowMs: number): string {
  const at = Math.floor(nowMs / 1000);
  return `t=${at},v1=${hmac(key, `${at}.webhook.${body}`)}`;
}

/** As both deliver their webhooks; the key that signs a forged one is somebody else's. */
export function stripeSigner(secret: string): Signer {
  return ({ body }, forged, nowMs) => ({
    headers: {
      'stripe-signature': signStripeWebhook(forged ? 'whsec_somebody_else' : secret, body, nowMs),
    },
  });
}

export function bankSigner(key: string): Signer {
  return ({ body }, forged, nowMs) => ({
    headers: { 'x-bank-signature': signBankWebhook(forged ? 'somebody else' : key, body, nowMs) },
  });
}

const toleranceSeconds = 300;

export interface SignedRequest {
  readonly method: string;
  readonly target: string;
  readonly raw: Buffer;
}

/** A request to the bank is signed over `t.METHOD.target.body` and is good for five minutes. */
export function bankSignatureHolds(
  key: string,
  header: string,
  request: SignedRequest,
  nowMs: number,
): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header);
  const [, at = '', given = ''] = match ?? [];
  if (!match || Math.abs(nowMs / 1000 - Number(at)) > toleranceSeconds) return false;
  const content = `${at}.${request.method}.${request.target}.${request.raw.toString('utf8')}`;
  return timingSafeEqual(Buffer.from(hmac(key, content), 'hex'), Buffer.from(given, 'hex'));
}

function hmac(key: string, content: string): string {
  return createHmac('sha256', key).update(content, 'utf8').digest('hex');
}
