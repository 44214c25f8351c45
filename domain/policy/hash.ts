import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type EffectivePolicy } from './body';

/** SHA-256, in hex, over the RFC 8785 canonical JSON of a policy (or of any plain JSON). Keep out of workflows. */
export function hashPolicy(body: EffectivePolicy<unknown, unknown> | object): string {
  const text = canonicalize(body);
  if (text === undefined) throw new TypeError('a policy must be plain JSON');
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
