import { z } from 'zod';
import { recordKinds } from '../../domain/retention/retention';
import type { Tx } from '../../db/connection';
import { erasureRequestsOf, requestErasure } from '../../db/erasure-requests';
import {
  erasureCauses,
  erasureStates,
  listErasures,
  proposeErasure,
  readErasure,
  type Erasure,
} from '../../db/erasures';
import { endRelationship, readRetention, type Retention } from '../../db/retention';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { civilDate, entityId, exampleId, idOf, reason, time } from '../schemas';
import { clientOf } from './client-scope';

const kept = z.array(
  z.object({
    record: z.enum(recordKinds),
    years: z.int().meta({ description: 'After the relationship has ended.' }),
    source: z.string().meta({ description: 'The rule that says so.' }),
    until: civilDate
      .nullable()
      .meta({ description: 'The last day; null while the relationship lasts.' }),
  }),
);

const retention = z
  .object({
    standing: z.enum(['lasts', 'kept', 'over', 'unknown', 'erased']).meta({
      description:
        '`lasts`: the relationship has not ended; `unknown`: the policy cannot say how long, and nothing is erased.',
    }),
    endedAt: time.nullable(),
    keptUntil: civilDate.nullable().meta({ description: 'The last day of all records.' }),
    erasedAt: time.nullable(),
    kept,
  })
  .meta({ id: 'Retention' });

const request = z
  .object({
    id: idOf('erasureRequest'),
    clientId: idOf('client'),
    askedBy: z.string(),
    askedAt: time,
    keptUntil: civilDate.nullable(),
    kept,
  })
  .meta({ id: 'ErasureRequest' });

const erasure = z
  .object({
    id: idOf('erasure'),
    entityId,
    clientId: idOf('client'),
    cause: z.enum(erasureCauses),
    state: z.enum(erasureStates),
    proposedBy: z.string(),
    decidedBy: z.string().nullable(),
    evaluationId: idOf('evaluation').meta({ description: 'The policy’s answer on how long.' }),
    keptUntil: civilDate,
    erased: z
      .object({ persons: z.int(), documents: z.int(), papers: z.int(), logIns: z.int() })
      .nullable()
      .meta({ description: 'How many of what went; null unless it was done.' }),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Erasure' });

const erasureDetail = erasure
  .extend({
    taskId: idOf('task').nullable().meta({ description: 'Where another person decides.' }),
  })
  .meta({ id: 'ErasureDetail' });

const exampleKept = [
  {
    record: 'identity' as const,
    years: 5,
    source: 'CY AML Law 188(I)/2007 s. 68',
    until: '2031-11-23',
  },
];
const exampleRetention = {
  standing: 'kept' as const,
  endedAt: '2026-11-23T20:15:00.000Z',
  keptUntil: '2031-11-23',
  erasedAt: null,
  kept: exampleKept,
};
const exampleRequest = {
  id: exampleId('erasureRequest'),
  clientId: exampleId('client'),
  askedBy: `user:${exampleId('user')}`,
  askedAt: '2026-11-24T09:00:00.000000Z',
  keptUntil: '2031-11-23',
  kept: exampleKept,
};
const exampleErasure = {
  id: exampleId('erasure'),
  entityId: 'cy',
  clientId: exampleId('client'),
  cause: 'retention_over' as const,
  state: 'proposed' as const,
  proposedBy: exampleId('user'),
  decidedBy: null,
  evaluationId: exampleId('evaluation'),
  keptUntil: '2026-11-20',
  erased: null,
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: null,
};
const exampleDetail = { ...exampleErasure, taskId: exampleId('task') };

function show(found: Retention): z.input<typeof retention> {
  return { ...found, kept: [...found.kept] };
}

async function showDetail(tx: Tx, found: Erasure): Promise<z.input<typeof erasureDetail>> {
  return {
    ...found,
    taskId: (await latestTask(tx, found.id, 'erasure_approval'))?.id ?? null,
  };
}

const today = () => new Date().toISOString().slice(0, 10);
const tags = ['Clients'] as const;

export const retentionRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/clients/:id/retention',
    operationId: 'readRetention',
    summary: 'Read how long what is known of a client is kept',
    description: 'By the policy `retention` of now: each kind of record, its years and its source.',
    tags: [...tags],
    auth: { permission: 'client.read' },
    params: { id: idOf('client') },
    responses: { 200: retention },
    example: { answer: { status: 200, body: exampleRetention } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await readRetention(tx, params.id, today())),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/clients/:id/end',
    operationId: 'endRelationship',
    summary: 'End the relationship with a client',
    description:
      'The client is closed, their log-in and an open application end, and the time begins for which their records are kept.',
    tags: [...tags],
    auth: { permission: 'client.edit' },
    idempotency: 'required',
    params: { id: idOf('client') },
    body: z.strictObject({ reason }),
    responses: { 200: retention },
    problems: {
      409: '`still_open`: an account, money, a debt or a payment is not over. `already_ended`',
    },
    example: {
      body: { reason: 'The client has asked for it.' },
      answer: { status: 200, body: exampleRetention },
    },
    handle: async ({ tx, params, body }) => ({
      status: 200,
      body: show(await endRelationship(tx, params.id, body.reason)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/clients/:id/erasure-requests',
    operationId: 'recordErasureRequest',
    summary: 'Record that a client asks for the erasure of their data',
    description:
      'Of a client who wrote or called. The answer is what must be kept, and until when; where nothing must be any more, colleagues are asked to erase.',
    tags: [...tags],
    auth: { permission: 'client.edit' },
    idempotency: 'required',
    params: { id: idOf('client') },
    responses: { 201: request },
    problems: { 409: '`asked_already` today, `already_erased`' },
    example: { answer: { status: 201, body: exampleRequest } },
    handle: async ({ tx, params }) => {
      const made = await requestErasure(tx, params.id);
      return { status: 201, body: { ...made, kept: [...made.kept] } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/clients/:id/erasure-requests',
    operationId: 'listErasureRequests',
    summary: 'List what a client asked, and was answered, about the erasure of their data',
    tags: [...tags],
    auth: { permission: 'client.read' },
    params: { id: idOf('client') },
    responses: { 200: z.object({ data: z.array(request) }) },
    example: { answer: { status: 200, body: { data: [exampleRequest] } } },
    handle: async ({ tx, params }) => {
      await readRetention(tx, params.id, today());
      const found = await erasureRequestsOf(tx, params.id);
      return {
        status: 200,
        body: { data: found.map((each) => ({ ...each, kept: [...each.kept] })) },
      };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/me/erasure-requests',
    operationId: 'requestErasure',
    summary: 'Ask for the erasure of my data',
    description: 'The answer is what must be kept, and until when.',
    tags: ['Access'],
    auth: { client: true },
    idempotency: 'required',
    responses: { 201: request },
    problems: { 409: '`asked_already` today' },
    example: { answer: { status: 201, body: exampleRequest } },
    handle: async ({ tx, scope }) => {
      const made = await requestErasure(tx, clientOf(scope).clientId);
      return { status: 201, body: { ...made, kept: [...made.kept] } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/clients/:id/erasures',
    operationId: 'proposeErasure',
    summary: 'Propose the erasure of a client',
    description:
      'Another person approves it in a task `erasure_approval`. Then the keys of everybody of the contract are destroyed, and with them everything that is kept under them; papers and what people are looked up by go, too. Chains of events still verify.',
    tags: [...tags],
    auth: { permission: 'erasure.propose' },
    idempotency: 'required',
    params: { id: idOf('client') },
    body: z.strictObject({ cause: z.enum(erasureCauses) }),
    responses: { 201: erasureDetail },
    problems: {
      409: '`still_open`, `proposed_already`, `already_erased`; `legal_hold` for the MLRO’s circle',
      422: '`relationship_lasts`, `retention_unknown`, `retention_runs` with what is kept until when; `restricted`: a routine review',
    },
    example: {
      body: { cause: 'retention_over' },
      answer: { status: 201, body: exampleDetail },
    },
    location: (body) => `/api/v1/erasures/${idIn(body)}`,
    handle: async ({ tx, params, body }) => {
      const made = await proposeErasure(tx, params.id, body.cause);
      return { status: 201, body: await showDetail(tx, made) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/erasures',
    operationId: 'listErasures',
    summary: 'List erasures, the newest first',
    tags: [...tags],
    auth: { permission: 'client.read' },
    query: {
      ...pageQuery,
      state: z.enum(erasureStates).optional(),
      clientId: idOf('client').optional().meta({ description: 'Of this client alone.' }),
    },
    responses: { 200: pageOf(erasure) },
    example: { answer: { status: 200, body: { data: [exampleErasure], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listErasures(tx, {
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
    path: '/api/v1/erasures/:id',
    operationId: 'readErasure',
    summary: 'Read an erasure',
    tags: [...tags],
    auth: { permission: 'client.read' },
    params: { id: idOf('erasure') },
    responses: { 200: erasureDetail },
    example: { answer: { status: 200, body: exampleDetail } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await showDetail(tx, await readErasure(tx, params.id)),
    }),
  }),
];
