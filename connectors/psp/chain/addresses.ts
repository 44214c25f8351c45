import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';
import { HDKey } from '@scure/bip32';

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

/** EIP-55: a letter is a capital where the hash of the address says so. */
export function checksummed(address: string): string {
  const plain = address.toLowerCase().replace(/^0x/, '');
  const hash = Buffer.from(keccak_256(Buffer.from(plain, 'utf8'))).toString('hex');
  const letters = [...plain].map((letter, at) =>
    Number.parseInt(hash[at] ?? '0', 16) >= 8 ? letter.toUpperCase() : letter,
  );
  return `0x${letters.join('')}`;
}
