import type { LocalAccountTerms } from './capabilities';
import type { ConfiguredProvider } from './eligibility';

/** A bank account of a country that has no IBAN: a number at a bank, which takes the country's own currency. */
export interface LocalAccount {
  readonly accountNumber: string;
  /** By the code of the provider that pays there. */
  readonly bankCode: string;
  readonly currency: string;
}

/** Where such accounts can be paid to, by country; of two providers for one, the first says how. */
export function localAccountTerms(
  providers: readonly ConfiguredProvider[],
): ReadonlyMap<string, LocalAccountTerms> {
  const terms = new Map<string, LocalAccountTerms>();
  for (const { capabilities } of providers)
    for (const [country, of] of Object.entries(capabilities.localAccounts ?? {}))
      if (!terms.has(country)) terms.set(country, of);
  return terms;
}

export type LocalFlaw = 'country' | 'bankCode' | 'accountNumber';

/** What is wrong with an account that somebody named; the account when nothing is. */
export function readLocalAccount(
  terms: ReadonlyMap<string, LocalAccountTerms>,
  said: { readonly country: string; readonly accountNumber: string; readonly bankCode: string },
): LocalAccount | readonly LocalFlaw[] {
  const of = terms.get(said.country);
  if (of === undefined) return ['country'];
  const { accountNumber, bankCode } = said;
  const hasLength = accountNumber.length >= of.digitsMin && accountNumber.length <= of.digitsMax;
  const flaws: LocalFlaw[] = [
    ...(of.bankCodes.includes(bankCode) ? [] : (['bankCode'] as const)),
    ...(hasLength && /^\d+$/.test(accountNumber) ? [] : (['accountNumber'] as const)),
  ];
  return flaws.length > 0 ? flaws : { accountNumber, bankCode, currency: of.currency };
}
