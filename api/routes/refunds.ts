import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { readDeposit } from '../../db/deposits';
import { cancelRefund } from '../../db/refund-end';
import { readRefund, refundsOf, refundStates, requestRefund, type Refund } from '../../db/refunds';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { exampleId, idOf, money, moneyAnswer, reason, time } from '../schemas';

const refundAnswer = z
  .object({
    id: idOf('refund'),
    depositId: idOf('deposit'),
    clientId: idOf('client'),
    entityId: z.string(),
    amount: moneyAnswer,
    provider: z.string().meta({ description: 'Who took the payment gives it back.' }),
    state: z.enum(refundStates),
    reason: z.string().meta({ description: 'Words of the one who asked.' }),
    failure: z.string().nullable(),
    requestedBy: idOf('user'),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Refund' });

const example = {
  id: exampleId('refund'),
  depositId: exampleId('deposit'),
  clientId: exampleId('client'),
  entityId: 'cy',
  amount: { amount: '120.00', currency: 'EUR' },
  provider: 'stripe',
  state: 'requested' as const,
  reason: 'Paid twice by mistake.',
  failure: null,
  requestedBy: exampleId('user'),
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: null,
};

function show(refund: Refund): z.input<typeof refundAnswer> {
  const { holdId: _holdId, providerRef: _ref, amountMinor, currency, ...rest } = refund;
  return { ...rest, amount: moneyJson({ amountMinor, currency }) };
}

export const refundRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/deposits/:id/refunds',
    operationId: 'requestRefund',
    summary: 'Ask for a deposit, or a part of it, to be given back',
    description:
      'The money is held in the wallet at once. Another person approves (task `refund_approval`); then it goes back by the provider that took it, once.',
    tags: ['Deposits'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    params: { id: idOf('deposit') },
    body: z.strictObject({ amount: money, reason }),
    responses: { 202: refundAnswer },
    problems: {
      422: 'not_credited, currency_mismatch, refund_unsupported, more_than_deposited, insufficient_funds',
    },
    example: {
      body: { amount: { amount: '120.00', currency: 'EUR' }, reason: 'Paid twice by mistake.' },
      answer: { status: 202, body: example },
    },
    location: (body) => `/api/v1/refunds/${idIn(body)}`,
    handle: async ({ tx, params, body, deps }) => ({
      status: 202,
      body: show(
        await requestRefund(
          tx,
          { depositId: params.id, ...body.amount, reason: body.reason },
          deps.providers,
        ),
      ),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/deposits/:id/refunds',
    operationId: 'listRefunds',
    summary: 'List the refunds of a deposit, the newest first',
    tags: ['Deposits'],
    auth: { permission: 'payment.read' },
    params: { id: idOf('deposit') },
    responses: { 200: z.object({ data: z.array(refundAnswer) }) },
    example: { answer: { status: 200, body: { data: [example] } } },
    handle: async ({ tx, params }) => {
      await readDeposit(tx, params.id);
      return { status: 200, body: { data: (await refundsOf(tx, params.id)).map(show) } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/refunds/:id',
    operationId: 'readRefund',
    summary: 'Read a refund',
    tags: ['Deposits'],
    auth: { permission: 'payment.read' },
    params: { id: idOf('refund') },
    responses: { 200: refundAnswer },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await readRefund(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/refunds/:id/cancel',
    operationId: 'cancelRefund',
    summary: 'Take a refund back before it is approved',
    tags: ['Deposits'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    params: { id: idOf('refund') },
    responses: { 200: refundAnswer },
    problems: { 409: 'too_late' },
    example: { answer: { status: 200, body: { ...example, state: 'cancelled' } } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await cancelRefund(tx, params.id)),
    }),
  }),
];
