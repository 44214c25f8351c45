import { z } from 'zod';
import { notFound } from '../../domain/problem';
import { readBackfill, readFeed, requestBackfill } from '../../db/feeds';
import { listServers } from '../../db/servers';
import type { Tx } from '../../db/connection';
import { defineRoute } from '../route';
import { time } from '../schemas';

const serverId = z
  .string()
  .regex(/^[a-z0-9-]{1,20}$/, 'is not the id of a server')
  .meta({ example: 'mt5' });

const serverAnswer = z
  .object({
    id: serverId,
    platform: z.string(),
    name: z.string(),
    state: z.string(),
    feed: z.object({
      state: z.string(),
      watermark: time.nullable().meta({ description: 'Every deal up to here has been read.' }),
      readAt: time.nullable(),
      deals: z.string(),
      lastError: z.string().nullable(),
    }),
  })
  .meta({ id: 'Server' });

const example = {
  id: 'mt5',
  platform: 'mt5',
  name: 'MetaTrader 5',
  state: 'up',
  feed: {
    state: 'running',
    watermark: '2026-11-23T20:15:00.000Z',
    readAt: '2026-11-23T20:15:00.120Z',
    deals: '4812',
    lastError: null,
  },
};

const backfillAnswer = z
  .object({
    id: z.string(),
    state: z.enum(['requested', 'done']),
    deals: z.number().int().nullable(),
  })
  .meta({ id: 'Backfill' });

const exampleBackfill = {
  id: 'cmd_01936f2a-7c1e-7000-8000-0000000000a1',
  state: 'requested' as const,
  deals: null,
};

async function knownServer(tx: Tx, id: string): Promise<void> {
  if (!(await listServers(tx)).some((server) => server.id === id)) throw notFound('server');
}

export const serverRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/servers',
    operationId: 'listServers',
    summary: 'Trading servers with their feeds',
    tags: ['Servers'],
    auth: { permission: 'server.read' },
    responses: { 200: z.object({ data: z.array(serverAnswer) }) },
    example: { answer: { status: 200, body: { data: [example] } } },
    handle: async ({ tx }) => {
      const data = [];
      for (const server of await listServers(tx)) {
        const { state, watermark, readAt, deals, lastError } = await readFeed(tx, server.id);
        data.push({
          id: server.id,
          platform: server.platform,
          name: server.name,
          state: server.state,
          feed: { state, watermark, readAt, deals, lastError },
        });
      }
      return { status: 200, body: { data } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/servers/:id/backfills',
    operationId: 'requestBackfill',
    summary: 'Read a stretch of time of a server again',
    description:
      'For deals that came late or were edited: each is kept and posted once, by ticket.',
    tags: ['Servers'],
    auth: { permission: 'server.operate' },
    params: { id: serverId },
    body: z
      .strictObject({
        from: z.iso.datetime().meta({ example: '2026-10-01T00:00:00Z' }),
        to: z.iso.datetime().meta({ example: '2026-11-01T00:00:00Z' }),
      })
      .refine((body) => body.from < body.to, { message: 'must be before `to`', path: ['from'] }),
    responses: { 202: backfillAnswer },
    example: {
      body: { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' },
      answer: { status: 202, body: exampleBackfill },
    },
    handle: async ({ tx, params, body }) => {
      await knownServer(tx, params.id);
      const id = await requestBackfill(tx, {
        serverId: params.id,
        fromAt: body.from,
        toAt: body.to,
      });
      return { status: 202, body: { id, state: 'requested' as const, deals: null } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/servers/:id/backfills/:backfillId',
    operationId: 'readBackfill',
    summary: 'How far a backfill is',
    tags: ['Servers'],
    auth: { permission: 'server.read' },
    params: {
      id: serverId,
      backfillId: z
        .string()
        .regex(/^cmd_[0-9a-f-]{36}$/)
        .meta({ example: exampleBackfill.id }),
    },
    responses: { 200: backfillAnswer },
    example: { answer: { status: 200, body: { ...exampleBackfill, state: 'done', deals: 240 } } },
    handle: async ({ tx, params }) => {
      const found = await readBackfill(tx, params.backfillId);
      if (!found) throw notFound('backfill');
      return { status: 200, body: { id: params.backfillId, ...found } };
    },
  }),
];
