import { z } from 'zod';
import {
  closePeriod,
  listPeriods,
  sealPeriod,
  type LedgerPeriod,
  type PeriodEnd,
} from '../../db/ledger-periods';
import { assertVisible } from '../../db/visible';
import type { Tx } from '../../db/connection';
import { defineRoute } from '../route';
import { entityId, instant, time } from '../schemas';

const period = z
  .object({
    entityId,
    startsAt: time.nullable().meta({ description: 'Null: from the beginning.' }),
    endsAt: time.meta({ description: 'What is effective just before it is the last of it.' }),
    state: z.enum(['closing', 'sealed']),
    closedBy: z.string(),
    sealedBy: z.string().nullable(),
    sealedAt: time.nullable(),
    transactions: z.string().nullable(),
    hash: z.string().nullable().meta({ description: 'SHA-256 over everything in it.' }),
  })
  .meta({ id: 'LedgerPeriod' });

const end = z.strictObject({
  entityId,
  endsAt: instant.meta({ example: '2026-11-01T00:00:00Z' }),
});

const closing = {
  entityId: 'cy',
  startsAt: '2026-10-01T00:00:00Z',
  endsAt: '2026-11-01T00:00:00Z',
  state: 'closing' as const,
  closedBy: 'user:usr_01936f2a-7c1e-7000-8000-0000000000a1',
  sealedBy: null,
  sealedAt: null,
  transactions: null,
  hash: null,
};

function show({ transactions, ...rest }: LedgerPeriod): z.input<typeof period> {
  return { ...rest, transactions: transactions === null ? null : transactions.toString() };
}

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/ledger/periods',
  operationId: 'listLedgerPeriods',
  summary: 'List the closed periods of the books',
  description: 'The latest 200, newest first.',
  tags: ['Ledger'],
  auth: { permission: 'ledger.read' },
  query: { entityId: entityId.optional() },
  responses: { 200: z.object({ data: z.array(period) }) },
  example: { answer: { status: 200, body: { data: [closing] } } },
  handle: async ({ tx, query }) => {
    const found = await listPeriods(tx, {
      limit: 200,
      ...(query.entityId === undefined ? {} : { entityId: query.entityId }),
    });
    return { status: 200, body: { data: found.map(show) } };
  },
});

const close = defineRoute({
  method: 'POST',
  path: '/api/v1/ledger/periods',
  operationId: 'closeLedgerPeriod',
  summary: 'Close the books of an entity up to an instant',
  description:
    'From its commit on nothing is posted that is effective before it; what a server tells of late goes to the open period. It cannot be opened again.',
  tags: ['Ledger'],
  auth: { permission: 'ledger.close' },
  idempotency: 'required',
  body: end,
  responses: { 201: period },
  problems: { 422: '`not_over`, `not_later`, `still_closing`.' },
  example: {
    body: { entityId: 'cy', endsAt: closing.endsAt },
    answer: { status: 201, body: closing },
  },
  handle: async ({ tx, body }) => ({ status: 201, body: await decided(tx, body, closePeriod) }),
});

const seal = defineRoute({
  method: 'POST',
  path: '/api/v1/ledger/periods/seal',
  operationId: 'sealLedgerPeriod',
  summary: 'Seal a closed period',
  description:
    'Another person than the one who closed it. Every balance at its end is kept, and one hash vouches for every transaction in it.',
  tags: ['Ledger'],
  auth: { permission: 'ledger.close' },
  idempotency: 'required',
  body: end,
  responses: { 200: period },
  problems: {
    409: '`still_posting`: a transaction that began before has not ended.',
    422: '`not_closing`, `same_person`.',
  },
  example: {
    body: { entityId: 'cy', endsAt: closing.endsAt },
    answer: {
      status: 200,
      body: {
        ...closing,
        state: 'sealed',
        sealedBy: 'user:usr_01936f2a-7c1e-7000-8000-0000000000a2',
        sealedAt: '2026-11-02T09:00:00.000000Z',
        transactions: '1204',
        hash: 'a'.repeat(64),
      },
    },
  },
  handle: async ({ tx, body }) => ({ status: 200, body: await decided(tx, body, sealPeriod) }),
});

/** The store acts for the house: whose books they are is looked at before. */
async function decided(
  tx: Tx,
  body: PeriodEnd,
  step: (tx: Tx, period: PeriodEnd) => Promise<LedgerPeriod>,
): Promise<z.input<typeof period>> {
  await assertVisible(tx, 'entity', body.entityId);
  return show(await step(tx, body));
}

export const ledgerPeriodRoutes = [list, close, seal];
