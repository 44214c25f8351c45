import { createCipheriv, createHash } from 'node:crypto';
import { MalformedAnswer } from '../../fields';

const blockBytes = 16;
const randomBytes = 256;

export interface CipherKeys {
  readonly key: Buffer;
  readonly toServer: Buffer;
  readonly toClient: Buffer;
}

/**
 * The keys that both sides draw from the password and the server's random bytes (CRYPT_RAND, in hex):
 * `out = P`, then sixteen times `out = MD5(sixteen random bytes ‖ out)`; the first two results are the
 * key, the third begins the client's direction and the fourth the server's.
 */
export function deriveKeys(secret: Buffer, cryptRandHex: string): CipherKeys {
  const random = Buffer.from(cryptRandHex, 'hex');
  if (random.length !== randomBytes || cryptRandHex.length !== 2 * randomBytes) {
    throw new MalformedAnswer('the server sent no random bytes for the cipher');
  }
  const digests: Buffer[] = [];
  let out = secret;
  for (let at = 0; at < 4; at += 1) {
    const block = random.subarray(at * blockBytes, (at + 1) * blockBytes);
    out = createHash('md5').update(block).update(out).digest();
    digests.push(out);
  }
  const whole = Buffer.concat(digests);
  return {
    key: whole.subarray(0, 2 * blockBytes),
    toServer: whole.subarray(2 * blockBytes, 3 * blockBytes),
    toClient: whole.subarray(3 * blockBytes),
  };
}

/**
 * Ciphers or deciphers the body of one packet (AES-256 in OFB, which is its own inverse). `register`
 * goes on from packet to packet, but each packet begins with a fresh block: what is left of the last
 * block of key bytes is dropped, so that the length of one packet says nothing to the next.
 */
export function cipherBody(
  key: Buffer,
  register: Buffer,
  body: Buffer,
): { readonly body: Buffer; readonly register: Buffer } {
  if (body.length === 0) return { body, register };
  const blocks = Math.ceil(body.length / blockBytes);
  // Zeros behind the body make the last block whole: there the output is the key bytes themselves.
  const padded = Buffer.alloc(blocks * blockBytes);
  body.copy(padded);
  const out = createCipheriv('aes-256-ofb', key, register).update(padded);
  const next = Buffer.alloc(blockBytes);
  const last = padded.length - blockBytes;
  for (let at = 0; at < blockBytes; at += 1) {
    next[at] = (padded[last + at] ?? 0) ^ (out[last + at] ?? 0);
  }
  return { body: out.subarray(0, body.length), register: next };
}

/** One direction of a connection. */
export class BodyCipher {
  readonly #key: Buffer;
  #register: Buffer;

  constructor(key: Buffer, register: Buffer) {
    this.#key = key;
    this.#register = register;
  }

  apply(plain: Buffer): Buffer {
    const { body, register } = cipherBody(this.#key, this.#register, plain);
    this.#register = register;
    return body;
  }
}
