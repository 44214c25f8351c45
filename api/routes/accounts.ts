import { z } from 'zod';
import { requestAccount } from '../../db/account-opening';
import {
  accountsOfClient,
  listAccounts,
  readAccount,
  type TradingAccount,
} from '../../db/accounts';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { currency, entityId, exampleId, idOf, line, platform, time } from '../schemas';
import { clientOf } from './client-scope';

const states = [
  'requested',
  'provisioning',
  'waiting',
  'active',
  'suspended',
  'dormant',
  'closing',
  'closed',
  'archived',
] as const;

const accountAnswer = z
  .object({
    id: idOf('account'),
    clientId: idOf('client'),
    entityId: z.string(),
    server: z.string(),
    login: z.string().nullable(),
    group: z.string(),
    accountType: z.string(),
    currency: z.string(),
    leverage: z.number().int(),
    demo: z.boolean().meta({ description: 'Play money: it cannot be moved in or out.' }),
    swapFree: z.boolean(),
    state: z.enum(states),
    createdAt: time,
    activatedAt: time.nullable(),
  })
  .meta({ id: 'Account' });

const example = {
  id: exampleId('account'),
  clientId: exampleId('client'),
  entityId: 'cy',
  server: 'mt5',
  login: '100001',
  group: 'real\\cy-eur-std',
  accountType: 'standard',
  currency: 'EUR',
  leverage: 30,
  demo: false,
  swapFree: false,
  state: 'active' as const,
  createdAt: '2026-11-23T20:15:00.000000Z',
  activatedAt: '2026-11-23T20:15:01.000000Z',
};

function show(account: TradingAccount) {
  return {
    id: account.id,
    clientId: account.clientId,
    entityId: account.entityId,
    server: account.serverId,
    login: account.login,
    group: account.group,
    accountType: account.accountType,
    currency: account.currency,
    leverage: account.leverage,
    demo: account.demo,
    swapFree: account.swapFree,
    state: account.state,
    createdAt: account.createdAt,
    activatedAt: account.activatedAt,
  };
}

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
    body: z.strictObject({
      accountType: line(40).meta({ example: 'standard' }),
      currency,
      platform: platform.optional(),
    }),
    responses: { 202: accountAnswer },
    problems: { 422: 'account_refused' },
    example: {
      body: { accountType: 'standard', currency: 'EUR', platform: 'mt5' },
      answer: {
        status: 202,
        body: { ...example, state: 'requested', login: null, activatedAt: null },
      },
    },
    location: (body) => `/api/v1/accounts/${idIn(body)}`,
    handle: async ({ tx, scope, body }) => ({
      status: 202,
      body: show(await requestAccount(tx, { clientId: clientOf(scope).clientId, ...body })),
    }),
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
      state: z.enum(states).optional(),
      entityId: entityId.optional(),
      clientId: idOf('client').optional(),
    },
    responses: { 200: pageOf(accountAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = query.clientId
        ? await accountsOfClient(tx, query.clientId)
        : await listAccounts(tx, {
            ...(query.state ? { state: query.state } : {}),
            ...(query.entityId ? { entityId: query.entityId } : {}),
            ...after(query.cursor),
            limit: query.limit + 1,
          });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (account) => account.id, show }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/accounts/:id',
    operationId: 'readAccount',
    summary: 'Read a trading account',
    tags: ['Accounts'],
    auth: { any: [{ client: true }, { permission: 'account.read' }] },
    params: { id: idOf('account') },
    responses: { 200: accountAnswer },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await readAccount(tx, params.id)),
    }),
  }),
];
