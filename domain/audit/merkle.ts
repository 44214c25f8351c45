import { createHash } from 'node:crypto';

/**
 * A Merkle tree as RFC 6962 shapes it: nodes are paired from the left, the odd one rises as it is. A leaf is made of
 * other bytes than a node (`headLeaf` begins with a digit, a node with 0x01), so that none can be taken for the other.
 */
export function nodeOf(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

/** Root of a tree without leaves. */
const emptyRoot = createHash('sha256').digest();

/** Folds leaves into the root as they come; memory holds one node for each level. */
export class MerkleFold {
  /** Roots of whole trees to the left, by level; the levels of set bits of `#leaves`. */
  readonly #roots: (Buffer | undefined)[] = [];
  #leaves = 0;

  add(leaf: Buffer): void {
    this.#leaves += 1;
    let node = leaf;
    let level = 0;
    for (let left = this.#roots[level]; left !== undefined; left = this.#roots[level]) {
      node = nodeOf(left, node);
      this.#roots[level] = undefined;
      level += 1;
    }
    this.#roots[level] = node;
  }

  get leaves(): number {
    return this.#leaves;
  }

  root(): Buffer {
    let root: Buffer | undefined;
    for (const left of this.#roots) {
      if (left !== undefined) root = root === undefined ? left : nodeOf(left, root);
    }
    return root ?? emptyRoot;
  }
}

/** One step of an inclusion proof, from the leaf up: the sibling's hash, and on which side it stands. */
export interface MerkleStep {
  readonly side: 'left' | 'right';
  readonly hash: Buffer;
}

/** A whole tree in memory, that proves of its leaves that they are in it. */
export class MerkleTree {
  readonly #levels: Buffer[][];

  constructor(leaves: readonly Buffer[]) {
    this.#levels = [[...leaves]];
    for (let below = this.#levels[0] ?? []; below.length > 1;) {
      const level: Buffer[] = [];
      for (let at = 0; at < below.length; at += 2) {
        const [left, right] = [below[at], below[at + 1]];
        if (left !== undefined) level.push(right === undefined ? left : nodeOf(left, right));
      }
      this.#levels.push(level);
      below = level;
    }
  }

  root(): Buffer {
    return this.#levels.at(-1)?.[0] ?? emptyRoot;
  }

  /** The proof of the leaf at `index`, counted from 0. @throws RangeError where there is none. */
  proof(index: number): MerkleStep[] {
    if (this.#levels[0]?.[index] === undefined) throw new RangeError(`no leaf ${index}`);
    const steps: MerkleStep[] = [];
    let at = index;
    for (const level of this.#levels.slice(0, -1)) {
      const hash = level[at ^ 1];
      if (hash !== undefined) steps.push({ side: at % 2 === 1 ? 'left' : 'right', hash });
      at >>= 1;
    }
    return steps;
  }
}

/** The root that a proof leads to. */
export function rootOfProof(leaf: Buffer, steps: readonly MerkleStep[]): Buffer {
  return steps.reduce(
    (node, { side, hash }) => (side === 'left' ? nodeOf(hash, node) : nodeOf(node, hash)),
    leaf,
  );
}
