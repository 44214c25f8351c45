import { z } from 'zod';
import { isIban } from '../../domain/payments/account-numbers';
import { localAccountTerms } from '../../domain/payments/local-account';
import {
  addBankAccount,
  sourceKinds,
  sourcesOfClient,
  type SourceLabel,
} from '../../db/payment-sources';
import { accountNumber, readBankAccount } from '../bank-account-input';
import { defineRoute } from '../route';
import { bankCode, country, exampleId, idOf, line, time } from '../schemas';
import { clientOf } from './client-scope';

export const sourceAnswer = z
  .object({
    id: idOf('source'),
    kind: z.enum(sourceKinds),
    provider: z.string(),
    label: z.string().meta({ description: 'As the client knows it; never a whole number.' }),
    expiresOn: z.string().nullable(),
    state: z.string(),
    provenAt: time.nullable().meta({ description: 'Since when an address is proven to be yours.' }),
  })
  .meta({ id: 'PaymentSource' });

const example = {
  id: exampleId('source'),
  kind: 'bank' as const,
  provider: 'bank',
  label: 'Bank account ending 3000',
  expiresOn: null,
  state: 'active',
  provenAt: null,
};

export function showSource(source: SourceLabel) {
  return {
    id: source.id,
    kind: source.kind,
    provider: source.provider,
    label: source.label,
    expiresOn: source.expiresOn,
    state: source.state,
    provenAt: source.provenAt,
  };
}

const localAnswer = z
  .object({
    ...{ country, currency: z.string() },
    ...{ digitsMin: z.number().int(), digitsMax: z.number().int() },
    bankCodes: z.array(z.string()).meta({ description: 'By the provider that pays there.' }),
  })
  .meta({ id: 'LocalBankAccounts' });

const localExample = {
  ...{ country: 'TH', currency: 'THB', digitsMin: 10, digitsMax: 12 },
  bankCodes: ['BBL', 'SCB'],
};

export const paymentSourceRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/payment-sources',
    operationId: 'listPaymentSources',
    summary: 'Your cards, bank accounts and addresses',
    tags: ['Payment sources'],
    auth: { client: true },
    responses: { 200: z.object({ data: z.array(sourceAnswer) }) },
    example: { answer: { status: 200, body: { data: [example] } } },
    handle: async ({ tx, scope }) => ({
      status: 200,
      body: { data: (await sourcesOfClient(tx, clientOf(scope).clientId)).map(showSource) },
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/payment-sources',
    operationId: 'addBankAccount',
    summary: 'Add a bank account in your own name',
    tags: ['Payment sources'],
    auth: { client: true },
    body: z.strictObject({
      holderName: line(140),
      country,
      iban: z
        .string()
        .transform((text) => text.replace(/\s/g, '').toUpperCase())
        .refine(isIban, 'is not a valid IBAN')
        .optional()
        .meta({ example: 'DE89 3704 0044 0532 0130 00' }),
      bic: z
        .string()
        .regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/, 'is not a BIC')
        .optional(),
      accountNumber: accountNumber.optional().meta({
        description: 'Of an account without an IBAN; `GET /api/v1/local-bank-accounts` says where.',
      }),
      bankCode: bankCode.optional(),
    }),
    responses: { 201: sourceAnswer },
    example: {
      body: { holderName: 'Maria Example', country: 'DE', iban: 'DE89370400440532013000' },
      answer: { status: 201, body: example },
    },
    handle: async ({ tx, scope, body, deps }) => ({
      status: 201,
      body: showSource(
        await addBankAccount(tx, clientOf(scope), readBankAccount(body, deps.providers)),
      ),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/local-bank-accounts',
    operationId: 'listLocalBankAccounts',
    summary: 'Where bank accounts without an IBAN can be paid to',
    description: 'Each takes the currency of its country alone.',
    tags: ['Payment sources'],
    auth: { client: true },
    responses: { 200: z.object({ data: z.array(localAnswer) }) },
    example: { answer: { status: 200, body: { data: [localExample] } } },
    handle: ({ deps }) =>
      Promise.resolve({
        status: 200 as const,
        body: {
          data: [...localAccountTerms(deps.providers)].map(([where, terms]) => ({
            country: where,
            ...terms,
            bankCodes: [...terms.bankCodes],
          })),
        },
      }),
  }),
];
