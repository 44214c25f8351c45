import { z } from 'zod';
import { csvLine } from '../../domain/csv';
import { formatAmount, moneyJson } from '../../domain/money';
import { rails } from '../../domain/payments/rails';
import { recordExport } from '../../db/exports';
import {
  listPayments,
  paymentKinds,
  streamPayments,
  sumPayments,
  type ListedPayment,
} from '../../db/payments';
import type { Tx } from '../../db/connection';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { paymentFilterOf, paymentQuery, type PaymentQuery } from '../payment-query';
import { defineRoute } from '../route';
import { exampleId, idOf, moneyAnswer, time } from '../schemas';
import { streamed } from '../stream';

const payment = z
  .object({
    id: z.string().meta({ example: exampleId('deposit') }),
    kind: z.enum(paymentKinds),
    entityId: z.string(),
    clientId: idOf('client'),
    amount: moneyAnswer,
    state: z.string(),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Code of why it failed, was refused or is held.' }),
    rails: z.array(z.enum(rails)).meta({ description: 'Ways of paying; of a transfer none.' }),
    providers: z.array(z.string()),
    references: z
      .array(z.string())
      .meta({ description: 'Numbers at providers; of a transfer its ticket at the server.' }),
    accountId: z.string().nullable(),
    direction: z.enum(['to_account', 'to_wallet']).nullable(),
    into: z.string().nullable().meta({ description: 'Of an exchange: the currency bought.' }),
    needsPerson: z.boolean().meta({ description: 'It waits for a person to decide.' }),
    createdAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'Payment' });

const example: z.input<typeof payment> = {
  id: exampleId('deposit'),
  kind: 'deposit',
  entityId: 'cy',
  clientId: exampleId('client'),
  amount: { amount: '500.00', currency: 'EUR' },
  state: 'credited',
  reason: null,
  rails: ['card'],
  providers: ['stripe'],
  references: ['pi_3QK'],
  accountId: null,
  direction: null,
  into: null,
  needsPerson: false,
  createdAt: '2026-11-23T20:15:00.000000Z',
  endedAt: '2026-11-23T20:16:10.000000Z',
};

function show({ amountMinor, currency, purpose: _, ...rest }: ListedPayment) {
  return {
    ...rest,
    amount: moneyJson({ amountMinor, currency }),
    rails: [...rest.rails],
    providers: [...rest.providers],
    references: [...rest.references],
  };
}

const sum = z
  .object({ kind: z.enum(paymentKinds), payments: z.int(), amount: moneyAnswer })
  .meta({ id: 'PaymentSum' });

const header = [
  ...['id', 'kind', 'state', 'entity', 'client', 'amount', 'currency', 'rails', 'providers'],
  ...[
    'references',
    'account',
    'direction',
    'into',
    'reason',
    'needs_person',
    'created_at',
    'ended_at',
  ],
];

function lineOf(each: ListedPayment): string {
  return csvLine([
    ...[each.id, each.kind, each.state, each.entityId, each.clientId],
    ...[formatAmount(each.amountMinor, each.currency), each.currency],
    ...[each.rails.join(' '), each.providers.join(' '), each.references.join(' ')],
    ...[each.accountId ?? '', each.direction ?? '', each.into ?? '', each.reason ?? ''],
    ...[each.needsPerson ? 'yes' : 'no', each.createdAt, each.endedAt ?? ''],
  ]);
}

async function* csvOf(tx: Tx, query: PaymentQuery): AsyncGenerator<string> {
  yield csvLine(header);
  for await (const each of streamPayments(tx, paymentFilterOf(query))) yield lineOf(each);
}

export const paymentRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/payments',
    operationId: 'listPayments',
    summary: 'List payments of every kind, the newest first',
    tags: ['Payments'],
    auth: { permission: 'payment.read' },
    query: { ...pageQuery, ...paymentQuery },
    responses: { 200: pageOf(payment) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query: { limit, cursor, ...query } }) => {
      const found = await listPayments(tx, {
        ...paymentFilterOf(query),
        ...after(cursor),
        limit: limit + 1,
      });
      return { status: 200, body: pageFrom(found, limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/payments/sums',
    operationId: 'sumPayments',
    summary: 'What payments come to, by kind and currency',
    description:
      'Of the payments that the filters leave. A kind with more than 100,000 of them is not added up and is named in `tooMany`.',
    tags: ['Payments'],
    auth: { permission: 'payment.read' },
    query: paymentQuery,
    responses: { 200: z.object({ sums: z.array(sum), tooMany: z.array(z.enum(paymentKinds)) }) },
    example: {
      answer: {
        status: 200,
        body: {
          sums: [{ kind: 'deposit', payments: 12, amount: { amount: '6000.00', currency: 'EUR' } }],
          tooMany: [],
        },
      },
    },
    handle: async ({ tx, query }) => {
      const { totals, tooMany } = await sumPayments(tx, paymentFilterOf(query));
      return {
        status: 200,
        body: {
          sums: totals.map((total) => ({
            kind: total.kind,
            payments: total.payments,
            amount: moneyJson(total),
          })),
          tooMany: [...tooMany],
        },
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/payments.csv',
    operationId: 'exportPayments',
    summary: 'Payments as a CSV file, the newest first',
    description:
      'The same filters as the list, without a limit: the file is written while it is read (RFC 4180, UTF-8). Amounts are decimal, times RFC 3339 in UTC; what a spreadsheet would run as a formula is text. A file that ends early breaks the connection. Each export is recorded. At most 60 files per person in 15 minutes.',
    tags: ['Payments'],
    auth: { permission: 'payment.export' },
    limited: true,
    query: paymentQuery,
    responses: { 200: streamed('text/csv') },
    problems: { 429: '`too_many_requests`', 503: '`busy`' },
    example: {
      answer: {
        status: 200,
        body: { mediaType: 'text/csv', fileName: 'payments.csv', parts: () => none() },
      },
    },
    handle: async ({ tx, query }) => {
      // Refuses what cannot be asked for before it is recorded as asked.
      paymentFilterOf(query);
      await recordExport(tx, { what: 'payments', entityId: query.entityId, filters: query });
      return {
        status: 200,
        body: {
          mediaType: 'text/csv',
          fileName: `payments-${new Date().toISOString().slice(0, 10)}.csv`,
          parts: (later) => csvOf(later, query),
        },
      };
    },
  }),
];

async function* none(): AsyncGenerator<string> {
  // Nothing: an example of an answer that is no JSON.
}
