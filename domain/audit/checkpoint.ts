import { createHash, type Hash } from 'node:crypto';
import type { Head } from './chain';
import { hashField, withMicroseconds } from './event-hash';

/**
 * A signed statement of where every chain ended. `headsHash` covers all heads in order of subject
 * (by bytes), as they stood when all events up to `lastOrder` were recorded. Each checkpoint names
 * the one before it, so that none can be taken out of the middle.
 */
export interface Checkpoint {
  readonly number: string;
  readonly id: string;
  /** UTC. */
  readonly at: string;
  readonly subjects: string;
  readonly lastOrder: string;
  /** Hexadecimal SHA-256. */
  readonly headsHash: string;
  /** `checkpointDigest` of the checkpoint before, zeros for the first. */
  readonly prev: string;
  readonly keyId: string;
  /** Ed25519 over `checkpointMessage`, base64. */
  readonly signature: string;
}

export const noCheckpoint = '0'.repeat(64);

/** The bytes that are signed: one line per field, in this order. */
export function checkpointMessage(checkpoint: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(
    [
      'keelson checkpoint 1',
      checkpoint.number,
      checkpoint.id,
      withMicroseconds(checkpoint.at),
      checkpoint.subjects,
      checkpoint.lastOrder,
      checkpoint.headsHash,
      checkpoint.prev,
      checkpoint.keyId,
      '',
    ].join('\n'),
    'utf8',
  );
}

/** What the next checkpoint calls this one by. */
export function checkpointDigest(checkpoint: Omit<Checkpoint, 'signature'>): string {
  return createHash('sha256').update(checkpointMessage(checkpoint)).digest('hex');
}

/**
 * One chain's share of a checkpoint. Chains stand in it as digests, so that a bundle can show the
 * whole state without naming anybody else's subjects.
 */
export function headLeaf(head: Head): Buffer {
  return createHash('sha256')
    .update(hashField(head.subject))
    .update(hashField(head.seq))
    .update(head.hash)
    .digest();
}

/** Folds heads, given in order of subject by bytes, into the hash that a checkpoint signs. */
export class HeadsHash {
  #hash: Hash = createHash('sha256');
  #subjects = 0;

  add(head: Head): void {
    this.#hash.update(headLeaf(head));
    this.#subjects += 1;
  }

  get subjects(): number {
    return this.#subjects;
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}
