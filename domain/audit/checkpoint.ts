import { createHash, type Hash } from 'node:crypto';
import type { Head } from './chain';
import { hashField, withMicroseconds } from './event-hash';
import { MerkleFold } from './merkle';

/**
 * How `headsHash` is made: 1 is one hash over all leaves in a row, 2 the root of their Merkle tree. Only 2 is
 * written; what was signed as 1 stays verifiable.
 */
export type CheckpointFormat = 1 | 2;

/**
 * A signed statement of where every chain ended. `headsHash` covers all heads in order of subject
 * (by bytes), as they stood when all events up to `lastOrder` were recorded. Each checkpoint names
 * the one before it, so that none can be taken out of the middle.
 */
export interface Checkpoint {
  readonly format: CheckpointFormat;
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
      `keelson checkpoint ${checkpoint.format}`,
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
  readonly #inARow: Hash | undefined;
  readonly #tree = new MerkleFold();
  #subjects = 0;

  constructor(format: CheckpointFormat) {
    this.#inARow = format === 1 ? createHash('sha256') : undefined;
  }

  add(head: Head): void {
    const leaf = headLeaf(head);
    if (this.#inARow) this.#inARow.update(leaf);
    else this.#tree.add(leaf);
    this.#subjects += 1;
  }

  get subjects(): number {
    return this.#subjects;
  }

  /** Hexadecimal. */
  digest(): string {
    return this.#inARow ? this.#inARow.digest('hex') : this.#tree.root().toString('hex');
  }
}
