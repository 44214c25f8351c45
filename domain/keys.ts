/**
 * The key port. Master, index and signing keys live behind it (files of mode 0600 by default)
 * and never come out.
 */
export interface Keys {
  /** Wraps a person's data key under the master key; `context` binds it to the person. */
  wrap(dataKey: Uint8Array, context: string): string;
  /** Throws KeyUnavailable when the text was wrapped for another context or by another master key. */
  unwrap(wrapped: string, context: string): Uint8Array;
  /** HMAC-SHA-256 under a key of the field and this installation, in hex. */
  blindIndex(field: string, value: string): string;
  /** Ed25519 signature, base64. */
  sign(message: Uint8Array): string;
  verify(message: Uint8Array, signature: string): boolean;
  /** PEM of the public half of the signing key. */
  readonly publicKey: string;
  /** First 16 hex digits of the SHA-256 of the public key. */
  readonly keyId: string;
}

export class KeyUnavailable extends Error {
  override readonly name = 'KeyUnavailable';
}
