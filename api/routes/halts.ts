import { z } from 'zod';
import { flows } from '../../domain/payments/flow';
import { malformed } from '../../domain/problem';
import { activeHalts, liftHalt, setHalt, type Halt } from '../../db/halts';
import { defineRoute, nothing } from '../route';
import { exampleId, idOf, instant, reason, time } from '../schemas';

const scopes = z.enum(['all', 'entity', 'rail', 'server']);

const halt = z
  .object({
    id: idOf('halt'),
    scope: scopes,
    key: z.string(),
    flow: z
      .enum(flows)
      .nullable()
      .meta({ description: 'Of a rail: the one way that is stopped; null = both.' }),
    until: time
      .nullable()
      .meta({ description: 'When it ends by itself; null = when another person lifts it.' }),
    reason: z.string(),
    setBy: z.string(),
    setAt: time,
  })
  .meta({ id: 'Halt' });

const example = {
  id: exampleId('halt'),
  scope: 'rail' as const,
  key: 'stripe',
  flow: null,
  until: null,
  reason: 'The provider reports an outage.',
  setBy: `user:${exampleId('user')}`,
  setAt: '2026-11-23T20:15:00.000000Z',
};

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/halts',
  operationId: 'listHalts',
  summary: 'List what is stopped',
  tags: ['Operations'],
  auth: { staff: true },
  responses: { 200: z.object({ data: z.array(halt) }) },
  example: { answer: { status: 200, body: { data: [example] } } },
  handle: async ({ tx }) => ({ status: 200, body: { data: await activeHalts(tx) } }),
});

const set = defineRoute({
  method: 'POST',
  path: '/api/v1/halts',
  operationId: 'setHalt',
  summary: 'Stop what goes outside',
  description:
    'From its commit on no intent in its scope leaves: of everything, one entity, one rail (`stripe`, `bank`) or one trading server. Mail still goes. A stop of a rail may be of pay-ins or payouts alone and end by itself at `until`: new payments are routed to other providers meanwhile.',
  tags: ['Operations'],
  auth: { permission: 'halt.set' },
  idempotency: 'required',
  body: z.strictObject({
    scope: scopes,
    key: z
      .string()
      .regex(/^[A-Za-z0-9._-]{0,60}$/, 'is not the id of an entity, rail or server')
      .default('')
      .meta({ description: 'Empty for `all`.', example: 'stripe' }),
    flow: z.enum(flows).nullable().default(null),
    until: instant.nullable().default(null),
    reason,
  }),
  responses: { 201: halt },
  problems: {
    409: '`already_halted`.',
    422: '`unknown_target`: there is no such entity, rail or server.',
  },
  example: {
    body: { scope: 'rail', key: 'stripe', reason: 'The provider reports an outage.' },
    answer: { status: 201, body: example },
  },
  handle: async ({ tx, body }) => {
    if ((body.scope === 'all') !== (body.key === '')) {
      throw malformed('A halt of everything has no key, any other has one.', [
        { pointer: '/body/key', detail: body.key === '' ? 'is required' : 'must be empty' },
      ]);
    }
    const made: Halt = await setHalt(tx, body);
    return { status: 201, body: made };
  },
});

const lift = defineRoute({
  method: 'POST',
  path: '/api/v1/halts/:id/lift',
  operationId: 'liftHalt',
  summary: 'Let it go on',
  description:
    'Another person than the one who stopped it; a halt of everything by somebody who works for every entity (403 `not_whole`).',
  tags: ['Operations'],
  auth: { permission: 'halt.lift' },
  idempotency: 'required',
  params: { id: idOf('halt') },
  responses: { 204: nothing },
  problems: { 409: '`four_eyes` or `not_halted`.' },
  example: { answer: { status: 204, body: null } },
  handle: async ({ tx, params }) => {
    await liftHalt(tx, params.id);
    return { status: 204, body: null };
  },
});

export const haltRoutes = [list, set, lift];
