import { z } from 'zod';
import { tracingMeans } from '../../domain/account/tracing';
import { readAccount } from '../../db/accounts';
import { listTracing, noteTracing, type Tracing } from '../../db/tracing';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { exampleId, idOf, line, time } from '../schemas';

/** What came of a search, in a colleague's words. */
export const tracingNote = line(500).meta({
  description: 'What came of it; kept sealed, for colleagues alone.',
  example: 'Nobody answers; a message was left.',
});

const tracing = z
  .object({
    id: idOf('tracing'),
    accountId: idOf('account'),
    at: time,
    madeBy: z.string().meta({ description: 'A colleague, or the account’s own process.' }),
    means: z.enum(tracingMeans),
    note: z.string().nullable(),
  })
  .meta({ id: 'Tracing' });

const example = {
  id: exampleId('tracing'),
  accountId: exampleId('account'),
  at: '2026-11-23T20:15:00.000000Z',
  madeBy: `user:${exampleId('user')}`,
  means: 'telephone' as const,
  note: 'Nobody answers; a message was left.',
};

const show = (found: Tracing): z.input<typeof tracing> => ({ ...found });

const note = defineRoute({
  method: 'POST',
  path: '/api/v1/accounts/:id/tracing',
  operationId: 'noteTracing',
  summary: 'Write down how the owner of an account was looked for',
  description: 'Two people decide about unclaimed money by this log. Entries stay.',
  tags: ['Accounts'],
  auth: { permission: 'account.operate' },
  idempotency: 'required',
  params: { id: idOf('account') },
  body: z.strictObject({ means: z.enum(tracingMeans), note: tracingNote }),
  responses: { 201: tracing },
  example: {
    body: { means: 'telephone', note: 'Nobody answers; a message was left.' },
    answer: { status: 201, body: example },
  },
  handle: async ({ tx, params, body }) => ({
    status: 201,
    body: show(await noteTracing(tx, params.id, body)),
  }),
});

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/accounts/:id/tracing',
  operationId: 'listTracing',
  summary: 'List how the owner of an account was looked for, the latest first',
  tags: ['Accounts'],
  auth: { permission: 'account.read' },
  params: { id: idOf('account') },
  query: { ...pageQuery },
  responses: { 200: pageOf(tracing) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, params, query: { limit, cursor } }) => {
    const { id: accountId } = await readAccount(tx, params.id);
    const found = await listTracing(tx, { accountId, ...after(cursor), limit: limit + 1 });
    return { status: 200, body: pageFrom(found, limit, { after: ({ id }) => id, show }) };
  },
});

export const tracingRoutes = [note, list];
