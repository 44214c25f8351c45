import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * MT5's challenge and response: `P = MD5(MD5(UTF-16LE(password)) ‖ "WebAPI")`, and the answer to a
 * random number is `hex MD5(P ‖ unhex(random))`. Inner digests are raw bytes. MD5 is the server's
 * choice, not ours; TLS with a verified certificate is what protects the session.
 */
export function answerChallenge(password: string, randomHex: string): string {
  if (!/^[0-9a-f]{32}$/i.test(randomHex)) throw new MalformedChallenge();
  const secret = passwordSecret(password);
  return md5(Buffer.concat([secret, Buffer.from(randomHex, 'hex')])).toString('hex');
}

/** `P`, from which the raw wire draws its keys as well. */
export function passwordSecret(password: string): Buffer {
  const inner = md5(Buffer.from(password, 'utf16le'));
  return md5(Buffer.concat([inner, Buffer.from('WebAPI', 'ascii')]));
}

export class MalformedChallenge extends Error {
  override readonly name = 'MalformedChallenge';
  constructor() {
    super('the server sent no 16 random bytes to sign');
  }
}

export function newChallenge(): string {
  return randomBytes(16).toString('hex');
}

/** Whether the server knows the password too: its answer to our own random number. */
export function verifyAnswer(password: string, randomHex: string, answerHex: string): boolean {
  const expected = Buffer.from(answerChallenge(password, randomHex), 'hex');
  const given = Buffer.from(answerHex, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}
