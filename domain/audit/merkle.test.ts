import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { MerkleFold, MerkleTree, nodeOf, rootOfProof } from './merkle';

const leavesOf = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, n) => createHash('sha256').update(`leaf ${n}`).digest());

/** RFC 6962, section 2.1, word by word: split at the largest power of two below the number of leaves. */
function rootByRule(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return createHash('sha256').digest();
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeOf(rootByRule(leaves.slice(0, split)), rootByRule(leaves.slice(split)));
}

const sizes = fc.integer({ min: 0, max: 130 });

describe('a Merkle tree', () => {
  it('has the root of RFC 6962, whole or folded', () => {
    fc.assert(
      fc.property(sizes, (count) => {
        const leaves = leavesOf(count);
        const fold = new MerkleFold();
        for (const leaf of leaves) fold.add(leaf);
        expect(fold.root()).toEqual(rootByRule(leaves));
        expect(new MerkleTree(leaves).root()).toEqual(rootByRule(leaves));
        expect(fold.leaves).toBe(count);
      }),
    );
  });

  it('proves each of its leaves, and no other in its place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.nat(), (count, some) => {
        const leaves = leavesOf(count);
        const tree = new MerkleTree(leaves);
        const index = some % count;
        const [leaf] = leaves.slice(index);
        const [stranger] = leavesOf(count + 1).slice(-1);
        if (!leaf || !stranger) throw new Error('there are leaves');
        expect(rootOfProof(leaf, tree.proof(index))).toEqual(tree.root());
        expect(rootOfProof(stranger, tree.proof(index))).not.toEqual(tree.root());
      }),
    );
  });

  it('proves nothing of a leaf that it has not', () => {
    expect(() => new MerkleTree(leavesOf(3)).proof(3)).toThrow('no leaf 3');
  });
});
