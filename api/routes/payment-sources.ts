import { z } from 'zod';
import { isIban } from '../../domain/payments/account-numbers';
import {
  addBankAccount,
  sourceKinds,
  sourcesOfClient,
  type SourceLabel,
} from '../../db/payment-sources';
import { defineRoute } from '../route';
import { country, exampleId, idOf, line } from '../schemas';
import { clientOf } from './client-scope';

const sourceAnswer = z
  .object({
    id: idOf('source'),
    kind: z.enum(sourceKinds),
    provider: z.string(),
    label: z.string().meta({ description: 'As the client knows it; never a whole number.' }),
    expiresOn: z.string().nullable(),
    state: z.string(),
  })
  .meta({ id: 'PaymentSource' });

const example = {
  id: exampleId('source'),
  kind: 'bank' as const,
  provider: 'bank',
  label: 'Bank account ending 3000',
  expiresOn: null,
  state: 'active',
};

function show(source: SourceLabel) {
  return {
    id: source.id,
    kind: source.kind,
    provider: source.provider,
    label: source.label,
    expiresOn: source.expiresOn,
    state: source.state,
  };
}

export const paymentSourceRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/payment-sources',
    operationId: 'listPaymentSources',
    summary: 'Your cards and bank accounts',
    tags: ['Payment sources'],
    auth: { client: true },
    responses: { 200: z.object({ data: z.array(sourceAnswer) }) },
    example: { answer: { status: 200, body: { data: [example] } } },
    handle: async ({ tx, scope }) => ({
      status: 200,
      body: { data: (await sourcesOfClient(tx, clientOf(scope).clientId)).map(show) },
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
        .meta({ example: 'DE89 3704 0044 0532 0130 00' }),
      bic: z
        .string()
        .regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/, 'is not a BIC')
        .optional(),
    }),
    responses: { 201: sourceAnswer },
    example: {
      body: { holderName: 'Maria Example', country: 'DE', iban: 'DE89370400440532013000' },
      answer: { status: 201, body: example },
    },
    handle: async ({ tx, scope, body }) => ({
      status: 201,
      body: show(await addBankAccount(tx, clientOf(scope), { ...body, bic: body.bic ?? null })),
    }),
  }),
];
