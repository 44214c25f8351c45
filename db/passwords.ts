import { hash, verify } from '@node-rs/argon2';

export const passwordLengthMin = 12;
export const passwordLengthMax = 200;

/** Argon2id, 19 MiB, two passes (OWASP Password Storage Cheat Sheet): about 30 ms. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export async function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

let decoy: Promise<string> | undefined;

/**
 * Whether the password is the one behind the hash. Without a hash a decoy is verified all the same,
 * so that the time it takes does not tell whether the account exists.
 */
export async function verifyPassword(
  stored: string | undefined,
  password: string,
): Promise<boolean> {
  decoy ??= hashPassword('no account has this password');
  const holds = await verify(stored ?? (await decoy), password);
  return holds && stored !== undefined;
}
