import { z } from 'zod';
import { notFound } from '../../domain/problem';
import { listGaps } from '../../db/feed-checks';
import { feedHealth, type FeedHealth } from '../../db/feed-health';
import { readBackfill, requestBackfill } from '../../db/feeds';
import { declarationKinds, type ServerState } from '../../domain/trading/declaration';
import { listGroups } from '../../db/server-groups';
import { listServers, type ServerRecord } from '../../db/servers';
import type { Tx } from '../../db/connection';
import { defineRoute } from '../route';
import { currency, entityId, exampleId, idOf, instant, line, time } from '../schemas';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { groupName, serverId } from './account-schemas';

const serverStates = ['up', 'maintenance', 'down'] as const satisfies readonly ServerState[];

const serverAnswer = z
  .object({
    id: serverId,
    platform: z.string(),
    name: z.string(),
    state: z.enum(serverStates).meta({
      description: '`maintenance` while an outage or maintenance is declared and in force.',
    }),
    declaration: z
      .object({
        id: idOf('declaration'),
        kind: z.enum(declarationKinds),
        from: time,
        until: time.nullable().meta({ description: 'Null while nobody knows.' }),
      })
      .nullable()
      .meta({ description: 'What is declared of it and in force.' }),
    feed: z.object({
      state: z.string().meta({ description: '`paused` while something declared is in force.' }),
      watermark: time.nullable().meta({ description: 'Every deal up to here has been read.' }),
      lagSeconds: z
        .number()
        .int()
        .nullable()
        .meta({ description: 'How far the watermark is behind now.' }),
      readAt: time.nullable(),
      caughtUp: z
        .boolean()
        .meta({ description: "Whether the last reading reached the server's present." }),
      deals: z.string(),
      unposted: z
        .number()
        .int()
        .meta({ description: 'Deals that no posting stands for yet; 10,000 at most.' }),
      unowned: z
        .number()
        .int()
        .meta({ description: 'Deals of log-ins that are none of ours; 10,000 at most.' }),
      gaps: z
        .number()
        .int()
        .meta({ description: 'Log-ins whose deals here and at the server differ.' }),
      checked: z.number().int().meta({ description: 'Log-ins that agreed when last checked.' }),
      logins: z.number().int(),
      lastError: z.string().nullable(),
      errorAt: time.nullable(),
      errors: z.number().int().meta({ description: 'Readings that failed one after the other.' }),
      rereadAt: time
        .nullable()
        .meta({ description: 'When the last days were last asked to be read again.' }),
    }),
  })
  .meta({ id: 'Server' });

const example = {
  id: 'mt5',
  platform: 'mt5',
  name: 'MetaTrader 5',
  state: 'up' as const,
  declaration: null,
  feed: {
    state: 'running',
    watermark: '2026-11-23T20:15:00.000Z',
    lagSeconds: 1,
    readAt: '2026-11-23T20:15:00.120Z',
    caughtUp: true,
    deals: '4812',
    unposted: 0,
    unowned: 12,
    gaps: 0,
    checked: 310,
    logins: 310,
    lastError: null,
    errorAt: null,
    errors: 0,
    rereadAt: '2026-11-23T00:04:10.000Z',
  },
};

const backfillAnswer = z
  .object({
    id: z.string(),
    state: z.enum(['requested', 'done']),
    deals: z.number().int().nullable().meta({ description: 'New ones; known at the end.' }),
    edited: z.number().int().meta({ description: 'Deals that differed from what was kept.' }),
    reachedAt: time.nullable().meta({ description: 'Read up to here so far.' }),
  })
  .meta({ id: 'Backfill' });

const exampleBackfill = {
  id: 'cmd_01936f2a-7c1e-7000-8000-0000000000a1',
  state: 'requested' as const,
  deals: null,
  edited: 0,
  reachedAt: null,
};

const gapAnswer = z
  .object({
    login: z.string(),
    accountId: idOf('account'),
    entityId,
    since: time,
    checkedAt: time,
    differences: z
      .record(z.string(), z.object({ here: z.string(), server: z.string() }))
      .meta({ description: 'Figures that differ: numbers of deals, and sums in minor units.' }),
  })
  .meta({ id: 'FeedGap' });

function shownFeed({ serverId: _, symbols: __, ...feed }: FeedHealth) {
  return feed;
}

/** Throws `not_found` (404). */
export async function knownServer(tx: Tx, id: string): Promise<ServerRecord> {
  const server = (await listServers(tx)).find((each) => each.id === id);
  if (!server) throw notFound('server');
  return server;
}

function showServer({ id, platform, name, state, declared }: ServerRecord, feed: FeedHealth) {
  return { id, platform, name, state, declaration: declared, feed: shownFeed(feed) };
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
      const feeds = new Map((await feedHealth(tx)).map((feed) => [feed.serverId, feed]));
      const data = (await listServers(tx)).flatMap((server) => {
        const feed = feeds.get(server.id);
        return feed ? [showServer(server, feed)] : [];
      });
      return { status: 200, body: { data } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/servers/:id',
    operationId: 'readServer',
    summary: 'A trading server with its feed',
    tags: ['Servers'],
    auth: { permission: 'server.read' },
    params: { id: serverId },
    responses: { 200: serverAnswer },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => {
      const server = await knownServer(tx, params.id);
      const [feed] = await feedHealth(tx, server.id);
      if (!feed) throw notFound('server');
      return { status: 200, body: showServer(server, feed) };
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
        from: instant,
        to: instant.meta({ example: '2026-11-01T00:00:00Z' }),
        reason: line(200).optional().meta({ example: 'The server was restored from a copy.' }),
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
        ...(body.reason === undefined ? {} : { reason: body.reason }),
      });
      return { status: 202, body: { ...exampleBackfill, id } };
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
    example: {
      answer: {
        status: 200,
        body: {
          ...exampleBackfill,
          state: 'done',
          deals: 240,
          edited: 2,
          reachedAt: '2026-11-01T00:00:00.000Z',
        },
      },
    },
    handle: async ({ tx, params }) => {
      const found = await readBackfill(tx, { serverId: params.id, id: params.backfillId });
      if (!found) throw notFound('backfill');
      return { status: 200, body: { id: params.backfillId, ...found } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/servers/:id/groups',
    operationId: 'listServerGroups',
    summary: 'Groups of a trading server',
    description:
      'As its feed last read them, every ten minutes. An account can be moved to those of its currency.',
    tags: ['Servers'],
    auth: { any: [{ permission: 'server.read' }, { permission: 'account.operate' }] },
    params: { id: serverId },
    query: { ...pageQuery, currency: currency.optional() },
    responses: { 200: pageOf(z.object({ name: groupName, currency: z.string() })) },
    example: {
      answer: {
        status: 200,
        body: { data: [{ name: 'real\\cy-eur-std', currency: 'EUR' }], nextCursor: null },
      },
    },
    handle: async ({ tx, params, query }) => {
      await knownServer(tx, params.id);
      const { limit, cursor } = query;
      const found = await listGroups(tx, {
        serverId: params.id,
        currency: query.currency,
        ...after(cursor),
        limit: limit + 1,
      });
      const body = pageFrom(found, limit, { after: ({ name }) => name, show: (group) => group });
      return { status: 200, body };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/servers/:id/gaps',
    operationId: 'listFeedGaps',
    summary: 'Log-ins whose deals here and at the server differ',
    description:
      'Each log-in is held against its server daily and after news: as many deals, the same sums, and all deals together the balance. The longest gap first, 100 at most.',
    tags: ['Servers'],
    auth: { permission: 'server.read' },
    params: { id: serverId },
    responses: { 200: z.object({ data: z.array(gapAnswer) }) },
    example: {
      answer: {
        status: 200,
        body: {
          data: [
            {
              login: '100017',
              accountId: exampleId('account'),
              entityId: 'cy',
              since: '2026-11-23T20:15:00.000Z',
              checkedAt: '2026-11-23T20:25:00.000Z',
              differences: { balance: { here: '125000', server: '125321' } },
            },
          ],
        },
      },
    },
    handle: async ({ tx, params }) => {
      await knownServer(tx, params.id);
      const gaps = await listGaps(tx, { serverId: params.id, limit: 100 });
      return { status: 200, body: { data: gaps.map(({ serverId: _, ...gap }) => gap) } };
    },
  }),
];
