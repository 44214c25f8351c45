import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';
import { HDKey } from '@scure/bip32';
import { checksummed } from '../../../domain/payments/token-address';

/** Whether the text is an extended public key (BIP-32). One that is private is refused: it could spend. */
export function isWatchOnlyKey(text: string): boolean {
  try {
    return text.startsWith('xpub') && HDKey.fromExtendedKey(text).privateKey === null;
  } catch {
    return false;
  }
}

/** Names an extended key without telling it: indexes are counted for each. */
export function keyIdOf(xpub: string): string {
  return createHash('sha256').update(xpub).digest('hex').slice(0, 16);
}

/** The address of the key's child of that index (not hardened, so that no private key is needed), as EIP-55 writes it. */
export function addressAt(xpub: string, index: number): string {
  const { publicKey } = HDKey.fromExtendedKey(xpub).deriveChild(index);
  if (publicKey === null) throw new Error('the key has no public part');
  const point = secp256k1.ProjectivePoint.fromHex(publicKey).toRawBytes(false);
  return checksummed(Buffer.from(keccak_256(point.slice(1)).slice(-20)).toString('hex'));
}
