import type { Checkpoint } from '../../../domain/audit/checkpoint';
import { MerkleTree } from '../../../domain/audit/merkle';
import type { Tx } from '../../connection';
import { treeAt } from '../checkpoints';

/** That a chain stood just so in the state that a checkpoint signed; hashes in hexadecimal. */
export interface Anchor {
  readonly subject: string;
  /** The last event of the chain that the checkpoint covers. */
  readonly seq: string;
  readonly hash: string;
  /** From the leaf up to the root: `L` or `R`, the side on which the sibling stands, and its hash. */
  readonly path: readonly string[];
}

/**
 * The proof of each chain that the checkpoint covers. None where the database does not hold the state that was signed,
 * or where it was signed in the form that proves nothing by itself.
 */
export async function anchorsOf(
  tx: Tx,
  checkpoint: Checkpoint | undefined,
  subjects: readonly string[],
): Promise<Anchor[]> {
  if (checkpoint?.format !== 2) return [];
  const { leaves, heads } = await treeAt(tx, { lastOrder: checkpoint.lastOrder, subjects });
  const tree = new MerkleTree(leaves);
  if (tree.root().toString('hex') !== checkpoint.headsHash) return [];
  return heads.map(({ subject, seq, hash, index }) => ({
    subject,
    seq,
    hash: hash.toString('hex'),
    path: tree
      .proof(index)
      .map((step) => `${step.side === 'left' ? 'L' : 'R'}${step.hash.toString('hex')}`),
  }));
}
