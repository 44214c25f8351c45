import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** Digest of a trader's password for the journal, `salt:hash` in hex. */
export function digestPassword(password: string): string {
  const salt = randomBytes(8);
  return `${salt.toString('hex')}:${stretch(password, salt).toString('hex')}`;
}

export function passwordMatches(password: string, digest: string): boolean {
  const [saltHex = '', hashHex = ''] = digest.split(':');
  const expected = Buffer.from(hashHex, 'hex');
  const given = stretch(password, Buffer.from(saltHex, 'hex'));
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function stretch(password: string, salt: Buffer): Buffer {
  return scryptSync(password, salt, 32, { N: 1024 });
}
