import { createHash } from 'node:crypto';
import { parseMinor } from '../brokerage/amounts';
import type { Exchange } from '../brokerage/exchange';
import type { Mistreatment } from '../brokerage/faults';
import { closes, type Deal } from '../brokerage/records';
import { type JsonObject, text } from '../http/control';
import { SYMBOLS } from '../market/symbols';
import { CtraderError } from './codes';
import { closedPositionsCsv, openPositionsCsv } from './csv';
import { CTRADER_GROUPS, groupId } from './groups';
import { bookChange, type ChangeBalance } from './operations';
import { changePassword, createTrader, hasPassword, traderJson, updateTrader } from './traders';
import { symbolId } from './wire';

export interface RouteCall {
  readonly exchange: Exchange;
  readonly now: () => number;
  readonly login: number | null;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  readonly method: string;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly csv?: string;
}

type Run = (call: RouteCall, treatment: Mistreatment) => Answer;

interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** By this name faults strike it. */
  readonly command: string;
  readonly run: Run;
}

const PAGE = 500;
const TWO_DAYS_MS = 2 * 86_400_000;

const ROUTES: readonly Route[] = [
  { method: 'POST', path: /^traders$/, command: 'traders/create', run: create },
  { method: 'GET', path: /^traders$/, command: 'traders/list', run: listTraders },
  { method: 'GET', path: /^traders\/(\d+)$/, command: 'traders/get', run: read },
  { method: 'PUT', path: /^traders\/(\d+)$/, command: 'traders/update', run: update('PUT') },
  { method: 'PATCH', path: /^traders\/(\d+)$/, command: 'traders/update', run: update('PATCH') },
  { method: 'DELETE', path: /^traders\/(\d+)$/, command: 'traders/delete', run: remove },
  {
    method: 'POST',
    path: /^traders\/(\d+)\/changebalance$/,
    command: 'changebalance',
    run: changeBalance,
  },
  {
    method: 'POST',
    path: /^traders\/(\d+)\/changepassword$/,
    command: 'changepassword',
    run: setPassword,
  },
  { method: 'GET', path: /^tradergroups$/, command: 'tradergroups', run: groups },
  { method: 'GET', path: /^symbols$/, command: 'symbols', run: symbols },
  { method: 'GET', path: /^openPositions$/, command: 'openPositions', run: openPositions },
  { method: 'GET', path: /^closedPositions$/, command: 'closedPositions', run: closedPositions },
  { method: 'POST', path: /^\/cid\/ctid\/create$/, command: 'ctid/create', run: createCtid },
  { method: 'POST', path: /^\/cid\/ctid\/link$/, command: 'ctid/link', run: linkCtid },
];

export function findRoute(
  method: string,
  path: string,
): { command: string; run: Run; login: number | null } | null {
  for (const route of ROUTES) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match) {
      const login = match[1] === undefined ? null : Number(match[1]);
      return { command: route.command, run: route.run, login };
    }
  }
  return null;
}

/** The change that a changebalance call asks for. */
export function changeBalanceOf({ body, login }: RouteCall): ChangeBalance {
  const { preciseAmount, type } = body;
  const amountMinor = typeof preciseAmount === 'number' ? parseMinor(String(preciseAmount)) : null;
  const known = typeof type === 'string' ? TYPES.get(type) : undefined;
  if (amountMinor === null || known === undefined || body.login !== login) {
    throw new CtraderError('INVALID_REQUEST', 'login, preciseAmount and type are asked for');
  }
  return {
    login: login ?? 0,
    amountMinor,
    ...known,
    comment: text(body, 'comment') ?? '',
    source: text(body, 'source') ?? '',
    externalId: text(body, 'externalId') ?? '',
  };
}

const TYPES: ReadonlyMap<string, { out: boolean; credit: boolean }> = new Map([
  ['DEPOSIT', { out: false, credit: false }],
  ['WITHDRAW', { out: true, credit: false }],
  ['DEPOSIT_NONWITHDRAWABLE_BONUS', { out: false, credit: true }],
  ['WITHDRAW_NONWITHDRAWABLE_BONUS', { out: true, credit: true }],
]);

function changeBalance(call: RouteCall, treatment: Mistreatment): Answer {
  const change = changeBalanceOf(call);
  const balanceHistoryId = bookChange(call.exchange, change, call.now(), treatment.booking);
  return { status: 200, json: { balanceHistoryId } };
}

function create({ exchange, body, now }: RouteCall): Answer {
  const made = createTrader(exchange, body, now());
  return { status: 201, json: traderJson(exchange, made, now()) };
}

function read({ exchange, login, now }: RouteCall): Answer {
  const user = exchange.book.user(login ?? 0);
  return { status: 200, json: traderJson(exchange, user, now()) };
}

function update(mode: 'PUT' | 'PATCH'): Run {
  return ({ exchange, login, body }) => {
    updateTrader(exchange, login ?? 0, body, mode);
    return { status: 204 };
  };
}

function remove({ exchange, login }: RouteCall): Answer {
  const { login: known } = exchange.book.user(login ?? 0);
  if (exchange.book.positionsOf(known).length > 0) {
    throw new CtraderError('TRADER_HAS_POSITIONS', 'the account has open positions');
  }
  exchange.book.commit([{ kind: 'user-removed', login: known }]);
  return { status: 204 };
}

function setPassword({ exchange, login, body }: RouteCall): Answer {
  changePassword(exchange, login ?? 0, body);
  return { status: 204 };
}

/** By time of registration; more than a page is cut, and `hasMore` says so. */
function listTraders({ exchange, query, now }: RouteCall): Answer {
  const { from, to } = windowOf(query);
  const group = query.get('groupId');
  const users = [...exchange.book.users.values()]
    .filter((user) => user.registration * 1000 >= from && user.registration * 1000 <= to)
    .filter((user) => group === null || groupId(user.group) === Number(group))
    .sort((left, right) => left.registration - right.registration || left.login - right.login);
  const trader = users.slice(0, PAGE).map((user) => traderJson(exchange, user, now()));
  return { status: 200, json: { trader, hasMore: users.length > PAGE } };
}

function groups(): Answer {
  const traderGroup = CTRADER_GROUPS.map(({ id, name }) => ({ id, name, description: name }));
  return { status: 200, json: { traderGroup } };
}

function symbols(): Answer {
  const symbol = SYMBOLS.map(({ name, description, path }) => ({
    id: symbolId(name),
    name,
    description,
    assetClass: path.split('\\')[0] ?? '',
    category: path.split('\\')[0] ?? '',
    quotesEnabled: true,
    showInCtrader: true,
  }));
  return { status: 200, json: { symbol } };
}

function openPositions({ exchange, query }: RouteCall): Answer {
  const login = query.get('login');
  const open = [...exchange.book.positions.values()];
  const chosen = open.filter((position) => login === null || position.login === Number(login));
  return { status: 200, csv: openPositionsCsv(exchange, chosen) };
}

function closedPositions({ exchange, query, now }: RouteCall): Answer {
  const { from, to } = windowOf(query);
  if (to - from > TWO_DAYS_MS) throw new CtraderError('INCORRECT_BOUNDARIES', 'two days at most');
  const login = query.get('login');
  const logins = login === null ? [...exchange.book.users.keys()] : [Number(login)];
  const isShown = (deal: Deal): boolean =>
    closes(deal) &&
    deal.action <= 1 &&
    deal.timeMsc >= from &&
    deal.timeMsc <= to &&
    (deal.visibleAt ?? 0) <= now();
  const closings = logins.flatMap((one) => exchange.book.dealsOf(one).filter(isShown));
  return { status: 200, csv: closedPositionsCsv(exchange, closings) };
}

/** A cTID is made of its e-mail address alone, so the same address is the same user. */
function createCtid({ body, now }: RouteCall): Answer {
  const email = text(body, 'email') ?? '';
  if (!email.includes('@')) throw new CtraderError('INVALID_REQUEST', 'an email is asked for');
  const userId = createHash('sha256').update(email.toLowerCase()).digest().readUInt32BE();
  return {
    status: 200,
    json: {
      userId,
      nickname: `ctid${userId}`,
      email,
      preferredLanguage: text(body, 'preferredLanguage') ?? 'EN',
      utcCreateTimestamp: now(),
      status: 'CTID_NEW',
    },
  };
}

function linkCtid({ exchange, body }: RouteCall): Answer {
  const user = exchange.book.user(Number(body.traderLogin));
  if (!hasPassword(user, text(body, 'traderPasswordHash') ?? '')) {
    throw new CtraderError('AUTHENTICATION_FAILED', 'not the password of this account', 403);
  }
  const texts = { ...user.texts, MQID: String(body.userId) };
  exchange.book.commit([{ kind: 'user', user: { ...user, texts } }]);
  const account = { ctidTraderAccountId: user.login };
  return { status: 200, json: body.returnAccountDetails === true ? account : {} };
}

/** `yyyy-MM-ddTHH:mm:ss.SSS` without a zone, in UTC. */
function windowOf(query: URLSearchParams): { from: number; to: number } {
  const from = momentOf(query.get('from'));
  const to = momentOf(query.get('to'));
  if (from > to) throw new CtraderError('INCORRECT_BOUNDARIES', 'from is after to');
  return { from, to };
}

function momentOf(value: string | null): number {
  const ms = Date.parse(`${(value ?? '').replace(/Z$/, '')}Z`);
  if (Number.isNaN(ms)) throw new CtraderError('INVALID_REQUEST', 'from and to are asked for');
  return ms;
}
