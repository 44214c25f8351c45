import { z } from 'zod';
import { readSecretJson } from '../secret-file';
import type { IdentityVerifier } from './port';
import { sumsubSettings } from './sumsub/client';
import { createSumsubVerifier } from './sumsub/sumsub';

const fileSchema = z
  .array(z.discriminatedUnion('kind', [sumsubSettings]))
  .max(10)
  .refine(
    (all) => new Set(all.map(({ name }) => name)).size === all.length,
    'two verifiers have the same name',
  );

/**
 * The outside verifiers of a JSON file of mode 0600 (an array, one object each); none without one.
 * @throws {SecretFileError} when others may read it, it cannot be read, or it is not what it should be.
 */
export function verifiersOf({
  KEELSON_IDENTITY_VERIFIERS: file,
}: {
  readonly KEELSON_IDENTITY_VERIFIERS?: string | undefined;
}): readonly IdentityVerifier[] {
  return file === undefined ? [] : readSecretJson(file, fileSchema).map(createSumsubVerifier);
}
