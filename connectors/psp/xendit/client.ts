import { z } from 'zod';
import { parseJson, sendOnce } from '../http';
import { refusedBy } from '../answers';
import { type Refused, type Unknown } from '../port';

const address = z.string().regex(/^https?:\/\//, 'must be an http(s) address');

export const xenditSettings = z.strictObject({
  name: z.literal('xendit'),
  apiUrl: address.describe('https://api.xendit.co'),
  secretKey: z.string().min(1),
  /** The token of the dashboard's webhook settings. */
  callbackToken: z.string().min(16),
  timeoutMs: z.number().int().min(100).exactOptional(),
});
export type XenditSettings = z.output<typeof xenditSettings>;

const errorSchema = z.object({ error_code: z.string().min(1) });

export interface Read {
  readonly kind: 'read';
  readonly body: unknown;
}

/** Sends one request, once; a write carries its key. A conflict of keys may be the request itself, under way. */
export async function callXendit(
  settings: XenditSettings,
  { method, path, key, payload }: XenditCall,
): Promise<Read | Refused | Unknown> {
  const basic = Buffer.from(`${settings.secretKey}:`).toString('base64');
  const reply = await sendOnce('xendit', {
    method,
    url: new URL(`${settings.apiUrl}${path}`),
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${basic}`,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    timeoutMs: settings.timeoutMs ?? 20_000,
  });
  if (reply.kind !== 'answered') return reply;
  const body = parseJson(reply.text);
  if (reply.status < 400 && body !== undefined) return { kind: 'read', body };
  const error = errorSchema.safeParse(body);
  if (!error.success || reply.status === 409) {
    const reason = error.success ? error.data.error_code : `status ${reply.status}`;
    return { kind: 'unknown', reason };
  }
  return refusedBy('xendit', error.data.error_code);
}

interface XenditCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly key?: string;
  readonly payload?: object;
}
