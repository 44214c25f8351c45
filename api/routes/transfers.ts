import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { listTransfers, readTransfer, type Transfer, transferStates } from '../../db/transfers';
import { requestTransfer } from '../../db/transfer-requests';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { campaignCode, exampleId, idOf, money, moneyAnswer, time } from '../schemas';
import { clientOf } from './client-scope';
import { definePaymentReads } from './payment-reads';

const directions = ['to_account', 'to_wallet'] as const;

const transferAnswer = z
  .object({
    id: idOf('transfer'),
    clientId: idOf('client'),
    accountId: idOf('account'),
    direction: z.enum(directions),
    amount: moneyAnswer,
    state: z
      .enum(transferStates)
      .meta({ description: '`unknown`: the server’s answer was lost and is being looked up.' }),
    refusal: z.string().nullable(),
    ticket: z.string().nullable().meta({ description: 'Deal of the trading server.' }),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Transfer' });

const example = {
  id: exampleId('transfer'),
  clientId: exampleId('client'),
  accountId: exampleId('account'),
  direction: 'to_account' as const,
  amount: { amount: '250.00', currency: 'EUR' },
  state: 'requested' as const,
  refusal: null,
  ticket: null,
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: null,
};

function show(transfer: Transfer) {
  return {
    id: transfer.id,
    clientId: transfer.clientId,
    accountId: transfer.accountId,
    direction: transfer.direction,
    amount: moneyJson(transfer),
    state: transfer.state,
    refusal: transfer.refusal,
    ticket: transfer.ticket,
    createdAt: transfer.createdAt,
    finishedAt: transfer.finishedAt,
  };
}

export const transferRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/transfers',
    operationId: 'requestTransfer',
    summary: 'Move money between the wallet and a trading account',
    tags: ['Transfers'],
    auth: { client: true },
    idempotency: 'required',
    body: z.strictObject({
      accountId: idOf('account'),
      direction: z.enum(directions),
      amount: money,
      bonus: z
        .strictObject({
          depositId: idOf('deposit'),
          campaign: campaignCode.optional(),
        })
        .optional()
        .meta({
          description:
            'Ask for the bonus that the policy grants for this deposit with money that goes to an account: a credit, once for a deposit, when the money is there. Where it is not granted nothing is moved.',
        }),
    }),
    responses: { 202: transferAnswer },
    problems: {
      409: 'bonus_claimed',
      422: 'insufficient_funds, account_not_active, other_currency, restricted, bonus_refused, unknown_campaign, deposit_not_credited',
    },
    example: {
      body: {
        accountId: exampleId('account'),
        direction: 'to_account',
        amount: { amount: '250.00', currency: 'EUR' },
      },
      answer: { status: 202, body: example },
    },
    location: (body) => `/api/v1/transfers/${idIn(body)}`,
    handle: async ({ tx, scope, body }) => {
      clientOf(scope);
      return { status: 202, body: show(await requestTransfer(tx, body)) };
    },
  }),
  ...definePaymentReads({
    kind: 'transfer',
    name: 'Transfer',
    states: transferStates,
    answer: transferAnswer,
    example,
    list: listTransfers,
    show,
    readSummary: 'Read a transfer',
    read: async (tx, id) => show(await readTransfer(tx, id)),
  }),
];
