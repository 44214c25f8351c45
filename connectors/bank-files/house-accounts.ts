import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isCurrency } from '../../domain/money';
import { isBic, isIban } from '../../domain/payments/account-numbers';
import type { HouseAccount } from '../../domain/payments/house-account';

/** The file of the house's bank accounts cannot be used; the message names the place and never a value. */
export class HouseAccountsError extends Error {
  override readonly name = 'HouseAccountsError';
}

const words = z.string().trim().min(1).max(140);

const fileSchema = z
  .array(
    z.strictObject({
      entityId: z.string().regex(/^[a-z0-9-]{2,20}$/, 'is not an entity'),
      currency: z.string().refine(isCurrency, 'is not a currency'),
      holder: words,
      bank: words,
      iban: z.string().refine(isIban, 'is not an IBAN'),
      bic: z.string().refine(isBic, 'is not a BIC'),
      names: z.array(words).max(10).default([]),
    }),
  )
  .max(100)
  .refine(
    (all) => new Set(all.map(({ iban }) => iban)).size === all.length,
    'two accounts have the same IBAN',
  );

/**
 * The house's bank accounts from a JSON file: an array, one object an account; none without a file.
 * @throws {HouseAccountsError} when it cannot be read or is not what it should be.
 */
export function houseAccounts(file: string | undefined): HouseAccount[] {
  if (file === undefined) return [];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new HouseAccountsError(`${file} cannot be read as JSON`);
  }
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HouseAccountsError(`${file}: ${issue?.path.join('/') ?? ''} ${issue?.message ?? ''}`);
}
