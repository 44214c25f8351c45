import { z } from 'zod';
import {
  agreementPlanSchema,
  readAgreementPlan,
  type Outstanding,
} from '../../domain/agreement/agreement';
import type { PlanProblem } from '../../domain/plan-problem';
import { malformed, type Problem } from '../../domain/problem';
import {
  acceptAgreements,
  agreementStanding,
  acceptancesOf,
  outstandingAgreements,
  type Acceptance,
} from '../../db/agreement-acceptance';
import { proposeAgreement } from '../../db/agreement-requests';
import {
  agreementStates,
  listAgreements,
  readAgreement,
  type AgreementVersion,
  type ListedAgreement,
  type PublishedVersion,
} from '../../db/agreements';
import type { Tx } from '../../db/connection';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, time } from '../schemas';
import { clientOf } from './client-scope';

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex')
  .meta({
    description: 'SHA-256, in hex, of language, title and text, a line each.',
  });

const text = z.object({ locale: z.string(), title: z.string(), body: z.string(), hash });

const version = z
  .object({
    id: idOf('agreement'),
    entityId,
    code: z.string(),
    version: z.number().int(),
    titles: z.array(z.object({ locale: z.string(), title: z.string(), hash })),
    reaccept: z.boolean().meta({
      description: 'Whoever was a client already has to accept it.',
    }),
    graceDays: z.number().int(),
    effectiveFrom: time.nullable().meta({ description: 'Null before it is published.' }),
    state: z.enum(agreementStates),
    requestedBy: z.string(),
    publishedBy: z.string().nullable(),
    createdAt: time,
  })
  .meta({ id: 'Agreement' });

const detail = version
  .extend({
    texts: z.array(text),
    taskId: idOf('task').nullable().meta({ description: 'Where it is published.' }),
  })
  .meta({ id: 'AgreementDetail' });

const acceptance = z
  .object({
    versionId: idOf('agreement'),
    code: z.string(),
    version: z.number().int(),
    title: z.string(),
    locale: z.string(),
    hash,
    acceptedBy: z.string().meta({ description: 'Who acted.' }),
    at: time,
  })
  .meta({ id: 'AgreementAcceptance' });

const outstanding = z
  .object({
    versionId: idOf('agreement'),
    code: z.string(),
    version: z.number().int(),
    dueAt: time.meta({
      description: 'From then on deposits, accounts and money for trading wait.',
    }),
    overdue: z.boolean(),
    texts: z.array(text),
  })
  .meta({ id: 'OutstandingAgreement' });

const plan = {
  code: 'risk_disclosure',
  texts: [{ locale: 'en', title: 'Risk disclosure', text: 'You may lose what you pay in.' }],
  reaccept: true,
  graceDays: 30,
};
const exampleHash = '4f0d0a9b8d5c3e6f7a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071';
const example = {
  id: exampleId('agreement'),
  entityId: 'cy',
  code: 'risk_disclosure',
  version: 1,
  titles: [{ locale: 'en', title: 'Risk disclosure', hash: exampleHash }],
  reaccept: true,
  graceDays: 30,
  effectiveFrom: null,
  state: 'proposed' as const,
  requestedBy: exampleId('user'),
  publishedBy: null,
  createdAt: '2026-11-23T20:15:00.000000Z',
};
const exampleText = {
  ...{ locale: 'en', title: 'Risk disclosure', body: 'You may lose what you pay in.' },
  hash: exampleHash,
};
const acceptanceExample = {
  versionId: exampleId('agreement'),
  ...{ code: 'risk_disclosure', version: 1, title: 'Risk disclosure', locale: 'en' },
  hash: exampleHash,
  acceptedBy: `user:${exampleId('user')}`,
  at: '2026-11-23T20:15:00.000000Z',
};
const outstandingExample = {
  versionId: exampleId('agreement'),
  ...{ code: 'risk_disclosure', version: 1 },
  dueAt: '2026-12-23T20:15:00.000Z',
  overdue: false,
  texts: [exampleText],
};

function show(of: ListedAgreement): z.input<typeof version> {
  const { texts, wantedFrom: _, finishedAt: __, ...rest } = of;
  return {
    ...rest,
    titles: texts.map(({ locale, title, hash: own }) => ({ locale, title, hash: own })),
  };
}

async function showDetail(tx: Tx, of: AgreementVersion): Promise<z.input<typeof detail>> {
  return {
    ...show(of),
    texts: of.texts.map((each) => ({ ...each })),
    taskId: (await latestTask(tx, of.id, 'agreement_approval'))?.id ?? null,
  };
}

function showAcceptance({ clientId: _, ...rest }: Acceptance): z.input<typeof acceptance> {
  return rest;
}

function showOutstanding({
  current,
  dueAt,
  isOverdue,
}: Outstanding<PublishedVersion>): z.input<typeof outstanding> {
  return {
    versionId: current.id,
    code: current.code,
    version: current.version,
    dueAt,
    overdue: isOverdue,
    texts: current.texts.map((each) => ({ ...each })),
  };
}

/** What cannot be, at its field. */
export function malformedAgreement(problems: readonly PlanProblem[]): Problem {
  return malformed(
    'The agreement cannot be read.',
    problems.map(({ pointer, detail: what }) => ({ pointer: `/body${pointer}`, detail: what })),
  );
}

const propose = defineRoute({
  method: 'POST',
  path: '/api/v1/entities/:id/agreements',
  operationId: 'proposeAgreement',
  summary: 'Ask for a new version of an agreement',
  description:
    'One version has its text in one or more languages and never changes. Opens a task `agreement_approval`: another person publishes it. With `reaccept` every client of the entity is asked to accept it, and has `graceDays` for it; afterwards deposits, accounts, money for trading and bonuses wait (422 `agreements_outstanding`), withdrawals never.',
  tags: ['Entities'],
  auth: { permission: 'entity.propose' },
  idempotency: 'required',
  params: { id: entityId },
  body: agreementPlanSchema,
  responses: { 201: detail },
  problems: {
    409: '`agreement_proposed`: another version of it waits to be published.',
    422: '`in_the_past`',
  },
  example: {
    body: plan,
    answer: {
      status: 201,
      body: { ...example, texts: [exampleText], taskId: exampleId('task') },
    },
  },
  location: (body) => `/api/v1/agreements/${idIn(body)}`,
  handle: async ({ tx, params, body }) => {
    const read = readAgreementPlan(body);
    if (!read.ok) throw malformedAgreement(read.problems);
    return {
      status: 201,
      body: await showDetail(tx, await proposeAgreement(tx, params.id, read.plan)),
    };
  },
});

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/agreements',
  operationId: 'listAgreements',
  summary: 'List the versions of agreements, the newest first',
  tags: ['Entities'],
  auth: { permission: 'entity.read' },
  query: {
    ...pageQuery,
    entityId: entityId.optional(),
    code: z
      .string()
      .regex(/^[a-z][a-z0-9_]{1,39}$/, 'is not the code of an agreement')
      .optional(),
    state: z.enum(agreementStates).optional(),
  },
  responses: { 200: pageOf(version) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, query: { limit, cursor, ...wanted } }) => {
    const found = await listAgreements(tx, { ...wanted, ...after(cursor), limit: limit + 1 });
    return { status: 200, body: pageFrom(found, limit, { after: ({ id }) => id, show }) };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/agreements/:id',
  operationId: 'readAgreement',
  summary: 'Read a version of an agreement, with its texts',
  tags: ['Entities'],
  auth: { permission: 'entity.read' },
  params: { id: idOf('agreement') },
  responses: { 200: detail },
  example: {
    answer: {
      status: 200,
      body: { ...example, texts: [exampleText], taskId: exampleId('task') },
    },
  },
  handle: async ({ tx, params }) => ({
    status: 200,
    body: await showDetail(tx, await readAgreement(tx, params.id)),
  }),
});

const listOfClient = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id/agreements',
  operationId: 'listAcceptancesOfClient',
  summary: 'List what a client accepted and when, the newest version first',
  tags: ['Clients'],
  auth: { permission: 'client.read' },
  params: { id: idOf('client') },
  query: pageQuery,
  responses: { 200: pageOf(acceptance) },
  example: { answer: { status: 200, body: { data: [acceptanceExample], nextCursor: null } } },
  handle: async ({ tx, params, query: { limit, cursor } }) => {
    const found = await acceptancesOf(tx, params.id, { ...after(cursor), limit: limit + 1 });
    return {
      status: 200,
      body: pageFrom(found, limit, {
        after: ({ versionId }) => versionId,
        show: showAcceptance,
      }),
    };
  },
});

const outstandingOfClient = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id/outstanding-agreements',
  operationId: 'listOutstandingAgreements',
  summary: 'List what a client still has to accept, and until when',
  tags: ['Clients'],
  auth: { permission: 'client.read' },
  params: { id: idOf('client') },
  responses: { 200: z.object({ data: z.array(outstanding) }) },
  example: { answer: { status: 200, body: { data: [outstandingExample] } } },
  handle: async ({ tx, params }) => ({
    status: 200,
    body: { data: (await outstandingAgreements(tx, params.id)).map(showOutstanding) },
  }),
});

const own = z
  .object({
    inForce: z.array(
      z.object({
        versionId: idOf('agreement'),
        code: z.string(),
        version: z.number().int(),
        effectiveFrom: time,
        texts: z.array(text),
      }),
    ),
    outstanding: z.array(outstanding),
    accepted: z.array(acceptance),
  })
  .meta({ id: 'OwnAgreements' });

/** A life's worth: an entity has a handful of agreements, each with a version a year. */
const acceptedShown = 200;

async function showOwn(tx: Tx, clientId: string) {
  const standing = await agreementStanding(tx, clientId);
  return {
    inForce: standing.inForce.map(({ id, code, version: n, effectiveFrom, texts }) => ({
      ...{ versionId: id, code, version: n, effectiveFrom },
      texts: texts.map((each) => ({ ...each })),
    })),
    outstanding: standing.outstanding.map(showOutstanding),
    accepted: (await acceptancesOf(tx, clientId, { limit: acceptedShown })).map(showAcceptance),
  } satisfies z.input<typeof own>;
}

const ownExample = {
  inForce: [
    {
      versionId: exampleId('agreement'),
      ...{ code: 'risk_disclosure', version: 1 },
      effectiveFrom: '2026-11-23T20:15:00.000000Z',
      texts: [exampleText],
    },
  ],
  outstanding: [],
  accepted: [acceptanceExample],
};

const readOwn = defineRoute({
  method: 'GET',
  path: '/api/v1/me/agreements',
  operationId: 'readOwnAgreements',
  summary: 'Read what is in force for you, what you accepted, and what you have to accept',
  tags: ['Clients'],
  auth: { client: true },
  responses: { 200: own },
  example: { answer: { status: 200, body: ownExample } },
  handle: async ({ tx, scope }) => ({
    status: 200,
    body: await showOwn(tx, clientOf(scope).clientId),
  }),
});

const accept = defineRoute({
  method: 'POST',
  path: '/api/v1/me/agreements',
  operationId: 'acceptAgreements',
  summary: 'Accept versions of agreements as you have read them',
  description: 'The hash names the very text. What was accepted before stays as it was.',
  tags: ['Clients'],
  auth: { client: true },
  idempotency: 'required',
  body: z.strictObject({
    accepted: z
      .array(z.strictObject({ versionId: idOf('agreement'), hash }))
      .min(1)
      .max(50),
  }),
  responses: { 200: own },
  problems: {
    409: '`agreement_changed`: one of them is not in force, or has another text; nothing is accepted.',
  },
  example: {
    body: { accepted: [{ versionId: exampleId('agreement'), hash: exampleHash }] },
    answer: { status: 200, body: ownExample },
  },
  handle: async ({ tx, scope, body }) => {
    const { clientId } = clientOf(scope);
    await acceptAgreements(tx, clientId, body.accepted);
    return { status: 200, body: await showOwn(tx, clientId) };
  },
});

export const agreementRoutes = [
  propose,
  list,
  read,
  listOfClient,
  outstandingOfClient,
  readOwn,
  accept,
];
