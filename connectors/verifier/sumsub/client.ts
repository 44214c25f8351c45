import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { sendOnce, type Answered } from '../../psp/http';
import type { Refused, Unknown } from '../../psp/port';

const address = z.string().regex(/^https?:\/\//, 'must be an http(s) address');

export const sumsubSettings = z.strictObject({
  /** As steps of verification name it, and the end of its webhooks' address: `/webhooks/<name>`. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{1,39}$/)
    .default('sumsub'),
  kind: z.literal('sumsub'),
  apiUrl: address.describe('https://api.sumsub.com'),
  appToken: z.string().min(1),
  secretKey: z.string().min(16),
  webhookSecret: z.string().min(16),
  timeoutMs: z.number().int().min(100).exactOptional(),
});
export type SumsubSettings = z.output<typeof sumsubSettings>;

export interface SumsubCall {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly target: string;
  readonly contentType?: string;
  readonly body?: Buffer<ArrayBuffer>;
}

/** Sends one request, signed over its time, method, target and bytes. */
export function callSumsub(
  { apiUrl, appToken, secretKey, timeoutMs = 15_000 }: SumsubSettings,
  { method, target, contentType, body }: SumsubCall,
): Promise<Answered | Refused | Unknown> {
  const at = String(Math.floor(Date.now() / 1000));
  const signed = createHmac('sha256', secretKey).update(`${at}${method}${target}`);
  if (body) signed.update(body);
  return sendOnce('sumsub', {
    method,
    url: new URL(`${apiUrl}${target}`),
    headers: {
      accept: 'application/json',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      'x-app-token': appToken,
      'x-app-access-ts': at,
      'x-app-access-sig': signed.digest('hex'),
    },
    ...(body === undefined ? {} : { body }),
    timeoutMs,
  });
}
