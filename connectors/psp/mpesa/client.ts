import { z } from 'zod';
import { notSent, parseJson, sendOnce, type Answered, type HttpRequest } from '../http';
import { type Refused, type Unknown } from '../port';

const address = z.string().regex(/^https?:\/\//, 'must be an http(s) address');
const secret = z.string().min(1);

export const mpesaSettings = z.strictObject({
  name: z.literal('mpesa'),
  apiUrl: address.describe('https://api.safaricom.co.ke'),
  consumerKey: secret,
  consumerSecret: secret,
  /** The pay bill number. */
  shortCode: z.string().regex(/^\d{5,7}$/),
  passKey: secret,
  initiatorName: secret,
  /** The initiator's password under Safaricom's certificate. */
  securityCredential: secret,
  /** Where this installation takes the results: `https://…/webhooks/mpesa`. */
  callbackUrl: address,
  /** Seals the addresses that results are sent to; 32 characters or more of chance. */
  callbackSecret: z.string().min(32),
  timeoutMs: z.number().int().min(100).exactOptional(),
});
export type MpesaSettings = z.output<typeof mpesaSettings>;

const tokenSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().int().positive(),
});

/** A token is not used in its last minute. */
const marginMs = 60_000;

/** Requests under a token that is asked for when it is needed, and kept for its hour. */
export class MpesaClient {
  readonly #settings: MpesaSettings;
  #token: { readonly value: string; readonly untilMs: number } | undefined;

  constructor(settings: MpesaSettings) {
    this.#settings = settings;
  }

  /** Sends it once. A token that is no longer taken is replaced, and only then the request is sent again. */
  async post(
    path: string,
    body: object,
    options: Pick<HttpRequest, 'reads500'> = {},
  ): Promise<Answered | Refused | Unknown> {
    const reply = await this.#send(path, body, options);
    if (reply.kind !== 'answered' || reply.status !== 401) return reply;
    this.#token = undefined;
    const again = await this.#send(path, body, options);
    if (again.kind !== 'answered' || again.status !== 401) return again;
    // What it does not let in it has not looked at.
    return notSent('unauthorised', 'mpesa takes no token');
  }

  async #send(
    path: string,
    body: object,
    options: Pick<HttpRequest, 'reads500'>,
  ): Promise<Answered | Refused | Unknown> {
    const token = await this.#currentToken();
    if (typeof token !== 'string') return token;
    return sendOnce('mpesa', {
      method: 'POST',
      url: new URL(`${this.#settings.apiUrl}${path}`),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      timeoutMs: this.#timeoutMs,
      ...options,
    });
  }

  /** Without a token nothing was sent, whatever kept us from it: the payment itself was refused by nobody. */
  async #currentToken(): Promise<string | Refused> {
    if (this.#token && this.#token.untilMs > Date.now()) return this.#token.value;
    const { apiUrl, consumerKey, consumerSecret } = this.#settings;
    const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
    const reply = await sendOnce('mpesa', {
      method: 'GET',
      url: new URL(`${apiUrl}/oauth/v1/generate?grant_type=client_credentials`),
      headers: { authorization: `Basic ${basic}` },
      timeoutMs: this.#timeoutMs,
    });
    if (reply.kind === 'unknown') return notSent('no_token', reply.reason);
    if (reply.kind === 'refused') return reply;
    const parsed = tokenSchema.safeParse(parseJson(reply.text));
    if (!parsed.success) return notSent('no_token', 'mpesa gives no token');
    const { access_token: value, expires_in: seconds } = parsed.data;
    this.#token = { value, untilMs: Date.now() + seconds * 1000 - marginMs };
    return value;
  }

  get #timeoutMs(): number {
    return this.#settings.timeoutMs ?? 20_000;
  }
}

/** YYYYMMDDHHmmss of Nairobi, which keeps UTC+3 all year. */
export function timestampOf(now: Date): string {
  const there = new Date(now.getTime() + 3 * 3_600_000);
  return there.toISOString().replaceAll(/\D/g, '').slice(0, 14);
}

/** Daraja: base64 of short code, pass key and timestamp. */
export function passwordOf(settings: MpesaSettings, timestamp: string): string {
  return Buffer.from(`${settings.shortCode}${settings.passKey}${timestamp}`).toString('base64');
}
