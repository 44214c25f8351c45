import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { depositRails, paidInBy } from '../../domain/payments/rails';
import { type Deposit, depositStates, listDeposits, readDeposit } from '../../db/deposits';
import { requestDepositByPolicy } from '../../db/deposit-requests';
import { idIn } from '../location';
import { clientOf } from './client-scope';
import { definePaymentReads } from './payment-reads';
import { defineRoute } from '../route';
import { exampleId, idOf, money, moneyAnswer, time } from '../schemas';

const depositAnswer = z
  .object({
    id: idOf('deposit'),
    clientId: idOf('client'),
    entityId: z.string(),
    amount: moneyAnswer,
    rail: z.enum(paidInBy).meta({
      description: 'The way of paying; `bank` is a transfer that a statement of the bank shows.',
    }),
    provider: z.string().meta({ description: 'Who is asked for the payment; routing chooses.' }),
    state: z.enum(depositStates),
    checkoutUrl: z
      .string()
      .nullable()
      .meta({ description: 'Where the payer pays, once the provider has a page.' }),
    failure: z.string().nullable(),
    refunded: moneyAnswer,
    createdAt: time,
    creditedAt: time.nullable(),
  })
  .meta({ id: 'Deposit' });

const example = {
  id: exampleId('deposit'),
  clientId: exampleId('client'),
  entityId: 'cy',
  amount: { amount: '500.00', currency: 'EUR' },
  rail: 'card' as const,
  provider: 'stripe',
  state: 'requested' as const,
  checkoutUrl: null,
  failure: null,
  refunded: { amount: '0.00', currency: 'EUR' },
  createdAt: '2026-11-23T20:15:00.000000Z',
  creditedAt: null,
};

function show(deposit: Deposit) {
  return {
    id: deposit.id,
    clientId: deposit.clientId,
    entityId: deposit.entityId,
    amount: moneyJson(deposit),
    rail: deposit.rail,
    provider: deposit.provider,
    state: deposit.state,
    checkoutUrl: deposit.state === 'awaiting_payment' ? deposit.checkoutUrl : null,
    failure: deposit.failure,
    refunded: moneyJson({ amountMinor: deposit.refundedMinor, currency: deposit.currency }),
    createdAt: deposit.createdAt,
    creditedAt: deposit.creditedAt,
  };
}

export const depositRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/deposits',
    operationId: 'requestDeposit',
    summary: 'Start a deposit by card',
    description:
      'Answers at once; `checkoutUrl` appears as soon as the provider has a page for the payer.',
    tags: ['Deposits'],
    auth: { client: true },
    idempotency: 'required',
    body: z.strictObject({ amount: money, rail: z.enum(depositRails).default('card') }),
    responses: { 201: depositAnswer },
    problems: { 422: 'deposit_refused, restricted, no_provider' },
    example: {
      body: { amount: { amount: '500.00', currency: 'EUR' }, rail: 'card' },
      answer: { status: 201, body: example },
    },
    location: (body) => `/api/v1/deposits/${idIn(body)}`,
    handle: async ({ tx, scope, body, deps }) => {
      const { clientId, entityId } = clientOf(scope);
      return {
        status: 201,
        body: show(
          await requestDepositByPolicy(tx, { clientId, entityId, ...body }, deps.providers),
        ),
      };
    },
  }),
  ...definePaymentReads({
    kind: 'deposit',
    name: 'Deposit',
    states: depositStates,
    answer: depositAnswer,
    example,
    list: listDeposits,
    show,
    readSummary: 'Read a deposit',
    read: async (tx, id) => show(await readDeposit(tx, id)),
  }),
];
