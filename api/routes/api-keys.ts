import { z } from 'zod';
import { unauthenticated } from '../../domain/problem';
import { createApiKey, listApiKeys, revokeApiKey, type ApiKey } from '../../db/api-keys';
import { defineRoute, nothing } from '../route';
import { exampleId, idOf, line, time } from '../schemas';

const apiKey = z
  .object({
    id: idOf('apiKey'),
    name: z.string(),
    prefix: z.string().meta({ example: 'kls_0000000000a1' }),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'ApiKey' });

const example = {
  id: exampleId('apiKey'),
  name: 'reporting',
  prefix: 'kls_0000000000a1',
  createdAt: '2026-11-23T20:15:00.000000Z',
  expiresAt: '2026-12-23T20:15:00.000000Z',
};

const own = {
  any: [{ permission: 'apikey.own' }, { client: true }, { partner: 'key.own' }],
} as const;

function show(key: ApiKey): z.input<typeof apiKey> {
  const { id, name, prefix, createdAt, expiresAt } = key;
  return { id, name, prefix, createdAt, expiresAt };
}

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/api-keys',
  operationId: 'listApiKeys',
  summary: 'List my API keys',
  tags: ['Access'],
  auth: own,
  responses: { 200: z.object({ data: z.array(apiKey) }) },
  example: { answer: { status: 200, body: { data: [example] } } },
  handle: async ({ tx, user }) => {
    if (!user) throw unauthenticated();
    return { status: 200, body: { data: (await listApiKeys(tx, user.id)).map(show) } };
  },
});

const create = defineRoute({
  method: 'POST',
  path: '/api/v1/api-keys',
  operationId: 'createApiKey',
  summary: 'Make an API key',
  description:
    'The key acts for you, with your permissions as they are at the time of use. It is shown in this answer and never again.',
  tags: ['Access'],
  auth: own,
  // The answer holds the secret: it is not kept for a repetition.
  idempotency: 'none',
  body: z.strictObject({
    name: line(80).meta({ example: 'reporting' }),
    days: z.int().min(1).max(365).default(30),
  }),
  responses: { 201: apiKey.extend({ token: z.string() }) },
  example: {
    body: { name: 'reporting', days: 30 },
    answer: {
      status: 201,
      body: { ...example, token: 'kls_0000000000a1_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6' },
    },
  },
  handle: async ({ tx, user, body }) => {
    if (!user) throw unauthenticated();
    const hours = body.days * 24;
    const { key, token } = await createApiKey(tx, user, { name: body.name, hours });
    return { status: 201, body: { ...show(key), token } };
  },
});

const revoke = defineRoute({
  method: 'DELETE',
  path: '/api/v1/api-keys/:id',
  operationId: 'revokeApiKey',
  summary: 'End an API key of mine',
  tags: ['Access'],
  auth: own,
  idempotency: 'none',
  params: { id: idOf('apiKey') },
  responses: { 204: nothing },
  example: { answer: { status: 204, body: null } },
  handle: async ({ tx, user, params }) => {
    if (!user) throw unauthenticated();
    await revokeApiKey(tx, user, params.id);
    return { status: 204, body: null };
  },
});

export const apiKeyRoutes = [list, create, revoke];
