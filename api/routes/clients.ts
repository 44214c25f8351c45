import { z } from 'zod';
import { may } from '../../domain/access/scope';
import { malformed } from '../../domain/problem';
import { eventsOfClient } from '../../db/events';
import { listClients, readClient, searchClients, type Client } from '../../db/clients';
import { partiesOf, readPersonalData } from '../../db/parties';
import { processesOfClient } from '../../db/processes';
import type { Tx } from '../../db/connection';
import { decodeCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { event, exampleEvent, showEvent } from '../show-event';
import { timelineFilter, timelineQuery } from '../timeline-query';
import { country, entityId, exampleId, idOf, line, time } from '../schemas';
import { personalAnswer } from './kyc-schemas';

const client = z
  .object({
    id: idOf('client'),
    entityId,
    residence: country,
    category: z.enum(['retail', 'professional']),
    state: z.string().meta({ example: 'registered' }),
    kycLevel: z.int(),
    riskLevel: z.enum(['low', 'medium', 'high']).nullable(),
    currency: z.string(),
    approvedAt: time.nullable(),
    createdAt: time,
    version: z.int(),
  })
  .meta({ id: 'Client' });

const personal = personalAnswer.meta({ id: 'PersonalData' });

const detail = client
  .extend({
    parties: z.array(
      z.object({
        id: idOf('party'),
        role: z.string(),
        personal: personal.nullable().meta({ description: 'Null without `client.personal`.' }),
      }),
    ),
    processes: z
      .array(
        z.object({
          workflowId: z.string(),
          state: z.string(),
          waitsFor: z.string().nullable(),
          since: time,
          due: time.nullable(),
        }),
      )
      .meta({ description: 'What runs for the client now and what it waits for.' }),
  })
  .meta({ id: 'ClientDetail' });

const example = {
  id: exampleId('client'),
  entityId: 'cy',
  residence: 'DE',
  category: 'retail' as const,
  state: 'registered',
  kycLevel: 0,
  riskLevel: null,
  currency: 'EUR',
  approvedAt: null,
  createdAt: '2026-11-23T20:15:00.000000Z',
  version: 1,
};

function show(found: Client): z.input<typeof client> {
  const { locale: _, ...shown } = found;
  return shown;
}

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/clients',
  operationId: 'listClients',
  summary: 'List clients',
  description: 'Newest first, of the entities you see.',
  tags: ['Clients'],
  auth: { permission: 'client.read' },
  query: {
    ...pageQuery,
    entityId: entityId.optional(),
    state: z
      .string()
      .regex(/^[a-z_]{1,40}$/)
      .optional()
      .meta({ example: 'registered' }),
    residence: country.optional(),
    category: z.enum(['retail', 'professional']).optional(),
  },
  responses: { 200: pageOf(client) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, query }) => {
    const { limit, cursor, entityId: entity, state, residence, category } = query;
    const after = decodeCursor(cursor);
    const found = await listClients(tx, {
      limit: limit + 1,
      ...(after === undefined ? {} : { after }),
      ...(entity === undefined ? {} : { entityId: entity }),
      ...(state === undefined ? {} : { state }),
      ...(residence === undefined ? {} : { residence }),
      ...(category === undefined ? {} : { category }),
    });
    return { status: 200, body: pageFrom(found, limit, { after: (each) => each.id, show }) };
  },
});

const search = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/search',
  operationId: 'searchClients',
  summary: 'Find clients by what names them',
  description:
    'An id of anything of theirs, an e-mail, phone or document number, a log-in, or words of a name. A POST, so that no name stands in an address.',
  tags: ['Clients'],
  auth: { permission: 'client.read' },
  idempotency: 'none',
  body: z.strictObject({ text: line(200).meta({ example: 'maria@example.com' }) }),
  responses: { 200: z.object({ data: z.array(client) }) },
  example: {
    body: { text: 'maria@example.com' },
    answer: { status: 200, body: { data: [example] } },
  },
  handle: async ({ tx, body }) => {
    return { status: 200, body: { data: (await searchClients(tx, body.text)).map(show) } };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id',
  operationId: 'readClient',
  summary: 'Read a client',
  description: 'Staff with the permission, or the client.',
  tags: ['Clients'],
  auth: { any: [{ permission: 'client.read' }, { client: true }] },
  params: { id: idOf('client') },
  responses: { 200: detail },
  example: {
    answer: {
      status: 200,
      body: {
        ...example,
        parties: [
          {
            id: exampleId('party'),
            role: 'holder',
            personal: { name: 'Maria Example', email: 'maria@example.com' },
          },
        ],
        processes: [
          {
            workflowId: `onboarding/${exampleId('client')}`,
            state: 'collecting',
            waitsFor: 'the client',
            since: '2026-11-23T20:15:00.000000Z',
            due: null,
          },
        ],
      },
    },
  },
  handle: async ({ tx, params }) => {
    const found = await readClient(tx, params.id);
    // What a process waits for may name a restricted reason: clients read their requests instead.
    const processes = tx.scope.kind === 'client' ? [] : await processesOfClient(tx, found.id);
    return {
      status: 200,
      body: {
        ...show(found),
        parties: await showParties(tx, found.id),
        processes: processes
          .filter((process) => process.finishedAt === null)
          .map(({ workflowId, state, waitsFor, since, due }) => ({
            workflowId,
            state,
            waitsFor,
            since,
            due,
          })),
      },
    };
  },
});

async function showParties(tx: Tx, clientId: string): Promise<z.input<typeof detail>['parties']> {
  const isOpen = tx.scope.kind === 'client' || may(tx.scope, 'client.personal');
  const shown = [];
  for (const party of await partiesOf(tx, clientId)) {
    const data = isOpen ? await readPersonalData(tx, party.id) : null;
    shown.push({ id: party.id, role: party.role, personal: data });
  }
  return shown;
}

const events = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id/events',
  operationId: 'listClientEvents',
  summary: 'Read a client’s timeline',
  description:
    'The events of the client over all subjects, newest first, as far as you may read what they tell of: a deposit with `payment.read`, an account with `account.read`, a task when you see the task. Restricted ones are there for the MLRO’s circle only.',
  tags: ['Clients'],
  auth: { permission: 'client.read' },
  params: { id: idOf('client') },
  query: {
    ...pageQuery,
    type: z
      .string()
      .regex(/^[a-z_.]{1,60}$/)
      .optional()
      .meta({ example: 'client.registered' }),
    ...timelineQuery,
  },
  responses: { 200: pageOf(event) },
  example: {
    answer: {
      status: 200,
      body: { data: [exampleEvent], nextCursor: null },
    },
  },
  handle: async ({ tx, params, query }) => {
    await readClient(tx, params.id);
    const before = decodeOrder(query.cursor);
    const found = await eventsOfClient(tx, params.id, {
      ...timelineFilter(query),
      limit: query.limit + 1,
      ...(before === undefined ? {} : { before }),
      ...(query.type === undefined ? {} : { type: query.type }),
    });
    const page = pageFrom(found, query.limit, {
      after: (each) => each.order,
      show: (each) => each,
    });
    const data = [];
    for (const stored of page.data) data.push(await showEvent(tx, stored));
    return { status: 200, body: { data, nextCursor: page.nextCursor } };
  },
});

/** A cursor of events is a number: another list's cursor names no place here. */
function decodeOrder(cursor: string | undefined): string | undefined {
  const after = decodeCursor(cursor);
  if (after === undefined || /^\d{1,18}$/.test(after)) return after;
  throw malformed('This cursor is of another list.');
}

export const clientRoutes = [list, search, read, events];
