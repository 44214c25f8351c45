import { z } from 'zod';
import {
  accountRequestKinds,
  accountRequestStates,
  migrationTo,
  overrideOf,
} from '../../domain/account/request';
import { answerForClient, askInWords, reasonsForClient } from '../../domain/account/words';
import type { Scope } from '../../domain/access/scope';
import { notFound } from '../../domain/problem';
import { askForChange } from '../../db/account-changes';
import {
  isToldToHolder,
  listAccountRequests,
  reasonsOfRequests,
} from '../../db/account-request-lists';
import { readAccountRequest, type AccountRequest } from '../../db/account-requests';
import { readAccount } from '../../db/accounts';
import type { Tx } from '../../db/connection';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { exampleId, idOf, json, platform, reason, time } from '../schemas';
import { accountType, groupName, leverage, serverId } from './account-schemas';

const forWhom = { any: [{ client: true }, { permission: 'account.operate' }] } as const;
const forReaders = { any: [{ client: true }, { permission: 'account.read' }] } as const;

/** What can be asked; `reason` is kept sealed beside it, for the one who decides. */
const asking = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('change_leverage'), leverage, reason: reason.optional() }),
    z.strictObject({ kind: z.literal('change_type'), accountType, reason: reason.optional() }),
    z.strictObject({
      kind: z.literal('migrate'),
      platform,
      server: serverId.optional().meta({
        description: 'Where several servers serve the platform; policy has the last word.',
      }),
      reason: reason.optional(),
    }),
    z.strictObject({ kind: z.literal('close'), reason: reason.optional() }),
    z.strictObject({ kind: z.literal('move_group'), group: groupName, reason }),
    z.strictObject({
      kind: z.literal('override'),
      leverage: leverage.optional(),
      group: groupName.optional(),
      reason,
    }),
  ])
  .meta({
    description:
      '`move_group` and `override` step over the policy: staff only, with a reason, and a second person decides.',
  });

const requestAnswer = z
  .object({
    id: idOf('accountRequest'),
    accountId: idOf('account'),
    clientId: idOf('client'),
    entityId: z.string(),
    kind: z.enum(accountRequestKinds),
    asked: z.record(z.string(), json).meta({ description: 'The fields of what was asked.' }),
    inWords: z.string(),
    askedAs: z
      .enum(['client', 'staff', 'process'])
      .meta({ description: 'The holder, a colleague, or the account’s own process.' }),
    askedBy: z.string().nullable().meta({ description: 'For staff.' }),
    reason: z.string().nullable().meta({ description: 'The asker’s words, for staff.' }),
    state: z.enum(accountRequestStates).meta({
      description:
        '`requested`: not looked at yet; `in_review`: a person decides; `working`: allowed and being carried out.',
    }),
    answer: z.string().meta({ description: 'How far it has come, as its holder reads it.' }),
    reasons: z
      .array(z.string())
      .meta({ description: 'Codes of the answer; a holder gets those that may be told.' }),
    evaluationId: z
      .string()
      .nullable()
      .meta({ description: 'How the policy was asked, for staff.' }),
    targetAccountId: z
      .string()
      .nullable()
      .meta({ description: 'The account that a migration opened.' }),
    requestedAt: time,
    workingSince: time.nullable(),
    endedAt: time.nullable(),
  })
  .meta({ id: 'AccountRequest' });

const example = {
  id: exampleId('accountRequest'),
  accountId: exampleId('account'),
  clientId: exampleId('client'),
  entityId: 'cy',
  kind: 'change_leverage' as const,
  asked: { leverage: 20 },
  inWords: 'a change of leverage to 1:20',
  askedAs: 'client' as const,
  askedBy: null,
  reason: null,
  state: 'requested' as const,
  answer: 'We are looking at it. This takes a few seconds.',
  reasons: [],
  evaluationId: null,
  targetAccountId: null,
  requestedAt: '2026-11-23T20:15:00.000000Z',
  workingSince: null,
  endedAt: null,
};

function show(
  request: AccountRequest,
  scope: Scope,
  words: ReadonlyMap<string, string>,
): z.input<typeof requestAnswer> {
  const isStaff = scope.kind !== 'client';
  const { kind, ...asked } = request.ask;
  return {
    id: request.id,
    accountId: request.accountId,
    clientId: request.clientId,
    entityId: request.entityId,
    kind,
    asked,
    inWords: askInWords(request.ask),
    askedAs: request.askedAs,
    askedBy: isStaff ? request.askedBy : null,
    reason: isStaff ? (words.get(request.id) ?? null) : null,
    state: request.state,
    answer: answerForClient(request),
    reasons: isStaff ? [...request.reasons] : toldReasons(request),
    evaluationId: isStaff ? request.evaluationId : null,
    targetAccountId: request.targetAccountId,
    requestedAt: request.requestedAt,
    workingSince: request.workingSince,
    endedAt: request.endedAt,
  };
}

/** Why something is in review is nobody's but ours. */
function toldReasons({ state, reasons }: AccountRequest): string[] {
  return state === 'refused' ? reasonsForClient(reasons) : [];
}

async function showOne(tx: Tx, request: AccountRequest) {
  return show(request, tx.scope, await reasonsOfRequests(tx, [request]));
}

const ask = defineRoute({
  method: 'POST',
  path: '/api/v1/accounts/:id/requests',
  operationId: 'askForChange',
  summary: 'Ask for a change of a trading account',
  description:
    'A holder asks for leverage, type, another platform or the end of an own account; staff for everything. The policy decides, or a person does; the request says how it went.',
  tags: ['Accounts'],
  auth: forWhom,
  idempotency: 'required',
  params: { id: idOf('account') },
  body: asking,
  responses: { 202: requestAnswer },
  problems: {
    409: '`account_not_active`, `request_open` while one of the kind is open, `account_ending` while it closes or moves.',
    422: '`unknown_account_type`, `unknown_server`; `unknown_group` names those that there are.',
  },
  example: {
    body: { kind: 'change_leverage', leverage: 20 },
    answer: { status: 202, body: example },
  },
  location: (body) => `/api/v1/account-requests/${idIn(body)}`,
  handle: async ({ tx, params, body }) => {
    const { reason: words, ...asked } = body;
    // With those fields alone that are given.
    const given =
      asked.kind === 'override'
        ? overrideOf(asked)
        : asked.kind === 'migrate'
          ? migrationTo(asked)
          : asked;
    const request = await askForChange(tx, params.id, { ask: given, reason: words });
    return { status: 202, body: await showOne(tx, request) };
  },
});

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/accounts/:id/requests',
  operationId: 'listAccountRequests',
  summary: 'List what was asked of a trading account, the newest first',
  description: 'A holder sees the own requests, and of the house’s those that have been allowed.',
  tags: ['Accounts'],
  auth: forReaders,
  params: { id: idOf('account') },
  query: {
    ...pageQuery,
    kind: z.enum(accountRequestKinds).optional(),
    state: z.enum(accountRequestStates).optional(),
  },
  responses: { 200: pageOf(requestAnswer) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, scope, params, query }) => {
    const { id: accountId } = await readAccount(tx, params.id);
    const { limit, cursor, kind, state } = query;
    const found = await listAccountRequests(tx, {
      accountId,
      kind,
      state,
      toldToHolder: scope.kind === 'client',
      ...after(cursor),
      limit: limit + 1,
    });
    const words = scope.kind === 'client' ? new Map() : await reasonsOfRequests(tx, found);
    return {
      status: 200,
      body: pageFrom(found, limit, {
        after: (request) => request.id,
        show: (request) => show(request, scope, words),
      }),
    };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/account-requests/:id',
  operationId: 'readAccountRequest',
  summary: 'Read what was asked of a trading account',
  tags: ['Accounts'],
  auth: forReaders,
  params: { id: idOf('accountRequest') },
  responses: { 200: requestAnswer },
  example: {
    answer: {
      status: 200,
      body: {
        ...example,
        state: 'done',
        answer: 'The account has the new leverage.',
        workingSince: '2026-11-23T20:15:01.000000Z',
        endedAt: '2026-11-23T20:15:02.000000Z',
      },
    },
  },
  handle: async ({ tx, scope, params }) => {
    const request = await readAccountRequest(tx, params.id);
    if (scope.kind === 'client' && !isToldToHolder(request)) throw notFound('request');
    return { status: 200, body: await showOne(tx, request) };
  },
});

export const accountRequestRoutes = [ask, list, read];
