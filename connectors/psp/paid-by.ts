import { createHmac, timingSafeEqual } from 'node:crypto';
import { type PaidBy } from './port';

/** Knows a payer again without keeping who they are: an HMAC under a secret of this provider's. */
export function paidBy(kind: PaidBy['kind'], id: string, secret: string): PaidBy {
  const plain = id.trim().toLowerCase();
  const fingerprint = createHmac('sha256', secret).update(`paid-by ${plain}`).digest('hex');
  return { kind, fingerprint: fingerprint.slice(0, 32), label: masked(plain) };
}

function masked(id: string): string {
  const [name = '', host] = id.split('@');
  return host === undefined ? `•••${id.slice(-4)}` : `${name.slice(0, 1)}•••@${host}`;
}

/** Compares secrets in the same time whatever they are. */
export function sameSecret(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
