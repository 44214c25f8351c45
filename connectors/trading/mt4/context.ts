import { type ServerClock } from '../../../domain/trading/server-clock';
import { type Fields, list, MalformedAnswer, record } from '../fields';
import { FreshMarket } from '../fresh-market';
import { type Measured, MeasuredClock } from '../measured-clock';
import { PlatformRefused, PlatformUnavailable } from '../port';
import { FeedMemory } from './feed-memory';
import { type Mt4Session, type ReadCall } from './session';
import { momentOf, onceEach, text, whole } from './wire';

const groupsFreshMs = 60_000;
const symbolsFreshMs = 600_000;
const loginsMax = 100_000;
const pageRows = 1_000;
const pagesMax = 2_000;

interface Cached {
  readonly atMs: number;
  readonly byName: ReadonlyMap<string, Fields>;
}

/** What every part of the adapter works with: the session, the clock, groups, symbols, currencies and the market. */
export class Mt4Context {
  readonly market = new FreshMarket();
  readonly feed = new FeedMemory();
  readonly #clock = new MeasuredClock();
  #groups: Cached | null = null;
  #symbols: Cached | null = null;
  readonly #groupOfLogin = new Map<string, string>();

  constructor(
    readonly serverId: string,
    readonly session: Mt4Session,
  ) {}

  /** Measures the server's clock. Its answers are whole seconds, which stand for their middle. */
  async measure(): Promise<Measured> {
    return await this.#clock.measure(() => this.#readTime(), { wholeSeconds: true });
  }

  /** The clock as known, measured now if it never was. */
  async clock(): Promise<ServerClock> {
    return this.#clock.known ?? (await this.measure()).clock;
  }

  /** Every row of a list that comes in pages; the cursor is the last key, so rows do not shift over a page's edge. */
  async pages(call: ReadCall, what: string): Promise<Fields[]> {
    const rows: Fields[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < pagesMax; page += 1) {
      const query: Record<string, string | readonly string[]> = {
        ...call.query,
        limit: String(pageRows),
        ...(cursor === null ? {} : { cursor }),
      };
      const { data, nextCursor } = await this.session.read({ path: call.path, query });
      rows.push(...list(data, what).map((row) => record(row, what)));
      if (nextCursor === null) return rows;
      cursor = nextCursor;
    }
    throw new PlatformUnavailable(`the server has over ${pagesMax * pageRows} rows there`);
  }

  /** Every group of the server by name, at most a minute old. */
  async groups(): Promise<ReadonlyMap<string, Fields>> {
    if (this.#groups !== null && Date.now() - this.#groups.atMs < groupsFreshMs) {
      return this.#groups.byName;
    }
    const rows = await this.pages({ path: ['GroupsRequest'] }, 'a group');
    const byName = new Map(rows.map((row) => [text(row, 'group'), row]));
    this.#groups = { atMs: Date.now(), byName };
    return byName;
  }

  async symbols(): Promise<ReadonlyMap<string, Fields>> {
    if (this.#symbols !== null && Date.now() - this.#symbols.atMs < symbolsFreshMs) {
      return this.#symbols.byName;
    }
    const { data } = await this.session.read({ path: ['CfgRequestSymbol'] });
    const rows = list(data, 'the symbols').map((row) => record(row, 'a symbol'));
    const byName = new Map(rows.map((row) => [text(row, 'symbol'), row]));
    this.#symbols = { atMs: Date.now(), byName };
    return byName;
  }

  async currencyOfGroup(name: string): Promise<string> {
    const group = (await this.groups()).get(name);
    if (group === undefined) throw new PlatformRefused(0, 'there is no such group');
    const currency = text(group, 'currency');
    if (currency === '') throw new MalformedAnswer('a group names no currency');
    return currency;
  }

  /** Every user of the server. */
  async users(): Promise<Fields[]> {
    const users = onceEach(await this.pages({ path: ['UsersRequest'] }, 'a user'), 'login');
    for (const user of users) this.#remember(user);
    return users;
  }

  /** A log-in's record from the trade server itself, null when it has none. */
  async user(login: string): Promise<Fields | null> {
    if (!/^\d{1,10}$/.test(login)) return null;
    const call = { path: ['UserRecordsRequest'], query: { logins: login } };
    const { data } = await this.session.read(call);
    const [first] = list(data, 'the users');
    if (first === undefined) return null;
    const user = record(first, 'a user');
    if (String(whole(user, 'login')) !== login) {
      throw new MalformedAnswer('the server answered with another log-in');
    }
    this.#remember(user);
    return user;
  }

  /** After a change of its group. */
  forgetLogin(login: string): void {
    this.#groupOfLogin.delete(login);
  }

  /** A log-in's group as last seen. Throws PlatformRefused when there is no such log-in. */
  async groupOfLogin(login: string): Promise<string> {
    const known = this.#groupOfLogin.get(login);
    if (known !== undefined) return known;
    const user = await this.user(login);
    if (user === null) throw new PlatformRefused(badAccount, `there is no log-in ${login}`);
    return text(user, 'group');
  }

  /** A log-in's currency: that of its group, which we never change across currencies. */
  async currencyOfLogin(login: string): Promise<string> {
    return await this.currencyOfGroup(await this.groupOfLogin(login));
  }

  async #readTime(): Promise<number> {
    const { data } = await this.session.read({ path: ['ServerTime'] });
    if (typeof data !== 'string') throw new MalformedAnswer('the time is no text');
    const read = momentOf(data, 'the time');
    if (read <= 0) throw new MalformedAnswer('the time is no moment');
    return data.includes('.') ? read : read + 500;
  }

  #remember(user: Fields): void {
    if (this.#groupOfLogin.size >= loginsMax) this.#groupOfLogin.clear();
    this.#groupOfLogin.set(String(whole(user, 'login')), text(user, 'group'));
  }
}

/** MT4's result for a log-in that it does not have. */
export const badAccount = 65;
