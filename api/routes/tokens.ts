import { z } from 'zod';
import { createApiKey } from '../../db/api-keys';
import { checkCredentials } from '../auth/log-in';
import { defineRoute } from '../route';
import { email, exampleId, idOf, line, time } from '../schemas';
import { accountOfBody } from '../web';

/** How long the token of `keelson login` works. */
const tokenHours = 1;

const issueToken = defineRoute({
  method: 'POST',
  path: '/api/v1/tokens',
  operationId: 'issueToken',
  summary: 'Log in for an hour',
  description:
    'An API key that works for one hour and acts for the person whose e-mail and password these are. 401 `bad_credentials` for every failure.',
  tags: ['Access'],
  auth: { public: true },
  idempotency: 'none',
  body: z.strictObject({
    kind: z.enum(['staff', 'client', 'partner']).default('staff'),
    email,
    password: z.string().min(1).max(200).meta({ example: 'correct horse battery' }),
    name: line(80).default('log-in').meta({ example: 'keelson login on my-laptop' }),
  }),
  responses: {
    201: z.object({
      token: z.string().meta({ description: 'Send it as `Authorization: Bearer …`.' }),
      expiresAt: time,
      userId: idOf('user'),
    }),
  },
  problems: { 401: '`bad_credentials`.' },
  account: (body) => accountOfBody(undefined, body),
  example: {
    body: { kind: 'staff', email: 'maria@example.com', password: 'correct horse battery' },
    answer: {
      status: 201,
      body: {
        token: 'kls_0000000000a1_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6',
        expiresAt: '2026-11-23T21:15:00.000000Z',
        userId: exampleId('user'),
      },
    },
  },
  handle: async ({ tx, body, deps, ip }) => {
    const user = await checkCredentials(deps.db, body.kind, body, { how: 'token', ip });
    const { key, token } = await createApiKey(tx, user, { name: body.name, hours: tokenHours });
    return { status: 201, body: { token, expiresAt: key.expiresAt, userId: user.id } };
  },
});

export const tokenRoutes = [issueToken];
