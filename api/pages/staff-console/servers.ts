import { z } from 'zod';
import { notFound, refused } from '../../../domain/problem';
import { listGaps } from '../../../db/feed-checks';
import { feedHealth, listBackfills, type FeedHealth } from '../../../db/feed-health';
import { requestBackfill } from '../../../db/feeds';
import { listServers } from '../../../db/servers';
import type { Tx } from '../../../db/connection';
import { line, utcMinute } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';

/** A feed that is further behind than this is not lively any more. */
const lagSecondsMax = 30;
const gapsShown = 20;
const backfillsShown = 6;

/** Every trading server: whether it answers, how far its deals are read, and what differs. */
const serversPage = definePage({
  path: '/staff/servers',
  auth: { permission: 'server.read' },
  handle: async ({ tx }) => {
    const feeds = new Map((await feedHealth(tx)).map((feed) => [feed.serverId, feed]));
    const servers = [];
    for (const server of await listServers(tx)) {
      const feed = feeds.get(server.id);
      if (!feed) continue;
      servers.push({
        ...server,
        feed: shownFeed(feed),
        gaps: await shownGaps(tx, server.id),
        backfills: await shownBackfills(tx, server.id),
      });
    }
    return {
      view: 'staff/servers',
      title: 'Servers',
      data: {
        servers,
        serverOptions: servers.map(({ id, name }) => ({ value: id, label: name })),
      },
    };
  },
});

export function shownFeed(feed: FeedHealth) {
  const isBehind = feed.lagSeconds === null || feed.lagSeconds > lagSecondsMax;
  return { ...feed, isBehind: feed.state === 'running' && isBehind };
}

export async function shownBackfills(tx: Tx, serverId: string) {
  const backfills = await listBackfills(tx, { serverId, limit: backfillsShown });
  const who = await actorWords(
    tx,
    backfills.map(({ requestedBy }) => requestedBy),
  );
  return backfills.map((backfill) => ({
    ...backfill,
    by: who(backfill.requestedBy),
    isNightly: backfill.kind === 'nightly',
    isAtWork: backfill.state === 'requested',
  }));
}

export async function shownGaps(tx: Tx, serverId: string) {
  const gaps = await listGaps(tx, { serverId, limit: gapsShown });
  return gaps.map((gap) => ({
    ...gap,
    differences: Object.entries(gap.differences).map(([figure, { here, server }]) => ({
      figure,
      here,
      server,
    })),
  }));
}

const backfillForm = defineForm({
  path: '/staff/servers/backfills',
  auth: { permission: 'server.operate' },
  body: { server: z.string().max(20), from: utcMinute, to: utcMinute, reason: line(200) },
  page: serversPage,
  handle: async ({ tx, body }) => {
    const known = (await listServers(tx)).some((server) => server.id === body.server);
    if (!known) throw notFound('server');
    if (body.from >= body.to) throw refused('empty_period', 'The end must be after the beginning.');
    await requestBackfill(tx, {
      serverId: body.server,
      fromAt: body.from,
      toAt: body.to,
      reason: body.reason,
    });
    return {
      to: `/staff/servers#server-${body.server}`,
      flash: 'The feed reads this stretch again, beside the present.',
    };
  },
});

export const serverPages = [serversPage, backfillForm];
