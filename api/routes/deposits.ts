import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { may } from '../../domain/access/scope';
import { nextActionSchema, type ShownAction } from '../../domain/payments/next-action.schema';
import { railInWords } from '../../domain/payments/rail-words';
import { depositRails, paidInBy } from '../../domain/payments/rails';
import type { SeenSoFar } from '../../domain/payments/seen';
import type { WayToPay } from '../../domain/payments/ways-to-pay';
import { nextActionOf } from '../../db/deposit-payer';
import { type Deposit, depositStates, listDeposits, readDeposit } from '../../db/deposits';
import { dropReturn, proposeReturn } from '../../db/deposit-return';
import { requestDepositByPolicy } from '../../db/deposit-requests';
import { seenOfDeposit } from '../../db/provider-watches';
import { waysOfClient } from '../../db/ways-to-pay';
import { idIn } from '../location';
import { clientOf } from './client-scope';
import { definePaymentReads } from './payment-reads';
import { defineRoute } from '../route';
import { bankCode, exampleId, idOf, line, money, moneyAnswer, phone, time } from '../schemas';

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
    nextAction: nextActionSchema.nullable().meta({
      description:
        'What the payer has to do, while the deposit waits for them: told of one deposit, not in a list, and to staff ' +
        'who may read personal data (an account to pay into bears a name).',
    }),
    seen: z
      .object({
        amount: moneyAnswer,
        confirmations: z.number().int(),
        somethingElse: z.boolean().meta({
          description: 'Another token or coin came to the address, too; it is credited to nobody.',
        }),
      })
      .nullable()
      .meta({
        description:
          'What has come to the address of a chain and waits for the confirmations that `nextAction` names: told of ' +
          'one deposit, not in a list.',
      }),
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
  nextAction: null,
  seen: null,
  failure: null,
  refunded: { amount: '0.00', currency: 'EUR' },
  createdAt: '2026-11-23T20:15:00.000000Z',
  creditedAt: null,
};

function show(
  deposit: Deposit,
  nextAction: ShownAction | null = null,
  seen: SeenSoFar | null = null,
) {
  return {
    id: deposit.id,
    clientId: deposit.clientId,
    entityId: deposit.entityId,
    amount: moneyJson(deposit),
    rail: deposit.rail,
    provider: deposit.provider,
    state: deposit.state,
    nextAction,
    seen: seen && {
      amount: moneyJson({ amountMinor: seen.amountMinor, currency: deposit.currency }),
      confirmations: seen.confirmations,
      somethingElse: seen.somethingElse,
    },
    failure: deposit.failure,
    refunded: moneyJson({ amountMinor: deposit.refundedMinor, currency: deposit.currency }),
    createdAt: deposit.createdAt,
    creditedAt: deposit.creditedAt,
  };
}

const payer = z
  .strictObject({
    phone: phone.optional(),
    bankCode: bankCode.optional(),
  })
  .meta({
    id: 'Payer',
    description: 'What the way of paying needs of the payer; kept as ciphertext.',
  });

const wayAnswer = z
  .object({
    rail: z.enum(depositRails),
    currency: z.string(),
    title: z.string().meta({ description: 'What people call it.', example: 'M-Pesa' }),
    least: moneyAnswer,
    most: moneyAnswer,
    phonePrefix: z
      .string()
      .nullable()
      .meta({ description: 'A phone that begins so has to be given as `payer.phone`.' }),
    bankCodes: z
      .array(z.string())
      .nullable()
      .meta({ description: 'One of these has to be given as `payer.bankCode`.' }),
  })
  .meta({ id: 'WayToPay' });

function showWay({ rail, currency, minMinor, maxMinor, needs }: WayToPay) {
  return {
    ...{ rail, currency, title: railInWords(rail, currency) },
    least: moneyJson({ amountMinor: minMinor, currency }),
    most: moneyJson({ amountMinor: maxMinor, currency }),
    phonePrefix: needs.phonePrefix ?? null,
    bankCodes: needs.bankCodes ? [...needs.bankCodes] : null,
  };
}

export const depositRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/ways-to-pay',
    operationId: 'listWaysToPay',
    summary: 'List the ways by which I can pay in',
    description:
      'Rails and currencies that a provider here takes from a client of my country. Routing decides who takes a payment.',
    tags: ['Deposits'],
    auth: { client: true },
    responses: { 200: z.object({ data: z.array(wayAnswer) }) },
    example: {
      answer: {
        status: 200,
        body: {
          data: [
            {
              ...{ rail: 'mobile_money' as const, currency: 'KES', title: 'M-Pesa' },
              least: { amount: '1.00', currency: 'KES' },
              most: { amount: '250000.00', currency: 'KES' },
              ...{ phonePrefix: '+254', bankCodes: null },
            },
          ],
        },
      },
    },
    handle: async ({ tx, scope, deps }) => {
      const ways = await waysOfClient(tx, clientOf(scope).clientId, deps.providers);
      return { status: 200, body: { data: ways.map(showWay) } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/deposits',
    operationId: 'requestDeposit',
    summary: 'Start a deposit',
    description:
      'Answers at once; `nextAction` of the deposit says what the payer has to do as soon as the provider has answered: ' +
      'a page, a code to scan, a number to give at a shop, an account to pay into, a prompt on the phone, an address of a chain. ' +
      '`GET /api/v1/ways-to-pay` lists the rails there are, and what of `payer` each needs.',
    tags: ['Deposits'],
    auth: { client: true },
    idempotency: 'required',
    body: z.strictObject({
      amount: money,
      rail: z.enum(depositRails).default('card'),
      payer: payer.optional(),
    }),
    responses: { 201: depositAnswer },
    problems: { 422: 'deposit_refused, restricted, no_provider, payer_incomplete' },
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
  defineRoute({
    method: 'POST',
    path: '/api/v1/deposits/:id/return-proposal',
    operationId: 'proposeDepositReturn',
    summary: 'Propose where held tokens go back to',
    description:
      'To an address that the client has named for payouts, or to the one that sent them, with the name of who has it. ' +
      'Another person decides on it in the inbox (`POST /api/v1/tasks/{id}/decision`). A new proposal takes the place ' +
      'of the one before.',
    tags: ['Deposits'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    params: { id: idOf('deposit') },
    body: z.discriminatedUnion('to', [
      z.strictObject({ to: z.literal('client'), addressId: idOf('source') }),
      z.strictObject({
        to: z.literal('sender'),
        name: line(140).meta({ description: 'Whose address it is; it travels with the transfer.' }),
        vasp: line(100)
          .optional()
          .meta({ description: 'The exchange that keeps it; left out for a wallet of their own.' }),
      }),
    ]),
    responses: { 201: z.object({ taskId: idOf('task'), version: z.number().int() }) },
    problems: {
      409: 'already_decided',
      422: 'not_by_chain, sender_unknown, several_senders',
    },
    example: {
      body: { to: 'client', addressId: exampleId('source') },
      answer: { status: 201, body: { taskId: exampleId('task'), version: 2 } },
    },
    handle: async ({ tx, params, body }) => {
      const task = await proposeReturn(
        tx,
        params.id,
        body.to === 'client' ? body : { ...body, vasp: body.vasp ?? null },
      );
      return { status: 201, body: { taskId: task.id, version: task.version } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/deposits/:id/return-proposal/cancel',
    operationId: 'cancelDepositReturn',
    summary: 'Withdraw or decline a proposal of where held tokens go back to',
    description:
      'Whoever has proposed withdraws it, anybody else who may decide declines it. The question is open again as it was ' +
      'first asked, and another proposal can be made.',
    tags: ['Deposits'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    params: { id: idOf('deposit') },
    body: z.strictObject({
      reason: line(500).meta({ description: 'In words; kept as ciphertext.' }),
    }),
    responses: { 200: z.object({ taskId: idOf('task'), version: z.number().int() }) },
    problems: { 409: 'not_proposed' },
    example: {
      body: { reason: 'The exchange says that it takes no returns at this address.' },
      answer: { status: 200, body: { taskId: exampleId('task'), version: 3 } },
    },
    handle: async ({ tx, params, body }) => {
      const task = await dropReturn(tx, params.id, body.reason);
      return { status: 200, body: { taskId: task.id, version: task.version } };
    },
  }),
  ...definePaymentReads({
    kind: 'deposit',
    name: 'Deposit',
    states: depositStates,
    answer: depositAnswer,
    example,
    list: listDeposits,
    show: (deposit) => show(deposit),
    readSummary: 'Read a deposit',
    read: async (tx, id) => {
      const deposit = await readDeposit(tx, id);
      const isTold = tx.scope.kind === 'client' || may(tx.scope, 'client.personal');
      return show(
        deposit,
        isTold ? await nextActionOf(tx, deposit) : null,
        await seenOfDeposit(tx, deposit),
      );
    },
  }),
];
