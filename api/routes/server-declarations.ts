import { z } from 'zod';
import { declarationKinds, type DeclarationPhase } from '../../domain/trading/declaration';
import {
  declareServer,
  endDeclaration,
  extendDeclaration,
  listDeclarations,
} from '../../db/declarations';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { exampleId, idOf, instant, reason, time } from '../schemas';
import { serverId } from './account-schemas';
import { knownServer } from './servers';

const phases = [
  'planned',
  'in_force',
  'over',
  'called_off',
] as const satisfies readonly DeclarationPhase[];

const declaration = z
  .object({
    id: idOf('declaration'),
    serverId,
    kind: z.enum(declarationKinds),
    phase: z.enum(phases),
    from: time,
    until: time.nullable().meta({ description: 'Null while nobody knows.' }),
    reason: z.string(),
    declaredBy: z.string(),
    declaredAt: time,
    endedAt: time.nullable().meta({ description: 'When people ended it before its time.' }),
    endedBy: z.string().nullable(),
  })
  .meta({ id: 'ServerDeclaration' });

const example = {
  id: exampleId('declaration'),
  serverId: 'mt5',
  kind: 'maintenance' as const,
  phase: 'planned' as const,
  from: '2026-11-24T22:00:00.000000Z',
  until: '2026-11-24T23:00:00.000000Z',
  reason: 'The broker of the platform installs a new build.',
  declaredBy: `user:${exampleId('user')}`,
  declaredAt: '2026-11-23T20:15:00.000000Z',
  endedAt: null,
  endedBy: null,
};

const params = { id: serverId, declarationId: idOf('declaration') };

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/servers/:id/declarations',
  operationId: 'listServerDeclarations',
  summary: 'Outages and maintenance of a server, the latest declared first',
  tags: ['Servers'],
  auth: { permission: 'server.read' },
  params: { id: serverId },
  query: pageQuery,
  responses: { 200: pageOf(declaration) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, params, query }) => {
    await knownServer(tx, params.id);
    const found = await listDeclarations(tx, {
      serverId: params.id,
      ...after(query.cursor),
      limit: query.limit + 1,
    });
    return {
      status: 200,
      body: pageFrom(found, query.limit, { after: ({ id }) => id, show: (each) => each }),
    };
  },
});

const declare = defineRoute({
  method: 'POST',
  path: '/api/v1/servers/:id/declarations',
  operationId: 'declareServer',
  summary: 'Declare an outage or maintenance',
  description:
    'While it is in force nothing is sent to the server: what is asked for waits and is carried out afterwards, and the deal feed pauses. It begins and ends by itself.',
  tags: ['Servers'],
  auth: { permission: 'server.operate' },
  idempotency: 'required',
  params: { id: serverId },
  body: z.strictObject({
    kind: z.enum(declarationKinds),
    from: instant.optional().meta({ description: 'Now, if left out.' }),
    until: instant
      .nullable()
      .optional()
      .meta({ description: 'A maintenance has an end; an outage may have none yet.' }),
    reason,
  }),
  responses: { 201: declaration },
  problems: { 409: '`declaration_overlaps`: something else is declared of the server then.' },
  example: {
    body: { kind: 'maintenance', from: example.from, until: example.until, reason: example.reason },
    answer: { status: 201, body: example },
  },
  handle: async ({ tx, params, body }) => ({
    status: 201,
    body: await declareServer(tx, { serverId: params.id, ...body }),
  }),
});

const end = defineRoute({
  method: 'POST',
  path: '/api/v1/servers/:id/declarations/:declarationId/end',
  operationId: 'endServerDeclaration',
  summary: 'End it before its time',
  description: 'What has waited goes on. One that has not begun is called off.',
  tags: ['Servers'],
  auth: { permission: 'server.operate' },
  idempotency: 'required',
  params,
  responses: { 200: declaration },
  problems: { 409: '`declaration_over`.' },
  example: {
    answer: {
      status: 200,
      body: {
        ...example,
        phase: 'called_off',
        endedAt: '2026-11-23T21:00:00.000000Z',
        endedBy: example.declaredBy,
      },
    },
  },
  handle: async ({ tx, params }) => ({
    status: 200,
    body: await endDeclaration(tx, params.id, params.declarationId),
  }),
});

const extend = defineRoute({
  method: 'POST',
  path: '/api/v1/servers/:id/declarations/:declarationId/extend',
  operationId: 'extendServerDeclaration',
  summary: 'Move its end to a later time',
  description: 'Or give an outage the end that nobody knew.',
  tags: ['Servers'],
  auth: { permission: 'server.operate' },
  idempotency: 'required',
  params,
  body: z.strictObject({ until: instant.meta({ example: '2026-11-25T00:00:00Z' }) }),
  responses: { 200: declaration },
  problems: { 409: '`declaration_over` or `declaration_overlaps`.' },
  example: {
    body: { until: '2026-11-25T00:00:00Z' },
    answer: { status: 200, body: { ...example, until: '2026-11-25T00:00:00.000000Z' } },
  },
  handle: async ({ tx, params, body }) => ({
    status: 200,
    body: await extendDeclaration(tx, params.id, { id: params.declarationId, until: body.until }),
  }),
});

export const serverDeclarationRoutes = [list, declare, end, extend];
