import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';

/** A wallet of a person's own on their own machine: the one place where a private key is. It is worth nothing. */
export interface OwnWallet {
  readonly address: string;
  /** As wallets sign a message (EIP-191). */
  sign(text: string): string;
}

/** The same wallet for the same words. */
export function walletOf(words: string): OwnWallet {
  const key = createHash('sha256').update(words).digest();
  const point = secp256k1.getPublicKey(key, false).slice(1);
  return {
    address: `0x${Buffer.from(keccak_256(point)).subarray(-20).toString('hex')}`,
    sign: (text) => {
      const body = Buffer.from(text, 'utf8');
      const prefix = Buffer.from(`\u0019Ethereum Signed Message:\n${body.length}`, 'utf8');
      const signature = secp256k1.sign(keccak_256(Buffer.concat([prefix, body])), key);
      return `0x${signature.toCompactHex()}${(27 + signature.recovery).toString(16)}`;
    },
  };
}
