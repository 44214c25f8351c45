import { createHmac, timingSafeEqual } from 'node:crypto';

/** The header both sides sign with: `t=<unix seconds>,v1=<hex HMAC-SHA256>`. */
export const signatureHeader = 'x-bank-signature';

const toleranceSeconds = 300;

/** Signs a request over `t.METHOD.target.body`, so that no part of it can be another's. */
export function signRequest(
  key: string,
  request: { readonly method: string; readonly target: string; readonly body: string },
  now: Date,
): string {
  const at = Math.floor(now.getTime() / 1000);
  const content = `${at}.${request.method}.${request.target}.${request.body}`;
  return `t=${at},v1=${hmac(key, Buffer.from(content, 'utf8')).toString('hex')}`;
}

/** Whether the bank signed these bytes (over `t.webhook.body`) within the last five minutes. */
export function webhookSignatureHolds(
  key: string,
  header: string,
  rawBody: Buffer,
  now: Date,
): boolean {
  const [, at, given] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (at === undefined || given === undefined) return false;
  if (Math.abs(now.getTime() / 1000 - Number(at)) > toleranceSeconds) return false;
  const expected = hmac(key, Buffer.concat([Buffer.from(`${at}.webhook.`), rawBody]));
  return timingSafeEqual(expected, Buffer.from(given, 'hex'));
}

function hmac(key: string, content: Buffer): Buffer {
  return createHmac('sha256', key).update(content).digest();
}
