import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';
import { checksummed } from './token-address';

/**
 * What a client signs in their wallet to show that an address is theirs. It names the address and what it is kept
 * under here, so that it proves nothing about another address, nor for another client.
 */
export function proofText({
  address,
  sourceId,
}: {
  readonly address: string;
  readonly sourceId: string;
}): string {
  return `This address is mine, and my broker may pay to it.\nAddress: ${address}\nReference: ${sourceId}`;
}

/**
 * The address whose key has signed the text (EIP-191, `personal_sign`, as wallets sign what is no transaction);
 * undefined when the signature is none. Source: ERC-191 version 0x45; Ethereum Yellow Paper, appendix F.
 */
export function signerOf(text: string, signature: string): string | undefined {
  const [, r = '', s = '', v = ''] =
    /^0x([0-9a-fA-F]{64})([0-9a-fA-F]{64})([0-9a-fA-F]{2})$/.exec(signature.trim()) ?? [];
  if (v === '') return undefined;
  const last = Number.parseInt(v, 16);
  // 27 and 28 as Bitcoin began it, 0 and 1 as some hardware wallets write it.
  const recovery = last >= 27 ? last - 27 : last;
  if (recovery > 1) return undefined;
  const body = new TextEncoder().encode(text);
  const prefix = new TextEncoder().encode(`\u0019Ethereum Signed Message:\n${body.length}`);
  try {
    const point = new secp256k1.Signature(BigInt(`0x${r}`), BigInt(`0x${s}`))
      .addRecoveryBit(recovery)
      .recoverPublicKey(keccak_256(Uint8Array.of(...prefix, ...body)))
      .toRawBytes(false);
    const hash = keccak_256(point.slice(1)).slice(-20);
    return checksummed([...hash].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
  } catch {
    // No point of the curve has signed it.
    return undefined;
  }
}
