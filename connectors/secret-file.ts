import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { z } from 'zod';

/** A file of settings that hold secrets cannot be used; the message names the place and never a value. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

/**
 * Reads settings from a JSON file of mode 0600.
 * @throws {SecretFileError} when others may read it, it cannot be read, or it is not what it should be.
 */
export function readSecretJson<T>(path: string, schema: z.ZodType<T>): T {
  const text = readSecret(path);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new SecretFileError(`${path} cannot be read as JSON`);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new SecretFileError(`${path}: ${issue?.path.join('/') ?? ''} ${issue?.message ?? ''}`);
}

/** The mode is asked of the file that is read, so that none can take its place in between. */
function readSecret(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    throw new SecretFileError(`${path} cannot be opened`);
  }
  try {
    const mode = fstatSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0)
      throw new SecretFileError(
        `${path} holds secrets and others may use it (mode ${mode.toString(8)}): chmod 600 ${path}`,
      );
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
