import { z } from 'zod';
import { bulkAccountsMax } from '../../domain/account/bulk';
import { changeAccounts, readBulk, type Bulk } from '../../db/account-bulk';
import { restrictionKinds, scopesOfAccount } from '../../db/client-restrictions';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { exampleId, idOf, json, reason, time } from '../schemas';
import { accountType, leverage } from './account-schemas';

const restriction = z.enum(restrictionKinds);

const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('change_leverage'), leverage }),
  z.strictObject({ kind: z.literal('change_type'), accountType }),
  z.strictObject({ kind: z.literal('close') }),
  z.strictObject({ kind: z.literal('password_link') }),
  z.strictObject({
    kind: z.literal('restrict'),
    restriction,
    scopes: z.array(z.enum(scopesOfAccount)).min(1).max(2),
    reason,
  }),
  z.strictObject({ kind: z.literal('lift'), restriction, reason }),
]);

const bulkAnswer = z
  .object({
    id: idOf('accountBulk'),
    madeBy: z.string(),
    action: z.record(z.string(), json).meta({ description: 'Without the reason that was given.' }),
    createdAt: time,
    processed: z.number().int(),
    skipped: z.number().int().meta({ description: 'There was nothing to do.' }),
    errored: z.number().int(),
    items: z.array(
      z.object({
        accountId: z.string(),
        outcome: z.enum(['processed', 'skipped', 'errored']),
        requestId: z.string().nullable().meta({ description: 'The request that it became.' }),
        reason: z.object({ code: z.string(), detail: z.string() }).nullable(),
      }),
    ),
  })
  .meta({ id: 'AccountBulk' });

const example = {
  id: exampleId('accountBulk'),
  madeBy: exampleId('user'),
  action: { kind: 'change_leverage', leverage: 20 },
  createdAt: '2026-11-23T20:15:00.000000Z',
  processed: 1,
  skipped: 0,
  errored: 0,
  items: [
    {
      accountId: exampleId('account'),
      outcome: 'processed' as const,
      requestId: exampleId('accountRequest'),
      reason: null,
    },
  ],
};

function show(bulk: Bulk): z.input<typeof bulkAnswer> {
  const count = (outcome: string) => bulk.items.filter((item) => item.outcome === outcome).length;
  return {
    id: bulk.id,
    madeBy: bulk.madeBy,
    action: z.record(z.string(), json).parse(bulk.action),
    createdAt: bulk.createdAt,
    processed: count('processed'),
    skipped: count('skipped'),
    errored: count('errored'),
    items: bulk.items.map(({ accountId, outcome, requestId, code, detail }) => ({
      accountId,
      outcome,
      requestId,
      reason: code === null ? null : { code, detail: detail ?? '' },
    })),
  };
}

const change = defineRoute({
  method: 'POST',
  path: '/api/v1/accounts/bulk',
  operationId: 'changeAccounts',
  summary: 'Do the same about many trading accounts',
  description: `Up to ${bulkAccountsMax}; each is answered by itself. It needs the permission of its action (\`account.operate\`, \`account.resend\`, \`restriction.set\`, \`restriction.lift\`). What a second person has to decide cannot be done in bulk; lifting is for another person than the one who restricted. An account that is not yours is \`errored\` with \`not_found\`.`,
  tags: ['Accounts'],
  auth: {
    any: [
      { permission: 'account.operate' },
      { permission: 'account.resend' },
      { permission: 'restriction.set' },
    ],
  },
  idempotency: 'required',
  body: z.strictObject({
    accountIds: z.array(idOf('account')).min(1).max(bulkAccountsMax),
    action,
  }),
  responses: { 200: bulkAnswer },
  problems: { 422: '`unknown_account_type`.' },
  example: {
    body: {
      accountIds: [exampleId('account')],
      action: { kind: 'change_leverage', leverage: 20 },
    },
    answer: { status: 200, body: example },
  },
  location: (body) => `/api/v1/account-bulks/${idIn(body)}`,
  handle: async ({ tx, body }) => ({ status: 200, body: show(await changeAccounts(tx, body)) }),
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/account-bulks/:id',
  operationId: 'readAccountBulk',
  summary: 'Read what came of a bulk action',
  tags: ['Accounts'],
  auth: { permission: 'account.read' },
  params: { id: idOf('accountBulk') },
  responses: { 200: bulkAnswer },
  example: { answer: { status: 200, body: example } },
  handle: async ({ tx, params }) => ({ status: 200, body: show(await readBulk(tx, params.id)) }),
});

export const accountBulkRoutes = [change, read];
