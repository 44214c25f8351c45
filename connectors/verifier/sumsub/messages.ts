import { createHash, createHmac } from 'node:crypto';
import { parseJson } from '../../psp/http';
import { WebhookRejected, type WebhookHeaders } from '../../psp/messages';
import { sameSecret } from '../../psp/paid-by';
import type { VerifierMessage } from '../port';
import { findingOf } from './labels';
import { message } from './wire';

/** Digests that are believed. Sumsub can send SHA-1 as well, and is then told in its dashboard not to. */
const algorithms: ReadonlyMap<string, string> = new Map([
  ['HMAC_SHA256_HEX', 'sha256'],
  ['HMAC_SHA512_HEX', 'sha512'],
]);

/**
 * Reads a message of the verifier `provider`: its digest is over the very bytes of the body.
 * @throws {WebhookRejected}
 */
export function readMessage(
  { name, webhookSecret }: { readonly name: string; readonly webhookSecret: string },
  rawBody: Buffer,
  headers: WebhookHeaders,
): VerifierMessage {
  const { 'x-payload-digest': digest, 'x-payload-digest-alg': asked } = headers;
  const algorithm = typeof asked === 'string' ? algorithms.get(asked) : undefined;
  if (algorithm === undefined || typeof digest !== 'string') {
    throw new WebhookRejected('bad_signature', 'there is no digest that is believed');
  }
  const wanted = createHmac(algorithm, webhookSecret).update(rawBody).digest('hex');
  if (!sameSecret(digest.toLowerCase(), wanted)) {
    throw new WebhookRejected('bad_signature', 'the digest is not ours');
  }
  const parsed = message.safeParse(parseJson(rawBody.toString('utf8')));
  if (!parsed.success) throw new WebhookRejected('bad_body', 'the message cannot be read');
  const { type, externalUserId, createdAtMs, reviewResult } = parsed.data;
  const base = {
    provider: name,
    // A message has no id of its own; sent again it has the same bytes.
    eventId: createHash('sha256').update(rawBody).digest('hex'),
    occurredAt: createdAtMs,
  };
  if (type === 'applicantReviewed' && externalUserId !== undefined && reviewResult !== undefined) {
    const finding = findingOf(reviewResult);
    return { ...base, type: 'check_answered', operationId: externalUserId, finding };
  }
  return { ...base, type: 'check_moved', operationId: externalUserId ?? null, providerType: type };
}
