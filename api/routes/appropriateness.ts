import { z } from 'zod';
import { questionTypes } from '../../domain/onboarding/questions';
import {
  acknowledgeWarning,
  lastTest,
  takeTest,
  testOfEntity,
  testsOfClient,
  type AppropriatenessTest,
} from '../../db/appropriateness';
import { readClient } from '../../db/clients';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { exampleId, idOf, time } from '../schemas';
import { clientOf } from './client-scope';

const test = z
  .object({
    id: idOf('appropriatenessTest'),
    outcome: z.enum(['appropriate', 'not_appropriate']),
    mayGoOnAt: time.nullable().meta({
      description: 'From when the warning can be acknowledged; null where there is none.',
    }),
    acknowledgedAt: time.nullable(),
    takenAt: time,
  })
  .meta({ id: 'AppropriatenessTest' });

const testExample = {
  id: exampleId('appropriatenessTest'),
  outcome: 'not_appropriate' as const,
  mayGoOnAt: '2026-11-24T20:15:00.000000Z',
  acknowledgedAt: null,
  takenAt: '2026-11-23T20:15:00.000000Z',
};

function showTest(of: AppropriatenessTest): z.input<typeof test> {
  const { id, outcome, mayGoOnAt, acknowledgedAt, takenAt } = of;
  return { id, outcome, mayGoOnAt, acknowledgedAt, takenAt };
}

const readTest = defineRoute({
  method: 'GET',
  path: '/api/v1/me/appropriateness',
  operationId: 'readAppropriatenessTest',
  summary: 'Read the questions, your last test, and how you are warned',
  tags: ['Clients'],
  auth: { client: true },
  responses: {
    200: z.object({
      questions: z.array(
        z.object({
          code: z.string(),
          text: z.string(),
          type: z.enum(questionTypes),
          choices: z.array(z.string()).optional(),
          required: z.boolean(),
          onlyIf: z.object({ question: z.string(), is: z.string() }).optional(),
        }),
      ),
      required: z.boolean().meta({ description: 'A retail client opens no account before.' }),
      warning: z.string(),
      last: test.nullable(),
    }),
  },
  example: {
    answer: {
      status: 200,
      body: { questions: [], required: false, warning: 'You may lose.', last: testExample },
    },
  },
  handle: async ({ tx, scope }) => {
    const { clientId, entityId } = clientOf(scope);
    const asked = await testOfEntity(tx, entityId);
    const last = await lastTest(tx, clientId);
    return {
      status: 200,
      body: {
        questions: asked.questions.map(({ choices, onlyIf, ...rest }) => ({
          ...rest,
          ...(choices === undefined ? {} : { choices: [...choices] }),
          ...(onlyIf === undefined ? {} : { onlyIf }),
        })),
        required: asked.isRequired,
        warning: asked.warning,
        last: last === undefined ? null : showTest(last),
      },
    };
  },
});

const take = defineRoute({
  method: 'POST',
  path: '/api/v1/me/appropriateness',
  operationId: 'takeAppropriatenessTest',
  summary: 'Answer the test of appropriateness',
  description:
    'The policy `client.appropriateness` scores it. Who fails is warned, and may go on after a time of cooling.',
  tags: ['Clients'],
  auth: { client: true },
  idempotency: 'required',
  body: z.strictObject({
    answers: z.record(
      z.string().regex(/^[a-z][a-z0-9_]{1,39}$/, 'is not the code of a question'),
      z.union([z.string().max(500), z.array(z.string().max(200)).max(50)]),
    ),
  }),
  responses: { 201: test },
  problems: { 409: '`taken_lately`', 422: '`no_test`' },
  example: {
    body: { answers: { finance_profession: 'no' } },
    answer: { status: 201, body: testExample },
  },
  location: () => '/api/v1/me/appropriateness',
  handle: async ({ tx, scope, body }) => ({
    status: 201,
    body: showTest(await takeTest(tx, clientOf(scope).clientId, body.answers)),
  }),
});

const acknowledge = defineRoute({
  method: 'POST',
  path: '/api/v1/me/appropriateness/:id/acknowledge',
  operationId: 'acknowledgeWarning',
  summary: 'Go on in spite of the warning',
  tags: ['Clients'],
  auth: { client: true },
  idempotency: 'required',
  params: { id: idOf('appropriatenessTest') },
  responses: { 200: test },
  problems: { 409: '`cooling`, with the time from which it is possible; `already_acknowledged`' },
  example: { answer: { status: 200, body: testExample } },
  handle: async ({ tx, scope, params }) => {
    const { clientId } = clientOf(scope);
    return { status: 200, body: showTest(await acknowledgeWarning(tx, clientId, params.id)) };
  },
});

const listTests = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id/appropriateness-tests',
  operationId: 'listAppropriatenessTests',
  summary: 'List a client’s tests of appropriateness, the newest first',
  tags: ['Clients'],
  auth: { permission: 'kyc.read' },
  params: { id: idOf('client') },
  query: pageQuery,
  responses: { 200: pageOf(test) },
  example: { answer: { status: 200, body: { data: [testExample], nextCursor: null } } },
  handle: async ({ tx, params, query: { limit, cursor } }) => {
    await readClient(tx, params.id);
    const found = await testsOfClient(tx, params.id, { ...after(cursor), limit: limit + 1 });
    return { status: 200, body: pageFrom(found, limit, { after: ({ id }) => id, show: showTest }) };
  },
});

export const appropriatenessRoutes = [readTest, take, acknowledge, listTests];
