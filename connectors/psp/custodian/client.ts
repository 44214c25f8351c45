import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { parseJson, sendOnce } from '../http';
import { sameSecret } from '../paid-by';
import { refusedBy } from '../answers';
import { type Refused, type Unknown } from '../port';

/** The header both sides sign with: `t=<unix seconds>,v1=<hex HMAC-SHA256>`. */
export const signatureHeader = 'x-custodian-signature';

const toleranceSeconds = 300;

export const custodianSettings = z.strictObject({
  name: z.literal('custodian'),
  apiUrl: z.string().regex(/^https?:\/\//, 'must be an http(s) address'),
  key: z.string().min(16),
  /** The legal name under which this installation sends (FATF recommendation 16). */
  originator: z.string().min(1),
  timeoutMs: z.number().int().min(100).exactOptional(),
});
export type CustodianSettings = z.output<typeof custodianSettings>;

const errorSchema = z.object({ error: z.object({ code: z.string().min(1) }) });

/** `taken`: the reference was used before. */
export type CustodianReply =
  | { readonly kind: 'read'; readonly body: unknown }
  | { readonly kind: 'taken' }
  | Refused
  | Unknown;

export async function callCustodian(
  settings: CustodianSettings,
  { method, target, payload }: { method: 'GET' | 'POST'; target: string; payload?: object },
): Promise<CustodianReply> {
  const url = new URL(`${settings.apiUrl}${target}`);
  const body = payload === undefined ? '' : JSON.stringify(payload);
  const at = Math.floor(Date.now() / 1000);
  const signed = `${at}.${method}.${url.pathname}${url.search}.${body}`;
  const reply = await sendOnce('custodian', {
    method,
    url,
    headers: {
      'content-type': 'application/json',
      [signatureHeader]: `t=${at},v1=${hmac(settings.key, Buffer.from(signed, 'utf8'))}`,
    },
    ...(payload === undefined ? {} : { body }),
    timeoutMs: settings.timeoutMs ?? 20_000,
  });
  if (reply.kind !== 'answered') return reply;
  const read = parseJson(reply.text);
  if (reply.status < 400 && read !== undefined) return { kind: 'read', body: read };
  const error = errorSchema.safeParse(read);
  // A refusal that does not say what it refuses may come from something in between.
  if (!error.success) return { kind: 'unknown', reason: `status ${reply.status}` };
  const { code } = error.data.error;
  return code === 'duplicate_reference' ? { kind: 'taken' } : refusedBy('custodian', code);
}

/** Whether the custodian signed these bytes within the last five minutes. */
export function messageHolds(
  settings: CustodianSettings,
  header: string,
  rawBody: Buffer,
): boolean {
  const [, at, given] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (at === undefined || given === undefined) return false;
  if (Math.abs(Date.now() / 1000 - Number(at)) > toleranceSeconds) return false;
  return sameSecret(
    given,
    hmac(settings.key, Buffer.concat([Buffer.from(`${at}.webhook.`), rawBody])),
  );
}

function hmac(key: string, content: Buffer): string {
  return createHmac('sha256', key).update(content).digest('hex');
}
