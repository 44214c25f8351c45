import { type ServerClock } from '../../../domain/trading/server-clock';
import { type Fields, list, MalformedAnswer, record } from '../fields';
import { FreshMarket } from '../fresh-market';
import { type Measured, MeasuredClock } from '../measured-clock';
import { count, integer, text } from '../mt5/wire';
import { PlatformRefused, PlatformUnavailable } from '../port';
import { errorNumber } from './error-code';
import { pairName } from './group-name';
import { Kept } from './kept';
import { type ManagerSession } from './manager-session';
import { BalanceVersions } from './versions';
import { type WebServices } from './web-services';

/** What a log-in is at cTrader; all of it but the group stays as it is. */
export interface Trader {
  readonly traderId: string;
  readonly login: string;
  readonly groupId: string;
  readonly currency: string;
  readonly moneyDigits: number;
  readonly fields: Fields;
}

export interface CtraderSymbol {
  readonly name: string;
  readonly digits: number;
  /** In hundredths of the base unit. */
  readonly lotSize: bigint;
  readonly base: string;
  readonly quote: string;
  readonly fields: Fields;
}

const tradersMax = 100_000;
const tradersPerRequest = 100;
const chunksMax = 10_000;

/** What every part of the adapter works with: both sessions, the clock, traders, groups, symbols. */
export class CtraderContext {
  readonly versions = new BalanceVersions();
  readonly market = new FreshMarket();
  readonly #clock = new MeasuredClock();
  readonly #traders = new Map<string, Trader>();
  readonly #traderIdOfLogin = new Map<string, string>();
  readonly #groups = new Kept(async () =>
    byKey(rowsOf(await this.manager.request('LightGroupListReq'), 'lightGroup'), 'groupId'),
  );
  readonly #assets = new Kept(async () =>
    byKey(rowsOf(await this.manager.request('AssetListReq'), 'asset'), 'assetId'),
  );
  readonly #symbols = new Kept(() => this.#readSymbols());
  readonly #countries = new Kept(async () =>
    rowsOf(await this.manager.request('CountryListReq'), 'country'),
  );

  constructor(
    readonly serverId: string,
    readonly web: WebServices,
    readonly manager: ManagerSession,
    readonly brokerName: string,
  ) {
    manager.listen((name, fields) => {
      if (name === 'ExecutionEvent') this.versions.hear(fields);
    });
  }

  /** Measures the server's clock. */
  async measure(): Promise<Measured> {
    return await this.#clock.measure(async () => {
      const serverTimeMsc = count(await this.manager.request('ServerTimeReq'), 'timeInMillis');
      if (serverTimeMsc <= 0) throw new MalformedAnswer('the server told no time');
      return serverTimeMsc;
    });
  }

  /** The clock as known, measured now if it never was. */
  async clock(): Promise<ServerClock> {
    return this.#clock.known ?? (await this.measure()).clock;
  }

  /** The trader behind a log-in. Throws PlatformRefused when there is none. */
  async traderOfLogin(login: string): Promise<Trader> {
    const known = this.#traderIdOfLogin.get(login);
    const cached = known === undefined ? undefined : this.#traders.get(known);
    if (cached !== undefined) return cached;
    const account = await this.web.read(`traders/${login}`);
    const registered = count(account, 'registrationTimestamp');
    const window = { fromMs: Math.max(0, registered - 1_000), toMs: registered + 1_000 };
    const found = (await this.traders(window)).find((trader) => trader.login === login);
    if (found !== undefined) return found;
    const everybody = await this.traders({ fromMs: 0, toMs: (await this.#nowMs()) + 86_400_000 });
    const late = everybody.find((trader) => trader.login === login);
    if (late !== undefined) return late;
    throw new PlatformRefused(errorNumber('TRADER_NOT_FOUND') ?? 0, `there is no log-in ${login}`);
  }

  /** The trader as it stands now: group and balance change. Throws PlatformRefused when there is none. */
  async presentTrader(login: string): Promise<Trader> {
    const { traderId } = await this.traderOfLogin(login);
    const [trader] = await this.#fetchTraders([traderId]);
    if (trader !== undefined) return trader;
    throw new PlatformRefused(errorNumber('TRADER_NOT_FOUND') ?? 0, `there is no log-in ${login}`);
  }

  /** The traders of these ids. Throws PlatformUnavailable when the server does not know one of them. */
  async tradersById(ids: Iterable<string>): Promise<ReadonlyMap<string, Trader>> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.#traders.has(id));
    for (let at = 0; at < missing.length; at += tradersPerRequest) {
      await this.#fetchTraders(missing.slice(at, at + tradersPerRequest));
    }
    return new Map(
      wanted.map((id) => {
        const trader = this.#traders.get(id);
        if (trader === undefined) throw new PlatformUnavailable(`nobody has the trader id ${id}`);
        return [id, trader];
      }),
    );
  }

  /** Traders by the time of their registration (UTC of the server). */
  async traders(of: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly groupId?: string;
  }): Promise<Trader[]> {
    const rows = await readChunks(of, async ({ fromMs, toMs }) => {
      const answer = await this.manager.request('TraderListReq', {
        fromTimestamp: fromMs,
        toTimestamp: toMs,
        ...(of.groupId === undefined ? {} : { groupId: of.groupId }),
      });
      return chunkOf(answer, 'trader', 'registrationTimestamp');
    });
    const byId = new Map(rows.map((row) => [text(row, 'traderId'), row]));
    return await Promise.all([...byId.values()].map((row) => this.#keepTrader(row)));
  }

  /** Every group by its id, at most a minute old. */
  async groups(): Promise<ReadonlyMap<string, Fields>> {
    return await this.#groups.get();
  }

  /** The group's name above the port, with the trader's currency. */
  async groupOf(trader: Trader): Promise<string> {
    const group = (await this.groups()).get(trader.groupId);
    if (group === undefined) throw new PlatformUnavailable('an account is in an unknown group');
    return pairName({ name: text(group, 'name'), currency: trader.currency });
  }

  async groupIdOf(name: string): Promise<string> {
    for (const [id, group] of await this.groups()) if (text(group, 'name') === name) return id;
    throw new PlatformRefused(errorNumber('TRADER_GROUP_NOT_FOUND') ?? 0, `no group ${name}`);
  }

  async assets(): Promise<ReadonlyMap<string, Fields>> {
    return await this.#assets.get();
  }

  async symbols(): Promise<ReadonlyMap<string, CtraderSymbol>> {
    return await this.#symbols.get();
  }

  /** cTrader's number of a country; null when it has none of this name. */
  async countryId(name: string): Promise<number | null> {
    const countries = await this.#countries.get();
    const found = countries.find((row) => text(row, 'name').toLowerCase() === name.toLowerCase());
    return found === undefined ? null : count(found, 'countryId');
  }

  async #readSymbols(): Promise<ReadonlyMap<string, CtraderSymbol>> {
    const assets = await this.assets();
    const rows = rowsOf(await this.manager.request('SymbolListReq'), 'symbol');
    const assetName = (row: Fields, field: string): string => {
      const asset = assets.get(text(row, field));
      return asset === undefined ? '' : text(asset, 'name');
    };
    return new Map(
      rows.map((row): [string, CtraderSymbol] => [
        text(row, 'symbolId'),
        {
          name: text(row, 'name'),
          digits: count(row, 'digits'),
          lotSize: integer(row, 'lotSize'),
          base: assetName(row, 'baseAssetId'),
          quote: assetName(row, 'quoteAssetId'),
          fields: row,
        },
      ]),
    );
  }

  async #fetchTraders(traderId: readonly string[]): Promise<Trader[]> {
    const answer = await this.manager.request('TraderByIdReq', { traderId });
    return await Promise.all(rowsOf(answer, 'trader').map((row) => this.#keepTrader(row)));
  }

  async #keepTrader(fields: Fields): Promise<Trader> {
    const asset = (await this.assets()).get(text(fields, 'depositAssetId'));
    if (asset === undefined) throw new MalformedAnswer('an account has no deposit currency');
    const trader: Trader = {
      traderId: text(fields, 'traderId'),
      login: text(fields, 'login'),
      groupId: text(fields, 'groupId'),
      currency: text(asset, 'name'),
      moneyDigits: count(fields, 'moneyDigits'),
      fields,
    };
    if (this.#traders.size >= tradersMax) this.#traders.clear();
    this.#traders.set(trader.traderId, trader);
    this.#traderIdOfLogin.set(trader.login, trader.traderId);
    return trader;
  }

  async #nowMs(): Promise<number> {
    return (await this.measure()).now.serverTimeMsc;
  }
}

/** Milliseconds of server time, both ends included. */
export interface MsWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Rows of a window as far as one answer holds them. */
export interface Chunk {
  readonly rows: readonly Fields[];
  /** Everything up to here is among the rows; null when that is the whole window. */
  readonly completeToMs: number | null;
}

/**
 * Reads one chunk of an answer. When the server cut it, the rows are the oldest of the window, and those of the
 * last moment may not be all: they are asked for again. Throws PlatformUnavailable when the rows are not in order,
 * since then nobody can say what is missing.
 */
export function chunkOf(answer: Fields, rowsField: string, timeField: string): Chunk {
  const rows = rowsOf(answer, rowsField);
  if (answer.hasMore !== true) return { rows, completeToMs: null };
  const times = rows.map((row) => count(row, timeField));
  const last = times.at(-1);
  const first = times[0];
  if (
    last === undefined ||
    first === undefined ||
    times.some((time, at) => time < (times[at - 1] ?? 0))
  ) {
    throw new PlatformUnavailable('the server cut a list that is in no order');
  }
  return { rows: rows.filter((_row, at) => (times[at] ?? 0) < last), completeToMs: last - 1 };
}

/** Reads chunk after chunk to the end of a window. */
export async function readChunks(
  window: MsWindow,
  read: (window: MsWindow) => Promise<Chunk>,
): Promise<Fields[]> {
  const rows: Fields[] = [];
  let { fromMs } = window;
  for (let chunks = 0; chunks < chunksMax; chunks += 1) {
    const chunk = await read({ fromMs, toMs: window.toMs });
    rows.push(...chunk.rows);
    if (chunk.completeToMs === null) return rows;
    if (chunk.completeToMs < fromMs) {
      throw new PlatformUnavailable('one moment holds more than an answer');
    }
    fromMs = chunk.completeToMs + 1;
  }
  throw new PlatformUnavailable(`the list has over ${chunksMax} parts`);
}

export function rowsOf(answer: Fields, field: string): Fields[] {
  return list(answer[field] ?? [], field).map((row) => record(row, `a row of ${field}`));
}

function byKey(rows: readonly Fields[], key: string): ReadonlyMap<string, Fields> {
  return new Map(rows.map((row) => [text(row, key), row]));
}
