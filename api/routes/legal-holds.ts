import { z } from 'zod';
import type { Tx } from '../../db/connection';
import {
  askToLiftLegalHold,
  legalHoldStates,
  listLegalHolds,
  placeLegalHold,
  readLegalHold,
  taskOfHold,
  wordsOfHold,
  type LegalHold,
} from '../../db/legal-holds';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn, versionIn } from '../location';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, line, reason, time } from '../schemas';

/** What a court or an authority calls it. */
export const holdReference = line(100).meta({
  description: 'What the court or the authority calls it; kept as ciphertext.',
  example: 'XC-0001/26',
});

const hold = z
  .object({
    id: idOf('legalHold'),
    entityId,
    clientId: idOf('client'),
    state: z.enum(legalHoldStates).meta({
      description: 'It holds while it is `proposed`, `standing` or `lifting`.',
    }),
    placedBy: z.string(),
    confirmedBy: z.string().nullable(),
    liftAskedBy: z.string().nullable(),
    liftedBy: z.string().nullable(),
    version: z.int(),
    placedAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'LegalHold' });

const detail = hold
  .extend({
    reason: z.string(),
    reference: z.string(),
    liftReason: z.string().nullable(),
    taskId: idOf('task').nullable().meta({ description: 'Where the second person decides.' }),
  })
  .meta({ id: 'LegalHoldDetail' });

const example = {
  id: exampleId('legalHold'),
  entityId: 'cy',
  clientId: exampleId('client'),
  state: 'standing' as const,
  placedBy: exampleId('user'),
  confirmedBy: exampleId('user'),
  liftAskedBy: null,
  liftedBy: null,
  version: 2,
  placedAt: '2026-11-23T20:15:00.000000Z',
  endedAt: null,
};
const detailExample = {
  ...example,
  reason: 'Order to keep everything until the hearing.',
  reference: 'XC-0001/26',
  liftReason: null,
  taskId: exampleId('task'),
};

async function show(tx: Tx, found: LegalHold): Promise<z.input<typeof detail>> {
  return {
    ...found,
    ...(await wordsOfHold(tx, found.id)),
    taskId: (await taskOfHold(tx, found))?.id ?? null,
  };
}

const circle = { permission: 'legal_hold.decide' } as const;

export const legalHoldRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/legal-holds',
    operationId: 'placeLegalHold',
    summary: 'Hold everything of a client',
    description:
      'From now on nothing of the client is erased or deleted, whatever the time of keeping says. Another person of the MLRO’s circle confirms it in a task `legal_hold`, or it ends. Nobody else learns of it.',
    tags: ['Compliance'],
    auth: circle,
    idempotency: 'required',
    body: z.strictObject({ clientId: idOf('client'), reason, reference: holdReference }),
    responses: { 201: detail },
    problems: { 410: '`erased`: nothing is left to hold.' },
    example: {
      body: {
        clientId: example.clientId,
        reason: detailExample.reason,
        reference: detailExample.reference,
      },
      answer: { status: 201, body: { ...detailExample, state: 'proposed', confirmedBy: null } },
    },
    location: (body) => `/api/v1/legal-holds/${idIn(body)}`,
    etag: versionIn,
    handle: async ({ tx, body }) => ({
      status: 201,
      body: await show(tx, await placeLegalHold(tx, body)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/legal-holds/:id/lift',
    operationId: 'askToLiftLegalHold',
    summary: 'Ask for the end of a legal hold',
    description: 'It holds on until another person of the circle approves its end.',
    tags: ['Compliance'],
    auth: circle,
    idempotency: 'required',
    ifMatch: true,
    params: { id: idOf('legalHold') },
    body: z.strictObject({ reason }),
    responses: { 200: detail },
    problems: { 409: '`stale`, `hold_proposed`, `hold_lifting`, `hold_refused`, `hold_lifted`' },
    example: {
      body: { reason: 'The order was withdrawn.' },
      answer: {
        status: 200,
        body: { ...detailExample, state: 'lifting', liftReason: 'The order was withdrawn.' },
      },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: await show(
        tx,
        await askToLiftLegalHold(tx, params.id, { reason: body.reason, version: expectedVersion }),
      ),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/legal-holds',
    operationId: 'listLegalHolds',
    summary: 'List legal holds, the newest first',
    description: 'For the MLRO’s circle alone.',
    tags: ['Compliance'],
    auth: { permission: 'restricted.read' },
    query: {
      ...pageQuery,
      state: z.enum(legalHoldStates).optional(),
      clientId: idOf('client').optional().meta({ description: 'On this client alone.' }),
    },
    responses: { 200: pageOf(hold) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listLegalHolds(tx, {
        ...{ state: query.state, clientId: query.clientId },
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: ({ id }) => id, show: (each) => each }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/legal-holds/:id',
    operationId: 'readLegalHold',
    summary: 'Read a legal hold',
    tags: ['Compliance'],
    auth: { permission: 'restricted.read' },
    params: { id: idOf('legalHold') },
    responses: { 200: detail },
    example: { answer: { status: 200, body: detailExample } },
    etag: versionIn,
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await show(tx, await readLegalHold(tx, params.id)),
    }),
  }),
];
