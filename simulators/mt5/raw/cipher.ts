import { createCipheriv, createHash } from 'node:crypto';

const BLOCK_BYTES = 16;

/** What both sides draw from the password and the server's 256 random bytes. */
export interface Keys {
  key: Buffer;
  toServer: Buffer;
  toClient: Buffer;
}

/** `secret` is the password's digest as the log-in uses it (`passwordSecret`). */
export function makeKeys(secret: Buffer, cryptRand: Buffer): Keys {
  const blocks: Buffer[] = [];
  let out = secret;
  for (let at = 0; at < cryptRand.length; at += BLOCK_BYTES) {
    const piece = cryptRand.subarray(at, at + BLOCK_BYTES);
    out = createHash('md5').update(piece).update(out).digest();
    blocks.push(out);
  }
  const [key0, key1, toServer, toClient] = blocks;
  if (!key0 || !key1 || !toServer || !toClient) throw new RangeError('too few random bytes');
  return { key: Buffer.concat([key0, key1]), toServer, toClient };
}

/**
 * One direction of AES256OFB. The stream of key bytes goes on from packet to packet, but each packet begins with
 * a fresh block: what is left of the last one is dropped. The same for both ends, since it is an exclusive or.
 */
export class PacketCipher {
  constructor(
    private readonly key: Buffer,
    private register: Buffer,
  ) {}

  apply(body: Buffer): Buffer {
    if (body.length === 0) return body;
    const blocks = Math.ceil(body.length / BLOCK_BYTES);
    const cipher = createCipheriv('aes-256-ofb', this.key, this.register);
    const stream = cipher.update(Buffer.alloc(blocks * BLOCK_BYTES));
    this.register = stream.subarray(-BLOCK_BYTES);
    const out = Buffer.alloc(body.length);
    for (let at = 0; at < body.length; at += 1) out[at] = (body[at] ?? 0) ^ (stream[at] ?? 0);
    return out;
  }
}
