import { z } from 'zod';
import { may } from '../../domain/access/scope';
import { moneyJson } from '../../domain/money';
import { receiptStates } from '../../domain/payments/receipt';
import type { Tx } from '../../db/connection';
import { proposeForReceipt } from '../../db/receipt-decisions';
import { listReceipts, payerOfReceipt, readReceipt, type Receipt } from '../../db/receipts';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { exampleId, idOf, moneyAnswer, time } from '../schemas';

const receiptAnswer = z
  .object({
    id: idOf('receipt'),
    statementId: idOf('bankStatement'),
    entityId: z.string(),
    clientId: idOf('client').nullable(),
    account: z.string().meta({ description: 'The house’s account that it arrived on.' }),
    amount: moneyAnswer,
    bookedOn: z.string().nullable(),
    bankReference: z.string().nullable(),
    reference: z.string().nullable().meta({ description: 'Ours, as the payer wrote it.' }),
    code: z.string().nullable().meta({ description: 'Why it was nobody’s by itself.' }),
    state: z.enum(receiptStates),
    depositId: idOf('deposit').nullable(),
    createdAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'Receipt' });

const wholeAnswer = receiptAnswer
  .extend({
    payer: z
      .object({
        name: z.string().nullable(),
        account: z.string().nullable(),
        remittance: z.string(),
      })
      .nullable()
      .meta({ description: 'For whoever works on receipts or reads personal data.' }),
  })
  .meta({ id: 'WholeReceipt' });

const example = {
  id: exampleId('receipt'),
  statementId: exampleId('bankStatement'),
  entityId: 'cy',
  clientId: null,
  account: 'CY17002001280000001200527600',
  amount: { amount: '500.00', currency: 'EUR' },
  bookedOn: '2026-11-27',
  bankReference: 'B1',
  reference: null,
  code: 'NO_REFERENCE',
  state: 'unallocated' as const,
  depositId: null,
  createdAt: '2026-11-30T08:15:00.000000Z',
  endedAt: null,
};

function show(receipt: Receipt): z.input<typeof receiptAnswer> {
  const { bankAccount: account, amountMinor, currency, ...rest } = receipt;
  return { ...rest, account, amount: moneyJson({ amountMinor, currency }) };
}

async function showWhole(tx: Tx, id: string): Promise<z.input<typeof wholeAnswer>> {
  const receipt = await readReceipt(tx, id);
  return {
    ...show(receipt),
    payer: mayReadPayer(tx) ? ((await payerOfReceipt(tx, id)) ?? null) : null,
  };
}

/** Without the name on it nobody could say whose money it is. */
export function mayReadPayer({ scope }: Tx): boolean {
  return may(scope, 'payment.operate') || may(scope, 'client.personal');
}

export const receiptRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/receipts',
    operationId: 'listReceipts',
    summary: 'List money that has arrived at banks, the newest first',
    tags: ['Receipts'],
    auth: { permission: 'payment.read' },
    query: {
      ...pageQuery,
      state: z.enum(receiptStates).optional(),
      clientId: idOf('client').optional(),
    },
    responses: { 200: pageOf(receiptAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listReceipts(tx, {
        ...(query.state ? { state: query.state } : {}),
        ...(query.clientId ? { clientId: query.clientId } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/receipts/:id',
    operationId: 'readReceipt',
    summary: 'Read one receipt, with who paid',
    tags: ['Receipts'],
    auth: { permission: 'payment.read' },
    params: { id: idOf('receipt') },
    responses: { 200: wholeAnswer },
    example: { answer: { status: 200, body: { ...example, payer: null } } },
    handle: async ({ tx, params }) => ({ status: 200, body: await showWhole(tx, params.id) }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/receipts/:id/proposal',
    operationId: 'proposeForReceipt',
    summary: 'Propose whose wallet money goes to, or that it goes back',
    description:
      'Another person decides on it in the inbox (`POST /api/v1/tasks/{id}/decision`). A new proposal takes the place of the one before.',
    tags: ['Receipts'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    params: { id: idOf('receipt') },
    body: z.discriminatedUnion('action', [
      z.strictObject({ action: z.literal('allocate'), clientId: idOf('client') }),
      z.strictObject({ action: z.literal('return') }),
    ]),
    responses: { 201: z.object({ taskId: idOf('task'), version: z.number().int() }) },
    problems: { 409: 'already_decided', 422: 'no_payer_account' },
    example: {
      body: { action: 'allocate', clientId: exampleId('client') },
      answer: { status: 201, body: { taskId: exampleId('task'), version: 2 } },
    },
    handle: async ({ tx, params, body }) => {
      const task = await proposeForReceipt(tx, params.id, body);
      return { status: 201, body: { taskId: task.id, version: task.version } };
    },
  }),
];
