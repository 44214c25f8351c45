import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseJson, sendOnce } from '../http';
import { refusedBy } from '../answers';
import { type Refused, type Unknown } from '../port';

const address = z.string().regex(/^https?:\/\//, 'must be an http(s) address');

export const fawrySettings = z.strictObject({
  name: z.literal('fawry'),
  apiUrl: address.describe('https://www.atfawry.com'),
  merchantCode: z.string().min(1),
  secureKey: z.string().min(1),
  timeoutMs: z.number().int().min(100).exactOptional(),
});
export type FawrySettings = z.output<typeof fawrySettings>;

const statusSchema = z.looseObject({ statusCode: z.coerce.number().int() });

/** `ok` for statusCode 200; FawryPay says no with HTTP 200 and a code of its own. */
export type FawryReply =
  { readonly kind: 'ok' | 'no'; readonly code: number; readonly body: unknown } | Refused | Unknown;

export async function callFawry(
  settings: FawrySettings,
  { method, path, payload }: { method: 'GET' | 'POST'; path: string; payload?: object },
): Promise<FawryReply> {
  const reply = await sendOnce('fawry', {
    method,
    url: new URL(`${settings.apiUrl}${path}`),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
    timeoutMs: settings.timeoutMs ?? 20_000,
  });
  if (reply.kind !== 'answered') return reply;
  const parsed = statusSchema.safeParse(parseJson(reply.text));
  if (!parsed.success) return { kind: 'unknown', reason: `status ${reply.status}` };
  const { statusCode: code } = parsed.data;
  return { kind: code === 200 ? 'ok' : 'no', code, body: parsed.data };
}

export function refusedByFawry(code: number): Refused {
  return refusedBy('fawry', `fawry_${code}`);
}

/** The fields one after the other, then the key: SHA-256, in hex. */
export function signatureOf(fields: readonly string[], secureKey: string): string {
  return createHash('sha256')
    .update(`${fields.join('')}${secureKey}`, 'utf8')
    .digest('hex');
}
