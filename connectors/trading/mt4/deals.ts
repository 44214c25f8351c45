import { type Deal, type DealTotals } from '../../../domain/trading/deal';
import { type ServerWindow, setBackSecondsMax } from '../../../domain/trading/server-clock';
import { byTime, orNullWhenTooMany, sumDeals } from '../deal-reading';
import { type Fields } from '../fields';
import {
  type DealPage,
  type DealsSinceOptions,
  type DealTotalsRequest,
  type DealWatermark,
  PlatformAnswerTooLarge,
} from '../port';
import { type Mt4Context } from './context';
import { type FeedMemory, type LoginState } from './feed-memory';
import { marketNow } from './ticks';
import { dealsOf, historyOf, openedWithin, openTradesIn, openTradesOf } from './trades';
import { text, whole } from './wire';

const slicesMax = 10_000;
const loginsAtOnce = 16;

/**
 * Reads on from a watermark. MT4 tells its past log-in by log-in, so the whole stretch up to the present is asked
 * for at once, and halved while it brings more than `limit`. The present second is left for the next call.
 * A trade's `in` comes while it is open and again, unchanged, with its `out`.
 */
export async function dealsSince(
  context: Mt4Context,
  watermark: DealWatermark,
  options: DealsSinceOptions,
): Promise<DealPage> {
  const { now } = await context.measure();
  const presentEnd = Math.floor(now.serverTimeMsc / 1000) - 1;
  const start = Math.max(0, watermark.serverTime - options.overlapSeconds);
  const reader = await Reader.open(context, options);
  const byTicket = new Map<string, Deal>();
  let from = start;
  let slice = presentEnd - start + 1;
  let reached = watermark.serverTime;
  for (let slices = 0; slices < slicesMax && from <= presentEnd; slices += 1) {
    const window = { from, to: Math.min(presentEnd, from + slice - 1) };
    const deals = await orNullWhenTooMany(reader.read(window, presentEnd));
    if (slice > 1 && (deals === null || deals.length > options.limit)) {
      slice = Math.max(1, Math.floor((window.to - from + 1) / 2));
      continue;
    }
    if (deals === null) throw new PlatformAnswerTooLarge('one second holds too many deals');
    for (const deal of deals) byTicket.set(deal.ticket, deal);
    from = window.to + 1;
    reached = Math.max(reached, window.to);
    if (deals.length <= options.limit / 4) slice *= 2;
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

/** Reads the log-ins of one call; who they are and what they hold open is asked once. */
class Reader {
  private constructor(
    private readonly context: Mt4Context,
    private readonly memory: FeedMemory | null,
    private readonly logins: readonly LoginState[],
    private readonly open: readonly Fields[],
  ) {}

  static async open(context: Mt4Context, options: DealsSinceOptions): Promise<Reader> {
    if (options.logins !== undefined) return await Reader.#ofLogins(context, options.logins);
    const { groups } = options;
    const open =
      groups === undefined
        ? await openTradesIn(context, null)
        : (await inTurns(groups, (group) => openTradesIn(context, group))).flat();
    const users = (await context.users()).filter(
      (user) => groups === undefined || groups.includes(text(user, 'group')),
    );
    const ordersOf = new Map<string, string[]>();
    for (const row of open) {
      const login = String(whole(row, 'login'));
      const orders = ordersOf.get(login) ?? [];
      ordersOf.set(login, orders);
      orders.push(`${whole(row, 'order')}@${text(row, 'timeStamp')}`);
    }
    const logins: LoginState[] = [];
    for (const user of users) {
      const login = String(whole(user, 'login'));
      const money = `${String(user['balance'])} ${String(user['credit'])}`;
      logins.push({
        login,
        currency: await context.currencyOfGroup(text(user, 'group')),
        fingerprint: `${money} ${(ordersOf.get(login) ?? []).join(' ')}`,
      });
    }
    // A reading without an overlap is somebody who wants all of it.
    return new Reader(context, options.overlapSeconds > 0 ? context.feed : null, logins, open);
  }

  static async #ofLogins(context: Mt4Context, logins: readonly string[]): Promise<Reader> {
    const states: LoginState[] = [];
    const open: Fields[] = [];
    for (const login of logins) {
      const currency = await context.currencyOfLogin(login);
      states.push({ login, currency, fingerprint: '' });
      open.push(...(await openTradesOf(context, login)));
    }
    return new Reader(context, null, states, open);
  }

  async read(window: ServerWindow, presentEnd: number): Promise<Deal[]> {
    const isLast = window.to === presentEnd;
    const chosen =
      this.memory !== null && isLast ? this.memory.choose(this.logins, window.from) : this.logins;
    // After a clock was set back, what was made before bears a time that is still to come.
    const reach = { from: window.from, to: window.to + (isLast ? setBackSecondsMax : 0) };
    const closed = await inTurns(chosen, async ({ login, currency }) =>
      dealsOf(this.context, await historyOf(this.context, login, reach), currency),
    );
    if (isLast) this.memory?.remember(chosen, window);
    return [...(await this.#openings(reach)), ...closed.flat()];
  }

  async #openings(window: ServerWindow): Promise<Deal[]> {
    const currencies = new Map(this.logins.map(({ login, currency }) => [login, currency]));
    const rowsOf = new Map<string, Fields[]>();
    for (const row of this.open) {
      const currency = currencies.get(String(whole(row, 'login')));
      if (currency === undefined || !openedWithin(row, window)) continue;
      const rows = rowsOf.get(currency) ?? [];
      rowsOf.set(currency, rows);
      rows.push(row);
    }
    const deals: Deal[] = [];
    for (const [currency, rows] of rowsOf)
      deals.push(...(await dealsOf(this.context, rows, currency)));
    return deals;
  }
}

/** All deals of one log-in of the window of server time, by the time of each. */
export async function dealsOfLogin(
  context: Mt4Context,
  login: string,
  window: ServerWindow,
): Promise<Deal[]> {
  const currency = await context.currencyOfLogin(login);
  const open = await openTradesOf(context, login);
  // What was opened in the window may have been closed after it.
  const closed = await historyOf(context, login, { from: window.from, to: latestSeconds });
  const byTicket = new Map<string, Deal>();
  for (const deal of await dealsOf(context, [...open, ...closed], currency)) {
    const seconds = Math.floor(deal.serverTimeMsc / 1000);
    if (seconds >= window.from && seconds <= window.to) byTicket.set(deal.ticket, deal);
  }
  return [...byTicket.values()].sort(byTime);
}

/** MT4 counts seconds in 31 bits. */
const latestSeconds = 2 ** 31 - 1;

export async function dealTotals(
  context: Mt4Context,
  request: DealTotalsRequest,
): Promise<DealTotals> {
  return await sumDeals(context, request, async (window) => ({
    currency: await context.currencyOfLogin(request.login),
    deals: await dealsOfLogin(context, request.login, window),
  }));
}

/** Does the work for every item, a few at a time, and keeps the order. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += loginsAtOnce) {
    results.push(...(await Promise.all(items.slice(at, at + loginsAtOnce).map(work))));
  }
  return results;
}
