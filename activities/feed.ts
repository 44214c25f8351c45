import { Context, log } from '@temporalio/activity';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { TradingPlatform } from '../connectors/trading/port';
import { inScope } from '../db/connection';
import { ingestDeals } from '../db/deals';
import {
  advanceFeed,
  finishBackfill,
  nextBackfill,
  noteFeedError,
  readFeed,
  type Backfill,
  type Feed,
} from '../db/feeds';
import { setProcess } from '../db/processes';
import type { BalanceOperationDeps } from './balance-operation';
import { postDeals } from './deal-posting';
import { beating } from './outside';

/** Deals come late: this much before the watermark is read again each time. */
const overlapSeconds = 900;
const pageDeals = 2_000;
const postAtOnce = 500;
const pauseMs = 500;
/** One activity reads this long, then the workflow starts the next, so that its history stays short. */
const readForMs = 10 * 60_000;

export function createFeedActivities(deps: BalanceOperationDeps) {
  const { db, platformFor } = deps;

  return {
    /** Reads a server's deals until its time is up; a fault of the server is noted and tried again. */
    async readServerFeed(serverId: string): Promise<void> {
      const scope = systemScope(`workflow:${workflowIds.feed(serverId)}`);
      const platform = platformFor(serverId);
      const until = Date.now() + readForMs;
      await inScope(db, scope, (tx) =>
        setProcess(tx, workflowIds.feed(serverId), {
          state: 'reading',
          waitsFor: 'the next deals of the server',
        }),
      );
      while (Date.now() < until && !Context.current().cancellationSignal.aborted) {
        try {
          const caughtUp = await beating(() => step(deps, serverId, platform));
          if (caughtUp) await pause(pauseMs);
        } catch (error) {
          const name = error instanceof Error ? error.name : 'unknown';
          log.warn('the feed could not be read', { server: serverId, error: name });
          await inScope(db, scope, (tx) => noteFeedError(tx, serverId, name)).catch(
            () => undefined,
          );
          await pause(pauseMs * 4);
        }
      }
    },
  };
}

/** One page, one backfill if asked for, and the postings of what has come; true when nothing is left to read now. */
async function step(
  deps: BalanceOperationDeps,
  serverId: string,
  platform: TradingPlatform,
): Promise<boolean> {
  const scope = systemScope(`workflow:${workflowIds.feed(serverId)}`);
  const { feed, backfill } = await inScope(deps.db, scope, async (tx) => ({
    feed: await readFeed(tx, serverId),
    backfill: await nextBackfill(tx, serverId),
  }));
  if (feed.state === 'paused') return true;
  const { offsetSeconds } = await platform.serverTime();
  if (backfill) await readAgain(deps, { serverId, platform, backfill, offsetSeconds });
  const page = await platform.dealsSince(
    { serverTime: startOf(feed, offsetSeconds) },
    { overlapSeconds, limit: pageDeals },
  );
  await inScope(deps.db, scope, async (tx) => {
    const { added } = await ingestDeals(tx, serverId, page.deals);
    await advanceFeed(tx, serverId, {
      serverTime: page.watermark.serverTime,
      offsetSeconds,
      added,
    });
  });
  await postAll(deps, serverId);
  return page.caughtUp;
}

/**
 * Where to read on, in server time. A clock that was set back shows an hour twice: what counts then is the
 * watermark in UTC, or the deals of the second hour would never be read.
 */
function startOf(feed: Feed, offsetSeconds: number): number {
  if (feed.watermark === null) return feed.serverTime;
  const byUtc = Math.floor(Date.parse(feed.watermark) / 1_000) + offsetSeconds;
  return Math.max(0, Math.min(feed.serverTime, byUtc));
}

async function postAll(deps: BalanceOperationDeps, serverId: string): Promise<void> {
  const scope = systemScope(`workflow:${workflowIds.feed(serverId)}`);
  for (;;) {
    const settled = await inScope(deps.db, scope, (tx) => postDeals(tx, serverId, postAtOnce));
    if (settled < postAtOnce) return;
  }
}

async function readAgain(
  deps: BalanceOperationDeps,
  {
    serverId,
    platform,
    backfill,
    offsetSeconds,
  }: { serverId: string; platform: TradingPlatform; backfill: Backfill; offsetSeconds: number },
): Promise<void> {
  const scope = systemScope(`workflow:${workflowIds.feed(serverId)}`);
  const end = Math.ceil(Date.parse(backfill.toAt) / 1_000) + offsetSeconds;
  let at = Math.floor(Date.parse(backfill.fromAt) / 1_000) + offsetSeconds;
  while (at < end) {
    const page = await platform.dealsSince(
      { serverTime: at },
      { overlapSeconds: 0, limit: pageDeals },
    );
    await inScope(deps.db, scope, (tx) => ingestDeals(tx, serverId, page.deals));
    if (page.watermark.serverTime <= at || page.caughtUp) break;
    at = page.watermark.serverTime;
  }
  await postAll(deps, serverId);
  await inScope(deps.db, scope, (tx) => finishBackfill(tx, backfill.id));
}

/** Waits, or less when the worker is shutting down. */
async function pause(ms: number): Promise<void> {
  const signal = Context.current().cancellationSignal;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

export type FeedActivities = ReturnType<typeof createFeedActivities>;
