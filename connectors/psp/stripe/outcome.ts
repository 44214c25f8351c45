import Stripe from 'stripe';
import { refusedBy, unknown } from '../answers';
import { notConnected } from '../http';
import { type Refused, type Unknown } from '../port';
import { ConnectionLost } from './client';

/**
 * What a failed call means for the money. Only what Stripe says plainly is a refusal: a 4xx of the
 * request itself. A 5xx, a timeout, a lost or unreadable answer, or a key in use may have been done.
 */
export function classify(error: unknown): Refused | Unknown {
  const { errors } = Stripe;
  if (error instanceof errors.StripeConnectionError) return connectionOutcome(error.detail);
  if (error instanceof errors.StripeRateLimitError) {
    return refused('rate_limited', 'the provider is busy', true);
  }
  // The key was used before with other parameters: something was done under it.
  if (error instanceof errors.StripeIdempotencyError) return unknown('idempotency_key_reused');
  // 409: another request under this key, or on this object, is at work.
  if (error instanceof errors.StripeError && error.statusCode === 409) return unknown('status 409');
  if (
    error instanceof errors.StripeCardError ||
    error instanceof errors.StripeInvalidRequestError ||
    error instanceof errors.StripeAuthenticationError ||
    error instanceof errors.StripePermissionError
  ) {
    return refusedBy('stripe', error.code ?? error.rawType);
  }
  if (error instanceof errors.StripeError) return unknown(`status ${error.statusCode ?? 'unread'}`);
  throw error;
}

function connectionOutcome(detail: unknown): Refused | Unknown {
  const code = detail instanceof ConnectionLost ? detail.systemCode : 'UNKNOWN';
  return notConnected.has(code)
    ? refused('not_connected', `no connection to the provider (${code})`, true)
    : unknown(`no answer (${code})`);
}

function refused(code: string, reason: string, notSent: boolean): Refused {
  return { kind: 'refused', code, reason, notSent };
}
