import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';

export interface StripeConfig {
  /** Which of the installation's accounts at Stripe it is; `stripe` unless said. */
  readonly name?: 'stripe' | 'stripe_2';
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** Base of the page where a payer pays; the payment's id and client secret are appended. */
  readonly checkoutUrl: string;
  /** The API's origin; without it, Stripe's own. */
  readonly apiUrl?: string;
  readonly timeoutMs?: number;
}

/** The version every call and webhook is read in; a newer one is a change of this code. */
export const apiVersion = '2026-10-28.endive';

/**
 * Hides a closed connection from the SDK, which would otherwise send the request a second time
 * by itself, whatever `maxNetworkRetries` says. What became of the first is for the look-up to find.
 */
function sendOnce(inner: Stripe.HttpClient): Stripe.HttpClient {
  return {
    getClientName: () => inner.getClientName(),
    makeRequest: async (...request) => {
      try {
        return await inner.makeRequest(...request);
      } catch (error) {
        throw new ConnectionLost(codeOf(error));
      }
    },
  };
}

/** A request that got no answer. `cause` is the system's code, which the SDK does not look at. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  constructor(readonly systemCode: string) {
    super(systemCode);
  }
}

function codeOf(error: unknown): string {
  const known = typeof error === 'object' && error !== null && 'code' in error;
  return known && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

export function stripeClient(config: StripeConfig): Stripe {
  const url = new URL(config.apiUrl ?? 'https://api.stripe.com');
  const secure = url.protocol === 'https:';
  // A kept-alive socket that the server closes meanwhile would make an outcome unknown for nothing.
  const agent = secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  return new Stripe(config.secretKey, {
    apiVersion,
    host: url.hostname,
    port: url.port === '' ? (secure ? 443 : 80) : url.port,
    protocol: secure ? 'https' : 'http',
    httpClient: sendOnce(Stripe.createNodeHttpClient(agent)),
    maxNetworkRetries: 0,
    timeout: config.timeoutMs ?? 20_000,
    telemetry: false,
  });
}
