import { z } from 'zod';
import { isCountry } from '../../../domain/kyc/countries';
import { isIban } from '../../../domain/payments/account-numbers';
import { readClient } from '../../../db/clients';
import { holderOf, readPersonalData } from '../../../db/parties';
import { addBankAccount } from '../../../db/payment-sources';
import { effectivePolicy } from '../../../db/policies';
import { clientOf } from '../../routes/client-scope';
import { country, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { countryOptions } from './choices';

const back = z.enum(['withdraw', 'profile']).default('withdraw');

const places = { withdraw: '/client/cashier/withdraw', profile: '/client/profile' } as const;

const bankAccount = definePage({
  path: '/client/bank-accounts/new',
  auth: { client: true },
  query: { back },
  handle: async ({ tx, scope, query }) => {
    const { clientId, entityId } = clientOf(scope);
    const holder = await holderOf(tx, clientId);
    const policy = await effectivePolicy(tx, 'withdrawal', { entityId });
    return {
      view: 'client/bank-account',
      title: 'Add a bank account',
      data: {
        back: query.back,
        backTo: places[query.back],
        holderName: (await readPersonalData(tx, holder.id)).name,
        country: (await readClient(tx, clientId)).residence,
        countries: countryOptions,
        coolingHours: policy.compiled.effective.parameters.coolingHours,
      },
    };
  },
});

const bankAccountForm = defineForm({
  path: '/client/bank-accounts/new',
  auth: { client: true },
  body: {
    back,
    holderName: line(140),
    country: country.refine(isCountry, 'is not a country'),
    iban: z
      .string()
      .transform((text) => text.replace(/\s/g, '').toUpperCase())
      .refine(isIban, 'is not right: please check every letter and digit'),
    bic: z
      .string()
      .transform((text) => text.replace(/\s/g, '').toUpperCase())
      .pipe(z.string().regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/, 'is not right'))
      .optional(),
  },
  page: bankAccount,
  handle: async ({ tx, scope, body }) => {
    const { back: from, bic, ...bank } = body;
    await addBankAccount(tx, clientOf(scope), { ...bank, bic: bic ?? null });
    return { to: places[from], flash: 'Your bank account has been added.' };
  },
});

export const bankAccountPages = [bankAccount, bankAccountForm];
