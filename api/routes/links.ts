import { z } from 'zod';
import { usePasswordLink, usePlatformLink } from '../../db/link-use';
import { readLink } from '../../db/one-time-links';
import { hashPassword } from '../../db/passwords';
import { defineRoute } from '../route';
import { exampleId, password, platformPassword, time } from '../schemas';

const token = z
  .string()
  .regex(/^[A-Za-z0-9_-]{20,100}$/)
  .meta({
    description: 'What stands after `/links/` in the mail.',
    example: 'q0Zt3yX9pS4mB7kL2wRvN8eH1cD5uJ6aTgF',
  });

const purpose = z.enum(['verify_email', 'set_password', 'platform_password']);

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/links/:token',
  operationId: 'readLink',
  summary: 'Look at a one-time link',
  description:
    'Looking uses nothing up. 404 `link_invalid` when it was used, has expired or never was.',
  tags: ['Access'],
  auth: { public: true },
  params: { token },
  responses: { 200: z.object({ purpose, expiresAt: time }) },
  example: {
    answer: {
      status: 200,
      body: { purpose: 'verify_email', expiresAt: '2026-11-25T20:15:00.000000Z' },
    },
  },
  handle: async ({ tx, params }) => {
    const link = await readLink(tx, params.token);
    return { status: 200, body: { purpose: link.purpose, expiresAt: link.expiresAt } };
  },
});

const setOwn = defineRoute({
  method: 'POST',
  path: '/api/v1/links/:token/password',
  operationId: 'usePasswordLink',
  summary: 'Set a password with a link',
  description:
    'Confirms the address, activates the log-in and sets its password. Ends every session and API key of the person.',
  tags: ['Access'],
  auth: { public: true },
  idempotency: 'none',
  params: { token },
  body: z.strictObject({ password }),
  responses: {
    200: z.object({ userId: z.string(), kind: z.enum(['staff', 'client', 'partner']) }),
  },
  example: {
    body: { password: 'correct horse battery' },
    answer: { status: 200, body: { userId: exampleId('user'), kind: 'client' } },
  },
  handle: async ({ tx, params, body }) => {
    const hash = await hashPassword(body.password);
    const user = await usePasswordLink(tx, params.token, hash);
    return { status: 200, body: { userId: user.id, kind: user.kind } };
  },
});

const setPlatform = defineRoute({
  method: 'POST',
  path: '/api/v1/links/:token/platform-password',
  operationId: 'usePlatformPasswordLink',
  summary: 'Set the password of a trading account with a link',
  description:
    'Only the owner of the account. The password is sealed until the account’s process has set it on the server.',
  tags: ['Accounts'],
  auth: { client: true },
  idempotency: 'none',
  params: { token },
  body: z.strictObject({ password: platformPassword }),
  responses: { 202: z.object({ accountId: z.string() }) },
  example: {
    body: { password: 'Keel-s0n!' },
    answer: { status: 202, body: { accountId: exampleId('account') } },
  },
  handle: async ({ tx, params, body }) => {
    const link = await usePlatformLink(tx, params.token, body.password);
    return { status: 202, body: { accountId: link.subject } };
  },
});

export const linkRoutes = [read, setOwn, setPlatform];
