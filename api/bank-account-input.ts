import { z } from 'zod';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { localAccountTerms, readLocalAccount } from '../domain/payments/local-account';
import { malformed } from '../domain/problem';
import type { BankDetails } from '../db/payment-sources';

/** The number of an account without an IBAN, as people type it: blanks and dashes left out. */
export const accountNumber = z
  .string()
  .regex(/^\d[\d -]{3,58}\d$/, 'is not an account number')
  .transform((text) => text.replace(/[\s-]/g, ''))
  .pipe(z.string().regex(/^\d{5,30}$/, 'is not an account number'))
  .meta({ example: '1234567890' });

/** What somebody said of their account: an IBAN, or a number at a bank by its code. */
export interface SaidAccount {
  readonly holderName: string;
  readonly country: string;
  readonly iban?: string | undefined;
  readonly bic?: string | undefined;
  readonly accountNumber?: string | undefined;
  readonly bankCode?: string | undefined;
}

const flawWords = {
  country: 'is not one whose accounts without an IBAN are paid to from here',
  bankCode: 'is not a bank that is paid to from here',
  accountNumber: 'has another number of digits than accounts of that country',
} as const;

/** The account, of one kind. Throws 400 naming what is missing, too much or wrong. */
export function readBankAccount(
  said: SaidAccount,
  providers: readonly ConfiguredProvider[],
): BankDetails {
  const { holderName, country, iban, bic, accountNumber: number, bankCode } = said;
  const isLocal = number !== undefined || bankCode !== undefined;
  if (iban !== undefined) {
    if (isLocal) throw wrong('iban', 'is given, and an account number, too');
    return { holderName, country, iban, bic: bic ?? null };
  }
  if (!isLocal) throw wrong('iban', 'is required, or an account number and its bank');
  if (number === undefined) throw wrong('accountNumber', 'is required with a bank');
  if (bankCode === undefined) throw wrong('bankCode', 'is required with an account number');
  const local = readLocalAccount(localAccountTerms(providers), {
    ...{ country, bankCode, accountNumber: number },
  });
  if ('currency' in local) return { holderName, country, iban: null, bic: null, local };
  throw malformed(
    'The bank account cannot be paid to.',
    local.map((flaw) => ({ pointer: `/body/${flaw}`, detail: flawWords[flaw] })),
  );
}

function wrong(field: string, detail: string) {
  return malformed('The bank account is not complete.', [{ pointer: `/body/${field}`, detail }]);
}
