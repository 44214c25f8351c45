import { parseJson } from '../http';
import { sameSecret } from '../paid-by';
import { WebhookRejected, type WebhookHeaders, type WebhookMessage } from '../messages';
import { type XenditSettings } from './client';
import { eventSchema, paymentEventSchema, payoutOf, payoutSchema } from './wire';

/** The whole proof is a token that only Xendit and we know. */
export function verifyMessage(
  settings: XenditSettings,
  rawBody: Buffer,
  headers: WebhookHeaders,
): WebhookMessage {
  const token = headers['x-callback-token'];
  if (typeof token !== 'string' || !sameSecret(token, settings.callbackToken)) {
    throw new WebhookRejected('bad_signature', 'the token is not ours');
  }
  return readMessage(rawBody);
}

export function readMessage(rawBody: Buffer): WebhookMessage {
  const parsed = eventSchema.safeParse(parseJson(rawBody.toString('utf8')));
  if (!parsed.success) throw unreadable();
  const { event, created, data } = parsed.data;
  // An event has no id in its body; a thing comes to each of its states once.
  const base = { provider: 'xendit', eventId: `${event}/${data.id}`, occurredAt: created };
  switch (event) {
    case 'payment.succeeded':
    case 'payment.failed':
    case 'payment_method.expired':
      return paymentMessage(base, event, data);
    case 'payout.succeeded':
    case 'payout.failed':
    case 'payout.reversed': {
      const payout = payoutSchema.safeParse(data);
      if (!payout.success) throw unreadable();
      const operationId = payout.data.reference_id;
      return { ...base, type: 'payout_updated', operationId, ...payoutOf(payout.data) };
    }
    default:
      return { ...base, type: 'ignored', providerType: event };
  }
}

function paymentMessage(
  base: { readonly provider: string; readonly eventId: string; readonly occurredAt: Date },
  event: 'payment.succeeded' | 'payment.failed' | 'payment_method.expired',
  data: unknown,
): WebhookMessage {
  const parsed = paymentEventSchema.safeParse(data);
  // A method that belongs to no payment of ours expires, too.
  if (!parsed.success && event === 'payment_method.expired') {
    return { ...base, type: 'ignored', providerType: event };
  }
  if (!parsed.success) throw unreadable();
  const payment = {
    ...base,
    operationId: parsed.data.reference_id,
    providerRef: parsed.data.payment_request_id,
    amountMinor: parsed.data.amountMinor,
    currency: parsed.data.currency,
  };
  if (event === 'payment.succeeded') return { ...payment, type: 'payment_succeeded' };
  const final = event === 'payment_method.expired';
  const failureCode = parsed.data.failure_code ?? (final ? 'expired' : 'failed');
  return { ...payment, type: 'payment_failed', failureCode, final };
}

function unreadable(): WebhookRejected {
  return new WebhookRejected('bad_body', 'the event cannot be read');
}
