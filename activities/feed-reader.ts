import { log } from '@temporalio/activity';
import { systemScope } from '../domain/access/scope';
import type { Deal } from '../domain/trading/deal';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { DealPage, TradingPlatform } from '../connectors/trading/port';
import { inScope, type Tx } from '../db/connection';
import { adoptDeals, ingestDeals, makeDealPartitions } from '../db/deals';
import { enrolLogins } from '../db/feed-checks';
import {
  advanceBackfill,
  advanceFeed,
  finishBackfill,
  nextBackfill,
  readFeed,
  requestNightly,
  type Backfill,
  type Feed,
} from '../db/feeds';
import { currencyPairs, saveMarketRates } from '../db/market-rates';
import { saveGroups } from '../db/server-groups';
import { hasUnknownSymbol, measureSpreads, saveSymbols } from '../db/symbols';
import type { BalanceOperationDeps } from './balance-operation';
import { postDeals } from './deal-posting';
import { checkNextLogin } from './feed-check';

const pageDeals = 5_000;
const postAtOnce = 2_000;
/** Deals are late by seconds often and by minutes seldom: this much is read again every time. */
const shortOverlapSeconds = 30;
const longOverlapEveryMs = 60_000;
const symbolsFreshMs = 24 * 3_600_000;
const symbolsAgainMs = 60_000;
const choresEveryMs = 10 * 60_000;
const groupsEveryMs = 10 * 60_000;
const groupsAgainMs = 60_000;
/** Well below the age at which a rate is refused. */
const ratesEveryMs = 10_000;
const adoptEveryMs = 2_000;
const monthsAhead = 3;

/**
 * `news`: something came; `more`: there is more to read at once; `idle`: nothing to do now; `paused`: the server is
 * declared to be out of service, and nobody asks it.
 */
export type Step = 'news' | 'more' | 'idle' | 'paused';

/** Reads one server's deals, step by step. What must survive it is in PostgreSQL; what it remembers saves work. */
export class FeedReader {
  readonly #serverId: string;
  readonly #months = new Set<string>();
  /** Symbols that the server does not list either. */
  readonly #strangeSymbols = new Set<string>();
  #ahead: { readonly from: number; readonly page: Promise<DealPage> } | undefined;
  #longOverlapAtMs = 0;
  #choresAtMs = 0;
  #groupsDueMs = 0;
  #ratesDueMs = 0;
  #adoptedAtMs = 0;
  #symbolsAtMs = 0;

  constructor(
    private readonly deps: BalanceOperationDeps,
    private readonly platform: TradingPlatform,
  ) {
    this.#serverId = platform.serverId;
  }

  /** One page of the present, then the work that waits for quiet: one page of a backfill, or one check. */
  async step(): Promise<Step> {
    const { feed, backfill } = await this.#within(async (tx) => ({
      feed: await readFeed(tx, this.#serverId),
      backfill: await nextBackfill(tx, this.#serverId),
    }));
    if (feed.state === 'paused') return 'paused';
    // Every time: deals that are made while a clock is wrong for a moment have that moment's time.
    const { offsetSeconds } = await this.platform.serverTime();
    await this.#chores(feed);
    const { page, isNews } = await this.#readPresent(feed, offsetSeconds);
    await this.#postAll();
    if (!page.caughtUp) return 'more';
    await this.#readGroups();
    await this.#readRates();
    if (backfill) {
      await this.#readBackfill(feed, backfill, offsetSeconds);
      return 'more';
    }
    const checked = await checkNextLogin(this.deps, this.platform, {
      ingest: (deals) => this.#ingest(deals, feed),
    });
    if (checked === 'repaired') await this.#postAll();
    return isNews ? 'news' : 'idle';
  }

  /** After an error or a pause nothing that was asked for ahead counts. */
  forget(): void {
    this.#ahead = undefined;
  }

  /** Waits for what was asked for ahead, so that nothing of it is left on the session. */
  async end(): Promise<void> {
    await this.#ahead?.page.catch(() => undefined);
    this.#ahead = undefined;
  }

  async #readPresent(
    feed: Feed,
    offsetSeconds: number,
  ): Promise<{ page: DealPage; isNews: boolean }> {
    const from = startOf(feed, offsetSeconds);
    const page = await this.#pageFrom(feed, from);
    // The next page is on its way while this one is written.
    if (!page.caughtUp) this.#askAhead(page.watermark.serverTime);
    const before = await this.#ingest(page.deals, feed, async (tx, added) =>
      advanceFeed(tx, this.#serverId, {
        serverTime: page.watermark.serverTime,
        offsetSeconds,
        added,
        caughtUp: page.caughtUp,
      }),
    );
    return { page, isNews: before > 0 };
  }

  async #pageFrom(feed: Feed, from: number): Promise<DealPage> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead) {
      const page = await ahead.page;
      if (ahead.from === from) return page;
    }
    const isLong = Date.now() - this.#longOverlapAtMs > longOverlapEveryMs;
    const overlapSeconds = isLong
      ? feed.overlapSeconds
      : Math.min(feed.overlapSeconds, shortOverlapSeconds);
    const page = await this.platform.dealsSince(
      { serverTime: from },
      { overlapSeconds, limit: pageDeals },
    );
    if (isLong) this.#longOverlapAtMs = Date.now();
    return page;
  }

  #askAhead(from: number): void {
    const page = this.platform.dealsSince(
      { serverTime: from },
      { overlapSeconds: 0, limit: pageDeals },
    );
    // Whoever awaits it is told; until then nobody may be.
    page.catch(() => undefined);
    this.#ahead = { from, page };
  }

  /** Keeps deals, with whatever else belongs to the same moment; answers how many are new or edited. */
  async #ingest(
    deals: readonly Deal[],
    feed: Feed,
    also: (tx: Tx, added: number) => Promise<void> = () => Promise.resolve(),
  ): Promise<number> {
    await this.#makeMonths(deals);
    const lateBefore =
      feed.watermark === null || !feed.caughtUp
        ? undefined
        : new Date(Date.parse(feed.watermark) - feed.overlapSeconds * 1_000).toISOString();
    const { added, edited } = await this.#within(async (tx) => {
      const ingested = await ingestDeals(tx, this.#serverId, deals, { lateBefore });
      await also(tx, ingested.added);
      return ingested;
    });
    if (added > 0) await this.#knowSymbols(deals);
    return added + edited;
  }

  async #postAll(): Promise<void> {
    for (;;) {
      const { seen, settled } = await this.#within((tx) =>
        postDeals(tx, this.#serverId, postAtOnce),
      );
      if (seen < postAtOnce || settled === 0) return;
    }
  }

  async #readBackfill(feed: Feed, backfill: Backfill, offsetSeconds: number): Promise<void> {
    const inServerTime = (at: string) => Math.floor(Date.parse(at) / 1_000) + offsetSeconds;
    const end = inServerTime(backfill.toAt) + 1;
    const from = inServerTime(backfill.reachedAt ?? backfill.fromAt);
    const page = await this.platform.dealsSince(
      { serverTime: from },
      { overlapSeconds: 0, limit: pageDeals },
    );
    const reached = Math.min(end, page.watermark.serverTime);
    await this.#makeMonths(page.deals);
    const lateBefore =
      backfill.kind === 'nightly' && feed.watermark !== null
        ? new Date(Date.parse(feed.watermark) - feed.overlapSeconds * 1_000).toISOString()
        : undefined;
    await this.#within(async (tx) => {
      const { edited } = await ingestDeals(tx, this.#serverId, page.deals, { lateBefore });
      const reachedAt = new Date((reached - offsetSeconds) * 1_000).toISOString();
      await advanceBackfill(tx, backfill.id, { reachedAt, edited });
    });
    await this.#knowSymbols(page.deals);
    await this.#postAll();
    if (reached >= end || page.caughtUp || reached <= from)
      await this.#within((tx) => finishBackfill(tx, backfill.id));
  }

  /** What has to be done now and then, and after every start: months, owners, the night's reading, symbols. */
  async #chores(feed: Feed): Promise<void> {
    if (Date.now() - this.#adoptedAtMs > adoptEveryMs) {
      const all = Date.now() - this.#choresAtMs > choresEveryMs;
      await this.#within((tx) => adoptDeals(tx, this.#serverId, { all }));
      this.#adoptedAtMs = Date.now();
    }
    if (Date.now() - this.#choresAtMs < choresEveryMs) return;
    const now = new Date();
    const last = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + monthsAhead, 1));
    await this.#within((tx) =>
      makeDealPartitions(tx, { from: now.toISOString(), to: last.toISOString() }),
    );
    await this.#within((tx) => requestNightly(tx, this.#serverId));
    await this.#within((tx) => enrolLogins(tx, this.#serverId));
    const age = feed.symbolsAt === null ? Infinity : now.getTime() - Date.parse(feed.symbolsAt);
    if (age > symbolsFreshMs) await this.#readSymbols();
    this.#choresAtMs = Date.now();
  }

  /** A list that people choose from: where it cannot be read the deals go on. */
  async #readGroups(): Promise<void> {
    if (Date.now() < this.#groupsDueMs) return;
    this.#groupsDueMs = Date.now() + groupsEveryMs;
    try {
      const groups = await this.platform.groups();
      await this.#within((tx) => saveGroups(tx, this.#serverId, groups));
    } catch (error) {
      this.#groupsDueMs = Date.now() + groupsAgainMs;
      const name = error instanceof Error ? error.name : typeof error;
      log.warn('the groups of a server were not read', { server: this.#serverId, error: name });
    }
  }

  /** The market of currency pairs, for exchanges between wallets: where it cannot be read they wait, and not the deals. */
  async #readRates(): Promise<void> {
    if (Date.now() < this.#ratesDueMs) return;
    this.#ratesDueMs = Date.now() + ratesEveryMs;
    try {
      const pairs = await this.#within((tx) => currencyPairs(tx, this.#serverId));
      if (pairs.length === 0) return;
      const quotes = await this.platform.quotes(pairs);
      await this.#within((tx) => saveMarketRates(tx, this.#serverId, quotes));
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      log.warn('the market of a server was not read', { server: this.#serverId, error: name });
    }
  }

  async #readSymbols(): Promise<void> {
    const symbols = await this.platform.symbols();
    await this.#within(async (tx) => {
      await saveSymbols(tx, this.#serverId, symbols);
      await measureSpreads(tx, this.#serverId);
    });
    this.#symbolsAtMs = Date.now();
  }

  /** A symbol that is not kept yet is asked for at once; one that the server does not list, not again and again. */
  async #knowSymbols(deals: readonly Deal[]): Promise<void> {
    const names = [...new Set(deals.flatMap(({ symbol }) => symbol ?? []))].filter(
      (name) => !this.#strangeSymbols.has(name),
    );
    if (names.length === 0 || Date.now() - this.#symbolsAtMs < symbolsAgainMs) return;
    const isUnknown = () => this.#within((tx) => hasUnknownSymbol(tx, this.#serverId, names));
    if (!(await isUnknown())) {
      this.#symbolsAtMs = Date.now() - symbolsAgainMs / 2;
      return;
    }
    await this.#readSymbols();
    for (const name of names) {
      if (await this.#within((tx) => hasUnknownSymbol(tx, this.#serverId, [name])))
        this.#strangeSymbols.add(name);
    }
  }

  async #makeMonths(deals: readonly Deal[]): Promise<void> {
    const months = [...new Set(deals.map(({ time }) => time.slice(0, 7)))].filter(
      (month) => !this.#months.has(month),
    );
    for (const month of months.sort()) {
      const first = `${month}-01T00:00:00Z`;
      await this.#within((tx) => makeDealPartitions(tx, { from: first, to: first }));
      this.#months.add(month);
    }
  }

  #within<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const scope = systemScope(`workflow:${workflowIds.feed(this.#serverId)}`);
    return inScope(this.deps.db, scope, work);
  }
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
