import { z } from 'zod';
import { isCountry } from '../../../domain/kyc/countries';
import { isIban } from '../../../domain/payments/account-numbers';
import { localAccountTerms } from '../../../domain/payments/local-account';
import { malformed } from '../../../domain/problem';
import { readClient } from '../../../db/clients';
import { holderOf, readPersonalData } from '../../../db/parties';
import { addBankAccount } from '../../../db/payment-sources';
import { effectivePolicy } from '../../../db/policies';
import { accountNumber, readBankAccount } from '../../bank-account-input';
import { clientOf } from '../../routes/client-scope';
import { country, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { countryName, countryOptions } from './choices';

const back = z.enum(['withdraw', 'profile']).default('withdraw');

const places = { withdraw: '/client/cashier/withdraw', profile: '/client/profile' } as const;

const bankAccount = definePage({
  path: '/client/bank-accounts/new',
  auth: { client: true },
  query: { back, kind: z.enum(['iban', 'local']).optional() },
  handle: async ({ tx, scope, query, deps }) => {
    const { clientId, entityId } = clientOf(scope);
    const holder = await holderOf(tx, clientId);
    const { residence } = await readClient(tx, clientId);
    const terms = localAccountTerms(deps.providers);
    const isLocal =
      terms.size > 0 && (query.kind ?? (terms.has(residence) ? 'local' : 'iban')) === 'local';
    const policy = await effectivePolicy(tx, 'withdrawal', { entityId });
    return {
      view: 'client/bank-account',
      title: 'Add a bank account',
      data: {
        back: query.back,
        backTo: places[query.back],
        holderName: (await readPersonalData(tx, holder.id)).name,
        country: residence,
        isLocal,
        hasLocal: terms.size > 0,
        banks: isLocal ? bankOptions(terms, residence) : [],
        countries: countryOptions,
        coolingHours: policy.compiled.effective.parameters.coolingHours,
      },
    };
  },
});

/** Banks that are paid to without an IBAN; those of the client's country first. */
function bankOptions(terms: ReturnType<typeof localAccountTerms>, residence: string) {
  const places = [...terms].sort(([a], [b]) => Number(b === residence) - Number(a === residence));
  return places.flatMap(([where, { currency, bankCodes }]) =>
    bankCodes.map((code) => ({
      value: `${where}_${code}`,
      label: `${code.replaceAll('_', ' ')}, ${countryName(where)} (${currency})`,
    })),
  );
}

const bankAccountForm = defineForm({
  path: '/client/bank-accounts/new',
  auth: { client: true },
  body: {
    back,
    holderName: line(140),
    country: country.refine(isCountry, 'is not a country').optional(),
    /** Country and code of a bank without IBANs: `TH_SCB`. */
    bank: z
      .string()
      .regex(/^[A-Z]{2}_[A-Z0-9_]{2,20}$/, 'is not a bank')
      .optional(),
    accountNumber: accountNumber.optional(),
    iban: z
      .string()
      .transform((text) => text.replace(/\s/g, '').toUpperCase())
      .refine(isIban, 'is not right: please check every letter and digit')
      .optional(),
    bic: z
      .string()
      .transform((text) => text.replace(/\s/g, '').toUpperCase())
      .pipe(z.string().regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/, 'is not right'))
      .optional(),
  },
  page: bankAccount,
  handle: async ({ tx, scope, body, deps }) => {
    const { back: from, bank, ...said } = body;
    const place = bank === undefined ? said.country : bank.slice(0, 2);
    if (place === undefined)
      throw malformed('The bank account is not complete.', [
        { pointer: '/body/country', detail: 'is required' },
      ]);
    const account = readBankAccount(
      { ...said, country: place, bankCode: bank?.slice(3) },
      deps.providers,
    );
    await addBankAccount(tx, clientOf(scope), account);
    return { to: places[from], flash: 'Your bank account has been added.' };
  },
});

export const bankAccountPages = [bankAccount, bankAccountForm];
