import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { proposeWriteOff } from '../../db/chargeback-write-off';
import {
  chargebackStates,
  listChargebacks,
  readChargeback,
  type Chargeback,
} from '../../db/chargebacks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { exampleId, idOf, line, moneyAnswer, time } from '../schemas';

const chargebackAnswer = z
  .object({
    id: idOf('chargeback'),
    depositId: idOf('deposit'),
    clientId: idOf('client'),
    entityId: z.string(),
    provider: z.string(),
    dispute: z.string().meta({ description: 'The provider’s number of it.' }),
    reason: z.string().meta({ description: 'The provider’s code.' }),
    state: z.enum(chargebackStates),
    amount: moneyAnswer,
    takenFromWallet: moneyAnswer,
    writtenOff: moneyAnswer.meta({
      description: 'What two people have given up of what was owed.',
    }),
    owed: moneyAnswer.meta({ description: 'What the wallet did not have and the client owes.' }),
    fee: moneyAnswer.nullable().meta({ description: 'What the provider charges the house.' }),
    toldAt: time.meta({ description: 'The provider’s latest word, by its clock.' }),
    evidenceDueAt: time.nullable(),
    createdAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'Chargeback' });

const example = {
  id: exampleId('chargeback'),
  depositId: exampleId('deposit'),
  clientId: exampleId('client'),
  entityId: 'cy',
  provider: 'stripe',
  dispute: 'dp_1QxZ',
  reason: 'fraudulent',
  state: 'open' as const,
  amount: { amount: '500.00', currency: 'EUR' },
  takenFromWallet: { amount: '120.00', currency: 'EUR' },
  writtenOff: { amount: '0.00', currency: 'EUR' },
  owed: { amount: '380.00', currency: 'EUR' },
  fee: { amount: '15.00', currency: 'EUR' },
  toldAt: '2026-11-23T20:15:00.000000Z',
  evidenceDueAt: '2026-11-30T20:15:00.000000Z',
  createdAt: '2026-11-23T20:15:00.000000Z',
  endedAt: null,
};

function show(chargeback: Chargeback): z.input<typeof chargebackAnswer> {
  const { currency } = chargeback;
  return {
    id: chargeback.id,
    depositId: chargeback.depositId,
    clientId: chargeback.clientId,
    entityId: chargeback.entityId,
    provider: chargeback.provider,
    dispute: chargeback.disputeRef,
    reason: chargeback.reason,
    state: chargeback.state,
    amount: moneyJson(chargeback),
    takenFromWallet: moneyJson({ amountMinor: chargeback.takenMinor, currency }),
    writtenOff: moneyJson({ amountMinor: chargeback.writtenOffMinor, currency }),
    owed: moneyJson({ amountMinor: chargeback.owedMinor, currency }),
    fee:
      chargeback.feeCurrency === null
        ? null
        : moneyJson({ amountMinor: chargeback.feeMinor, currency: chargeback.feeCurrency }),
    toldAt: chargeback.toldAt,
    evidenceDueAt: chargeback.evidenceDueAt,
    createdAt: chargeback.createdAt,
    endedAt: chargeback.endedAt,
  };
}

export const chargebackRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/chargebacks',
    operationId: 'listChargebacks',
    summary: 'List chargebacks, the newest first',
    tags: ['Deposits'],
    auth: { permission: 'payment.read' },
    query: {
      ...pageQuery,
      state: z.enum(chargebackStates).optional(),
      clientId: idOf('client').optional(),
    },
    responses: { 200: pageOf(chargebackAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listChargebacks(tx, {
        ...(query.clientId ? { clientId: query.clientId } : {}),
        ...(query.state ? { state: query.state } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/chargebacks/:id',
    operationId: 'readChargeback',
    summary: 'Read a chargeback',
    tags: ['Deposits'],
    auth: { permission: 'payment.read' },
    params: { id: idOf('chargeback') },
    responses: { 200: chargebackAnswer },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await readChargeback(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/chargebacks/:id/write-off',
    operationId: 'proposeWriteOff',
    summary: 'Ask to give up what the client owes',
    description:
      'Of a chargeback that is over. Another person approves (task `write_off_approval`); then it is posted, once.',
    tags: ['Deposits'],
    auth: { permission: 'ledger.correct' },
    idempotency: 'required',
    params: { id: idOf('chargeback') },
    body: z.strictObject({ reason: line(500) }),
    responses: { 202: chargebackAnswer },
    problems: { 409: 'not_over or already_asked', 422: 'nothing_owed' },
    example: {
      body: { reason: 'The client has left and answers nobody.' },
      answer: { status: 202, body: { ...example, state: 'lost' as const } },
    },
    handle: async ({ tx, params, body }) => ({
      status: 202,
      body: show(await proposeWriteOff(tx, params.id, body.reason)),
    }),
  }),
];
