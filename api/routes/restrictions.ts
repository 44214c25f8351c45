import { z } from 'zod';
import { liftRestriction, restrictionKinds, setRestriction } from '../../db/client-restrictions';
import { readClient } from '../../db/clients';
import { restrictionsOf, type Restriction } from '../../db/restrictions';
import { defineRoute } from '../route';
import { exampleId, idOf, reason, time } from '../schemas';

const scopes = z.enum(['login', 'deposit', 'trade', 'withdraw', 'marketing']);

const restriction = z
  .object({
    id: idOf('restriction'),
    accountId: z
      .string()
      .nullable()
      .meta({ description: 'The one trading account that it is on; null: the client as a whole.' }),
    kind: z.enum(restrictionKinds),
    scopes: z.array(scopes),
    reason: z.string(),
    setBy: z.string(),
    setAt: time,
    liftedAt: time.nullable(),
  })
  .meta({ id: 'Restriction' });

const example = {
  id: exampleId('restriction'),
  accountId: null,
  kind: 'manual_review' as const,
  scopes: ['withdraw' as const],
  reason: 'Documents checked by telephone.',
  setBy: `user:${exampleId('user')}`,
  setAt: '2026-11-23T20:15:00.000000Z',
  liftedAt: null,
};

function show(found: Restriction): z.input<typeof restriction> {
  const { clientId: _clientId, restricted: _restricted, kind, scopes: held, ...rest } = found;
  return {
    ...rest,
    kind: z.enum(restrictionKinds).catch('manual_review').parse(kind),
    scopes: [...held],
  };
}

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id/restrictions',
  operationId: 'listRestrictions',
  summary: 'List a client’s restrictions',
  description: 'Those in force first. A restricted hold is there for the MLRO’s circle only.',
  tags: ['Clients'],
  auth: { permission: 'client.read' },
  params: { id: idOf('client') },
  responses: { 200: z.object({ data: z.array(restriction) }) },
  example: { answer: { status: 200, body: { data: [example] } } },
  handle: async ({ tx, params }) => {
    await readClient(tx, params.id);
    return { status: 200, body: { data: (await restrictionsOf(tx, params.id)).map(show) } };
  },
});

const set = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/:id/restrictions',
  operationId: 'setRestriction',
  summary: 'Restrict a client, or one of the client’s trading accounts',
  description:
    'From its commit on; the union of all rows counts. With `accountId` it is on that account alone, for `login` and `trade`. `restricted_hold` needs `restricted.read`, too.',
  tags: ['Clients'],
  auth: { permission: 'restriction.set' },
  idempotency: 'required',
  params: { id: idOf('client') },
  body: z.strictObject({
    accountId: idOf('account').optional(),
    kind: z.enum(restrictionKinds),
    scopes: z.array(scopes).min(1).max(5),
    reason,
  }),
  responses: { 201: restriction },
  problems: { 422: '`scope_of_client`: one account cannot be restricted in this.' },
  example: {
    body: {
      kind: 'manual_review',
      scopes: ['withdraw'],
      reason: 'Documents checked by telephone.',
    },
    answer: { status: 201, body: example },
  },
  handle: async ({ tx, params, body }) => {
    const made = await setRestriction(tx, { clientId: params.id, ...body });
    return { status: 201, body: show(made) };
  },
});

const lift = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/:id/restrictions/:restriction/lift',
  operationId: 'liftRestriction',
  summary: 'Lift a restriction',
  description: 'Another person than the one who set it.',
  tags: ['Clients'],
  auth: { permission: 'restriction.lift' },
  idempotency: 'required',
  params: { id: idOf('client'), restriction: idOf('restriction') },
  body: z.strictObject({ reason }),
  responses: { 200: restriction },
  problems: { 409: '`four_eyes` or `not_restricted`.' },
  example: {
    body: { reason: 'The review has ended.' },
    answer: { status: 200, body: { ...example, liftedAt: '2026-11-24T08:00:00.000000Z' } },
  },
  handle: async ({ tx, params, body }) => {
    await readClient(tx, params.id);
    const lifted = await liftRestriction(tx, params.id, params.restriction, body.reason);
    return { status: 200, body: show(lifted) };
  },
});

export const restrictionRoutes = [list, set, lift];
