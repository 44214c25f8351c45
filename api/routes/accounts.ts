import { z } from 'zod';
import { notFound } from '../../domain/problem';
import { requestAccount } from '../../db/account-opening';
import { listAccounts, readListedAccount } from '../../db/account-lists';
import { askForLook } from '../../db/account-look';
import { sendPasswordLink } from '../../db/account-password-link';
import { lastReading } from '../../db/account-readings';
import { leverageCapOf } from '../../db/leverage-cap';
import { listServers } from '../../db/servers';
import { clientCategories } from '../../domain/policy/kinds/kyc-approval';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { currency, entityId, exampleId, idOf, line, platform, time } from '../schemas';
import {
  accountAnswer,
  accountDetail,
  accountDetailExample,
  accountExample,
  accountState,
  accountType,
  groupName,
  serverId,
  showAccount,
  showDetail,
} from './account-schemas';
import { clientOf } from './client-scope';

const yesOrNo = z.enum(['true', 'false']).transform((text) => text === 'true');

export const accountRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/accounts',
    operationId: 'requestAccount',
    summary: 'Open a trading account',
    description:
      'Server, group, leverage and rights come from the policy of your entity. A platform may be wished for; without one it is the first that has such an account.',
    tags: ['Accounts'],
    auth: { client: true },
    body: z.strictObject({ accountType, currency, platform: platform.optional() }),
    responses: { 202: accountAnswer },
    problems: { 422: 'account_refused' },
    example: {
      body: { accountType: 'standard', currency: 'EUR', platform: 'mt5' },
      answer: {
        status: 202,
        body: { ...accountExample, state: 'requested', login: null, activatedAt: null },
      },
    },
    location: (body) => `/api/v1/accounts/${idIn(body)}`,
    handle: async ({ tx, scope, body }) => {
      const made = await requestAccount(tx, { clientId: clientOf(scope).clientId, ...body });
      return { status: 202, body: showAccount(await readListedAccount(tx, made.id), scope) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/accounts',
    operationId: 'listAccounts',
    summary: 'List trading accounts, the newest first',
    tags: ['Accounts'],
    auth: { any: [{ client: true }, { permission: 'account.read' }] },
    query: {
      ...pageQuery,
      state: accountState.optional(),
      entityId: entityId.optional(),
      server: serverId.optional(),
      platform: platform.optional(),
      group: groupName.optional(),
      type: accountType.optional(),
      category: z.enum(clientCategories).optional(),
      login: line(40).optional(),
      clientId: idOf('client').optional(),
      waiting: yesOrNo
        .optional()
        .meta({ description: 'It is being opened, or a request about it has not ended.' }),
      overridden: yesOrNo
        .optional()
        .meta({ description: 'Two people stepped over the policy for its settings.' }),
    },
    responses: { 200: pageOf(accountAnswer) },
    example: { answer: { status: 200, body: { data: [accountExample], nextCursor: null } } },
    handle: async ({ tx, scope, query }) => {
      const { limit, cursor, type, ...filters } = query;
      if (filters.server !== undefined) {
        const known = await listServers(tx);
        if (!known.some(({ id }) => id === filters.server)) throw notFound('server');
      }
      const found = await listAccounts(tx, {
        ...filters,
        accountType: type,
        ...after(cursor),
        limit: limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, limit, {
          after: (account) => account.id,
          show: (account) => showAccount(account, scope),
        }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/accounts/:id',
    operationId: 'readAccount',
    summary: 'Read a trading account',
    description: 'With what its server last showed, and the highest leverage it may have.',
    tags: ['Accounts'],
    auth: { any: [{ client: true }, { permission: 'account.read' }] },
    params: { id: idOf('account') },
    responses: { 200: accountDetail },
    example: { answer: { status: 200, body: accountDetailExample } },
    handle: async ({ tx, scope, params }) => {
      const account = await readListedAccount(tx, params.id);
      const seen = await lastReading(tx, account.id);
      const cap = await leverageCapOf(tx, account);
      return { status: 200, body: showDetail(account, scope, { seen, cap }) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/accounts/:id/look',
    operationId: 'lookAtAccount',
    summary: 'Look at a trading account on its server now',
    description:
      'Its process looks, does what is due, and keeps what it saw: `seen` of the account then has a later time than `seenAt` here. A server that is away is named in `waitsFor`.',
    tags: ['Accounts'],
    auth: { permission: 'account.operate' },
    params: { id: idOf('account') },
    responses: {
      202: z.object({
        accountId: idOf('account'),
        seenAt: time.nullable().meta({ description: 'When it was seen last; null: never.' }),
      }),
    },
    problems: { 409: '`account_not_active`: there is no log-in to look at.' },
    example: {
      answer: {
        status: 202,
        body: { accountId: exampleId('account'), seenAt: '2026-11-24T06:00:00.000000Z' },
      },
    },
    handle: async ({ tx, params }) => ({ status: 202, body: await askForLook(tx, params.id) }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/accounts/:id/password-link',
    operationId: 'sendPasswordLink',
    summary: 'Mail the holder a new link to set the platform password',
    description:
      'Good once for 72 hours; older links stop working. The link goes to the holder alone and stands in no answer.',
    tags: ['Accounts'],
    auth: { any: [{ client: true }, { permission: 'account.resend' }] },
    params: { id: idOf('account') },
    responses: { 202: z.object({ accountId: idOf('account'), expiresAt: time }) },
    problems: {
      409: 'account_not_active',
      422: '`restricted`: nobody may log in at the moment.',
      429: '`too_many_links`: five in an hour.',
    },
    example: {
      answer: {
        status: 202,
        body: { accountId: exampleId('account'), expiresAt: '2026-11-26T20:15:00.000000Z' },
      },
    },
    handle: async ({ tx, params }) => ({
      status: 202,
      body: await sendPasswordLink(tx, params.id),
    }),
  }),
];
