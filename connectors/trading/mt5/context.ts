import { type ServerClock } from '../../../domain/trading/server-clock';
import { type Fields, list, MalformedAnswer, record } from '../fields';
import { type Measured, MeasuredClock } from '../measured-clock';
import { PlatformRefused, PlatformUnavailable } from '../port';
import { type Call } from './connection';
import { describeRetcode } from './retcode';
import { type Exchange, type Mt5Session } from './session';
import { count, type Reply, text } from './wire';

/** MT5's return code for what is not there. */
export const notFound = 13;
const groupsMax = 10_000;
const groupsFreshMs = 60_000;
const loginsMax = 100_000;

/** What every part of the adapter works with: the session, the clock, groups and currencies. */
export class Mt5Context {
  readonly #clock = new MeasuredClock();
  #groups: { readonly atMs: number; readonly byName: ReadonlyMap<string, Fields> } | null = null;
  readonly #currencyOfGroup = new Map<string, string>();
  readonly #groupOfLogin = new Map<string, string>();

  constructor(
    readonly serverId: string,
    readonly session: Mt5Session,
  ) {}

  /** Reads an answer that must be there. Throws PlatformRefused, PlatformUnavailable. */
  async answer(call: Call, exchange: Exchange = this.session): Promise<unknown> {
    const reply = await exchange.read(call);
    if (reply.retcode !== 0) throw refusedRead(reply);
    return reply.answer;
  }

  /** Reads an answer, null when the server has no such thing. */
  async answerOrNull(call: Call, exchange: Exchange = this.session): Promise<unknown> {
    const reply = await exchange.read(call);
    if (reply.retcode === notFound) return null;
    if (reply.retcode !== 0) throw refusedRead(reply);
    return reply.answer;
  }

  /** Measures the server's clock. */
  async measure(): Promise<Measured> {
    // Inside the queue's turn, so that waiting for other requests is no part of the round trip.
    return await this.session.exclusive((exchange) =>
      this.#clock.measure(async () =>
        readTime(await this.answer({ path: '/api/time/server' }, exchange)),
      ),
    );
  }

  /** The clock as known, measured now if it never was. */
  async clock(): Promise<ServerClock> {
    return this.#clock.known ?? (await this.measure()).clock;
  }

  /** Every group of the server by name, at most a minute old. */
  async groups(): Promise<ReadonlyMap<string, Fields>> {
    if (this.#groups !== null && Date.now() - this.#groups.atMs < groupsFreshMs) {
      return this.#groups.byName;
    }
    const byName = new Map<string, Fields>();
    const total = totalOf(await this.answer({ path: '/api/group/total' }));
    if (total > groupsMax) throw new PlatformUnavailable(`the server has over ${groupsMax} groups`);
    for (let index = 0; index < total; index += 1) {
      const query = { index: String(index) };
      const answer = await this.answerOrNull({ path: '/api/group/next', query });
      // A group that was deleted meanwhile shortens the list.
      if (answer === null) break;
      const group = record(answer, 'a group');
      byName.set(text(group, 'Group'), group);
    }
    this.#groups = { atMs: Date.now(), byName };
    return byName;
  }

  /** A group's currency; MT5 lets nobody change it under accounts that hold money. */
  async currencyOfGroup(name: string): Promise<string> {
    const known = this.#currencyOfGroup.get(name);
    if (known !== undefined) return known;
    const query = { group: name };
    const group = record(await this.answer({ path: '/api/group/get', query }), 'a group');
    const currency = text(group, 'Currency');
    if (currency === '') throw new MalformedAnswer('a group names no currency');
    if (this.#currencyOfGroup.size >= groupsMax) this.#currencyOfGroup.clear();
    this.#currencyOfGroup.set(name, currency);
    return currency;
  }

  /** A log-in's user record, null when the server has none. */
  async user(login: string, exchange: Exchange = this.session): Promise<Fields | null> {
    const answer = await this.answerOrNull({ path: '/api/user/get', query: { login } }, exchange);
    if (answer === null) return null;
    const user = record(answer, 'a user');
    if (this.#groupOfLogin.size >= loginsMax) this.#groupOfLogin.clear();
    this.#groupOfLogin.set(login, text(user, 'Group'));
    return user;
  }

  /** After a change of its group. */
  forgetLogin(login: string): void {
    this.#groupOfLogin.delete(login);
  }

  /** A log-in's currency; it never changes, since a move across currencies is refused (3010). */
  async currencyOfLogin(login: string): Promise<string> {
    const known = this.#groupOfLogin.get(login);
    if (known !== undefined) return await this.currencyOfGroup(known);
    const user = await this.user(login);
    if (user === null) throw new PlatformRefused(notFound, `there is no log-in ${login}`);
    return await this.currencyOfGroup(text(user, 'Group'));
  }
}

/** A list that MT5 counts by `…/get_total` and serves by `…/get_page`. */
export type PagedList = '/api/deal' | '/api/position';

/**
 * Reads every page of a list, and its length before and after: a server may serve shorter pages
 * than asked for, and a list that grew in its middle shifts rows over a page's edge. A row missed
 * here is a payment made twice, so a list that does not keep still is an error.
 */
export async function readPages(
  context: Mt5Context,
  path: PagedList,
  query: Readonly<Record<string, string>>,
): Promise<Fields[]> {
  let total = await readTotal(context, path, query);
  for (let attempt = 1; attempt <= pagingAttemptsMax; attempt += 1) {
    const rows = await readRows(context, path, query, total);
    const totalAfter = await readTotal(context, path, query);
    if (rows.length === total && totalAfter === total) return rows;
    total = totalAfter;
  }
  throw new PlatformUnavailable('the list changed while it was read');
}

async function readRows(
  context: Mt5Context,
  path: PagedList,
  query: Readonly<Record<string, string>>,
  total: number,
): Promise<Fields[]> {
  const rows: Fields[] = [];
  while (rows.length < total) {
    const page = await context.answerOrNull({
      path: `${path}/get_page`,
      query: { ...query, offset: String(rows.length), total: String(pageRows) },
    });
    const fetched = page === null ? [] : list(page, 'a page');
    if (fetched.length === 0) break;
    rows.push(...fetched.map((row) => record(row, 'a row')));
  }
  return rows;
}

async function readTotal(
  context: Mt5Context,
  path: PagedList,
  query: Readonly<Record<string, string>>,
): Promise<number> {
  const answer = await context.answerOrNull({ path: `${path}/get_total`, query });
  if (answer === null) return 0;
  const total = totalOf(answer);
  if (total > rowsMax) throw new PlatformUnavailable(`the server has over ${rowsMax} rows there`);
  return total;
}

/** Servers spell the field `total` and `Total`. */
function totalOf(answer: unknown): number {
  const fields = record(answer, 'a total');
  const name = 'total' in fields ? 'total' : 'Total';
  if (!(name in fields)) throw new MalformedAnswer('the server named no total');
  return count(fields, name);
}

/** MetaQuotes state it as the most that one command may ask for. */
const pageRows = 100;
const rowsMax = 500_000;
const pagingAttemptsMax = 3;

function refusedRead(reply: Reply): PlatformRefused {
  return new PlatformRefused(
    reply.retcode,
    `the server refused: ${describeRetcode(reply.retcode)}`,
  );
}

/**
 * Seconds of server time, a fraction perhaps, and then the same again as a date for people
 * (`"1700000000 2023.11.14 22:13:20"`). Whole seconds stand for their middle.
 */
function readTime(answer: unknown): number {
  const fields = record(answer, 'the time');
  const written = text(fields, 'time') || text(fields, 'Time');
  const match = /^(\d{1,12})(?:\.(\d{1,9}))?(?:\s|$)/.exec(written);
  if (match?.[1] === undefined) throw new MalformedAnswer('the server told no time');
  const fraction = match[2] === undefined ? 500 : Number(match[2].padEnd(3, '0').slice(0, 3));
  return Number(match[1]) * 1000 + fraction;
}
