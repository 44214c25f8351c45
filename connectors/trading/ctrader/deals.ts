import { type Deal, type DealTotals } from '../../../domain/trading/deal';
import { type ServerWindow, setBackSecondsMax } from '../../../domain/trading/server-clock';
import { byTime, sumDeals } from '../deal-reading';
import { type Fields } from '../fields';
import { text } from '../mt5/wire';
import {
  type DealPage,
  type DealsSinceOptions,
  type DealTotalsRequest,
  type DealWatermark,
  PlatformUnavailable,
} from '../port';
import {
  type Chunk,
  chunkOf,
  type CtraderContext,
  type MsWindow,
  readChunks,
  type Trader,
} from './context';
import { parsePair } from './group-name';
import { marketNow } from './quotes';
import { normaliseDeal, normaliseHistory } from './normalise';

/** Deals with the rows that they were read from. */
export interface ReadDeals {
  readonly rows: readonly Fields[];
  readonly deals: readonly Deal[];
}

/** Trades in one answer: about as many as the caller wants, in bounds. */
const rowsMin = 200;
const rowsMax = 1_000;
const chunksMax = 10_000;

/** Reads one chunk of a window, of trades or of balance operations. */
type ChunkReader = (window: MsWindow) => Promise<Chunk>;

/**
 * Reads on from a watermark: trades and balance operations side by side, each in chunks of its own, up to the
 * moment that both are known to. The present second is left for the next call, since it is not over. Deals of the
 * overlap come again, and so do those that bear a time still to come, since the clock was set back; what the
 * server delivers twice counts once.
 */
export async function dealsSince(
  context: CtraderContext,
  watermark: DealWatermark,
  options: DealsSinceOptions,
): Promise<DealPage> {
  const { now } = await context.measure();
  const presentEnd = Math.floor(now.serverTimeMsc / 1000) - 1;
  const toMs = (presentEnd + setBackSecondsMax) * 1000 + 999;
  const readers = await readersOf(context, options);
  const byTicket = new Map<string, Deal>();
  let fromMs = Math.max(0, watermark.serverTime - options.overlapSeconds) * 1000;
  let reached = watermark.serverTime;
  for (let chunks = 0; chunks < chunksMax && fromMs <= toMs; chunks += 1) {
    const read = await readTogether(readers, { fromMs, toMs });
    if (read.completeToMs < fromMs) {
      throw new PlatformUnavailable('one moment holds more than an answer');
    }
    for (const deal of await normaliseAll(context, read, options)) byTicket.set(deal.ticket, deal);
    fromMs = read.completeToMs + 1;
    reached = Math.max(reached, Math.min(presentEnd, Math.floor(fromMs / 1000) - 1));
    if (byTicket.size >= options.limit && reached > watermark.serverTime) break;
  }
  const deals = await context.market.attach([...byTicket.values()].sort(byTime), {
    serverTimeMsc: now.serverTimeMsc,
    read: (wanted) => marketNow(context, wanted),
  });
  return {
    deals,
    watermark: { serverTime: reached },
    caughtUp: reached >= presentEnd,
  };
}

/** The balance operations of one trader. */
export async function historyOfTrader(
  context: CtraderContext,
  trader: Trader,
  window: MsWindow,
): Promise<ReadDeals> {
  const rows = distinct(
    await readChunks(window, historyReader(context, trader.traderId)),
    'balanceHistoryId',
  );
  const clock = await context.clock();
  const row = { server: context.serverId, clock, trader, symbol: undefined };
  return { rows, deals: rows.flatMap((fields) => normaliseHistory(fields, row) ?? []) };
}

/** The trades of one trader. */
export async function dealsOfTrader(
  context: CtraderContext,
  trader: Trader,
  window: MsWindow,
): Promise<ReadDeals> {
  const reader = dealReader(context, { traderId: [trader.traderId], maxRows: rowsMax });
  const rows = distinct(await readChunks(window, reader), 'dealId');
  const clock = await context.clock();
  const symbols = await context.symbols();
  const deals = rows.flatMap((fields) => {
    const symbol = symbols.get(text(fields, 'symbolId'));
    return normaliseDeal(fields, { server: context.serverId, clock, trader, symbol }) ?? [];
  });
  return { rows, deals };
}

/** A window of seconds in milliseconds, both ends included. */
export function msOf({ from, to }: ServerWindow): MsWindow {
  return { fromMs: from * 1000, toMs: to * 1000 + 999 };
}

export async function dealTotals(
  context: CtraderContext,
  request: DealTotalsRequest,
): Promise<DealTotals> {
  const trader = await context.traderOfLogin(request.login);
  return await sumDeals(context, request, async (window) => {
    const history = await historyOfTrader(context, trader, msOf(window));
    const trades = await dealsOfTrader(context, trader, msOf(window));
    return { currency: trader.currency, deals: [...history.deals, ...trades.deals] };
  });
}

interface Readers {
  readonly trades: readonly ChunkReader[];
  readonly operations: readonly ChunkReader[];
}

interface ReadTogether {
  readonly trades: readonly Fields[];
  readonly operations: readonly Fields[];
  readonly completeToMs: number;
}

async function readTogether(readers: Readers, window: MsWindow): Promise<ReadTogether> {
  const readAll = async (some: readonly ChunkReader[]): Promise<Chunk[]> => {
    const chunks: Chunk[] = [];
    for (const read of some) chunks.push(await read(window));
    return chunks;
  };
  const trades = await readAll(readers.trades);
  const operations = await readAll(readers.operations);
  const ends = [...trades, ...operations].map(({ completeToMs }) => completeToMs ?? window.toMs);
  const completeToMs = Math.min(window.toMs, ...ends);
  const until = (chunks: readonly Chunk[], timeField: string): Fields[] =>
    chunks.flatMap(({ rows }) => rows.filter((row) => Number(row[timeField]) <= completeToMs));
  return {
    trades: until(trades, 'createTimestamp'),
    operations: until(operations, 'changeBalanceTimestamp'),
    completeToMs,
  };
}

async function normaliseAll(
  context: CtraderContext,
  { trades, operations }: ReadTogether,
  options: DealsSinceOptions,
): Promise<Deal[]> {
  const ids = [...trades, ...operations].map((row) => text(row, 'traderId'));
  const traders = await context.tradersById(ids);
  const clock = await context.clock();
  const symbols = await context.symbols();
  const isWanted = await membership(context, options);
  const deals: Deal[] = [];
  const take = (row: Fields, normalise: typeof normaliseDeal): void => {
    const trader = traders.get(text(row, 'traderId'));
    if (trader === undefined || !isWanted(trader)) return;
    const symbol = symbols.get(text(row, 'symbolId'));
    const deal = normalise(row, { server: context.serverId, clock, trader, symbol });
    if (deal !== null) deals.push(deal);
  };
  for (const row of trades) take(row, normaliseDeal);
  for (const row of operations) take(row, normaliseHistory);
  return deals;
}

/** Balance operations come for everybody, and an account's currency is no part of its group at the server. */
async function membership(
  context: CtraderContext,
  { groups, logins }: DealsSinceOptions,
): Promise<(trader: Trader) => boolean> {
  if (logins !== undefined) return (trader) => logins.includes(trader.login);
  if (groups === undefined) return () => true;
  const wanted = new Set<string>();
  for (const pair of groups.map(parsePair)) {
    if (pair !== null) wanted.add(`${await context.groupIdOf(pair.name)} ${pair.currency}`);
  }
  return ({ groupId, currency }) => wanted.has(`${groupId} ${currency}`);
}

async function readersOf(context: CtraderContext, options: DealsSinceOptions): Promise<Readers> {
  const { logins, groups } = options;
  const maxRows = Math.min(rowsMax, Math.max(rowsMin, options.limit));
  if (logins !== undefined) {
    const traders: Trader[] = [];
    for (const login of logins) traders.push(await context.traderOfLogin(login));
    const traderId = traders.map((trader) => trader.traderId);
    return {
      trades: traderId.length === 0 ? [] : [dealReader(context, { traderId, maxRows })],
      operations: traderId.map((id) => historyReader(context, id)),
    };
  }
  const operations = [historyReader(context, null)];
  if (groups === undefined) return { trades: [dealReader(context, { maxRows })], operations };
  const names = new Set(groups.flatMap((group) => parsePair(group)?.name ?? []));
  const groupId: string[] = [];
  for (const name of names) groupId.push(await context.groupIdOf(name));
  return {
    trades: groupId.length === 0 ? [] : [dealReader(context, { groupId, maxRows })],
    operations,
  };
}

function dealReader(
  context: CtraderContext,
  of: {
    readonly traderId?: readonly string[];
    readonly groupId?: readonly string[];
    readonly maxRows: number;
  },
): ChunkReader {
  return async ({ fromMs, toMs }) => {
    const request = { ...of, fromTimestamp: fromMs, toTimestamp: toMs };
    const answer = await context.manager.request('DealListReq', request);
    return chunkOf(answer, 'deal', 'createTimestamp');
  };
}

function historyReader(context: CtraderContext, traderId: string | null): ChunkReader {
  return async ({ fromMs, toMs }) => {
    const answer = await context.manager.request('BalanceHistoryListReq', {
      ...(traderId === null ? {} : { traderId }),
      fromTimestamp: fromMs,
      toTimestamp: toMs,
    });
    return chunkOf(answer, 'depositWithdraw', 'changeBalanceTimestamp');
  };
}

/** A row that was delivered twice is one row. */
function distinct(rows: readonly Fields[], key: string): Fields[] {
  return [...new Map(rows.map((row) => [text(row, key), row])).values()];
}
