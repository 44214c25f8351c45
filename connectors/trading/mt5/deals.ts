import { type Deal, type DealTotals } from '../../../domain/trading/deal';
import { type ServerWindow, setBackSecondsMax } from '../../../domain/trading/server-clock';
import { byTime, orNullWhenTooMany, sumDeals } from '../deal-reading';
import { list, record } from '../fields';
import {
  type DealPage,
  type DealsSinceOptions,
  type DealTotalsRequest,
  type DealWatermark,
  PlatformAnswerTooLarge,
} from '../port';
import { type Mt5Context, readPages } from './context';
import { normaliseDeal } from './normalise-deal';
import { text } from './wire';

/** Reads the deals of some groups or log-ins in a window. */
type WindowReader = (window: ServerWindow) => Promise<Deal[]>;

/** A slice of time that is read at once; it grows while it brings little and shrinks when it brings much. */
const firstSliceSeconds = 86_400;
/** A quiet decade must not end in one request for the first busy year. */
const sliceSecondsMax = 32 * 86_400;
/** The slice that suited the last reading of a server: a busy history is not asked for by the day each time. */
const suitedSlice = new WeakMap<Mt5Context, number>();
/** 2005-01-01: no server of this make has an older deal. */
const oldestSecond = 1_104_537_600;
/** While nothing was ever traded the slices are longer, and all currencies are asked for together. */
const quietSliceSecondsMax = 64 * 86_400;
const slicesMax = 10_000;
/** Group names in one request: they travel in the query. */
const groupsPerRequest = 40;

/**
 * Reads on from a watermark. `deal/get_batch` has no pages, so time is the page: slice after slice
 * until `limit` deals have come together or the server's present is reached. The present second is
 * left for the next call, since it is not over. Deals of the overlap come again, and so do those
 * that bear a time still to come, since the clock was set back.
 */
export async function dealsSince(
  context: Mt5Context,
  watermark: DealWatermark,
  options: DealsSinceOptions,
): Promise<DealPage> {
  const { now } = await context.measure();
  const presentEnd = Math.floor(now.serverTimeMsc / 1000) - 1;
  const read = await readerOf(context, options);
  const byTicket = new Map<string, Deal>();
  const isBeginning = watermark.serverTime === 0 && options.logins === undefined;
  let from = isBeginning
    ? await firstTradedSecond(context, presentEnd)
    : Math.max(0, watermark.serverTime - options.overlapSeconds);
  // A log-in's deals are paged by the server: time needs no slices.
  let slice =
    options.logins === undefined
      ? (suitedSlice.get(context) ?? firstSliceSeconds)
      : Number.MAX_SAFE_INTEGER;
  let reached = Math.max(watermark.serverTime, from - 1);
  for (let slices = 0; slices < slicesMax && from <= presentEnd; slices += 1) {
    const to = Math.min(presentEnd, from + slice - 1);
    const ahead = to === presentEnd ? setBackSecondsMax : 0;
    const deals = await orNullWhenTooMany(read({ from, to: to + ahead }));
    if (deals === null) {
      if (to === from) throw new PlatformAnswerTooLarge('one second holds too many deals');
      slice = Math.max(1, Math.floor((to - from + 1) / 2));
      continue;
    }
    for (const deal of deals) byTicket.set(deal.ticket, deal);
    slice = nextSlice({ slice, read: to - from + 1, deals: deals.length, limit: options.limit });
    from = to + 1;
    reached = Math.max(reached, to);
    if (byTicket.size >= options.limit && reached > watermark.serverTime) break;
  }
  if (options.logins === undefined) suitedSlice.set(context, slice);
  return {
    deals: [...byTicket.values()].sort(byTime),
    watermark: { serverTime: reached },
    caughtUp: reached >= presentEnd,
  };
}

/** Aims at half a page: a slice that brought more is kept and the next one is shorter. */
function nextSlice({
  slice,
  read,
  deals,
  limit,
}: {
  slice: number;
  read: number;
  deals: number;
  limit: number;
}): number {
  if (deals > limit / 2) return Math.max(1, Math.floor((read * limit) / (2 * deals)));
  return deals <= limit / 4 ? Math.min(Math.max(slice, sliceSecondsMax), slice * 2) : slice;
}

/**
 * The first second worth reading: the beginning of the first slice in which anybody of the server traded or
 * was given money. One request for all groups, in slices that double.
 */
async function firstTradedSecond(context: Mt5Context, presentEnd: number): Promise<number> {
  let slice = firstSliceSeconds;
  for (let from = oldestSecond; from <= presentEnd; from += slice) {
    slice = Math.min(quietSliceSecondsMax, slice * 2);
    const to = Math.min(presentEnd, from + slice - 1);
    try {
      const query = { group: '*', from: String(from), to: String(to) };
      const answer = await context.answerOrNull({ path: '/api/deal/get_batch', query });
      if (answer !== null && list(answer, 'the deals').length > 0) return from;
    } catch (error) {
      if (error instanceof PlatformAnswerTooLarge) return from;
      throw error;
    }
  }
  return presentEnd;
}

/** All deals of one log-in between two moments of server time. */
export async function dealsOfLogin(
  context: Mt5Context,
  login: string,
  window: ServerWindow,
): Promise<Deal[]> {
  const currency = await context.currencyOfLogin(login);
  const clock = await context.clock();
  const rows = await readPages(context, '/api/deal', {
    login,
    from: String(window.from),
    to: String(window.to),
  });
  return rows.map((row) => normaliseDeal(row, { server: context.serverId, currency, clock }));
}

export async function dealTotals(
  context: Mt5Context,
  request: DealTotalsRequest,
): Promise<DealTotals> {
  return await sumDeals(context, request, async (window) => ({
    currency: await context.currencyOfLogin(request.login),
    deals: await dealsOfLogin(context, request.login, window),
  }));
}

async function readerOf(context: Mt5Context, options: DealsSinceOptions): Promise<WindowReader> {
  const { logins } = options;
  if (logins !== undefined) {
    return async (window) => {
      const deals: Deal[] = [];
      for (const login of logins) deals.push(...(await dealsOfLogin(context, login, window)));
      return deals;
    };
  }
  const batches = await groupBatches(context, options.groups);
  return async (window) => {
    const deals: Deal[] = [];
    for (const { currency, group } of batches) {
      deals.push(...(await dealsOfGroups(context, group, currency, window)));
    }
    return deals;
  };
}

async function dealsOfGroups(
  context: Mt5Context,
  group: string,
  currency: string,
  window: ServerWindow,
): Promise<Deal[]> {
  const clock = await context.clock();
  const query = { group, from: String(window.from), to: String(window.to) };
  const answer = await context.answerOrNull({ path: '/api/deal/get_batch', query });
  if (answer === null) return [];
  return list(answer, 'the deals').map((row) =>
    normaliseDeal(record(row, 'a deal'), { server: context.serverId, currency, clock }),
  );
}

/** Groups of one currency are read together: a deal does not say its currency, its group does. */
async function groupBatches(
  context: Mt5Context,
  only: readonly string[] | undefined,
): Promise<{ readonly currency: string; readonly group: string }[]> {
  const byCurrency = new Map<string, string[]>();
  if (only !== undefined) {
    for (const name of only) push(byCurrency, await context.currencyOfGroup(name), name);
  } else {
    for (const [name, group] of await context.groups()) {
      push(byCurrency, text(group, 'Currency'), name);
    }
  }
  const batches: { currency: string; group: string }[] = [];
  for (const [currency, names] of byCurrency) {
    for (let at = 0; at < names.length; at += groupsPerRequest) {
      batches.push({ currency, group: names.slice(at, at + groupsPerRequest).join(',') });
    }
  }
  return batches;
}

function push(lists: Map<string, string[]>, key: string, value: string): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}
