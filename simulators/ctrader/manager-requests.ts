import type { Exchange } from '../brokerage/exchange';
import type { Mistreatment } from '../brokerage/faults';
import { closes, type Deal } from '../brokerage/records';
import { SYMBOLS } from '../market/symbols';
import { type CtraderBook, isOperation } from './book';
import { CHANGE_BALANCE, CtraderError } from './codes';
import { CTRADER_GROUPS, groupId } from './groups';
import type { Fields, PayloadName } from './messages';
import { bookChange } from './operations';
import {
  assetRecord,
  ASSETS,
  COUNTRIES,
  dealRecord,
  historyRecord,
  loginOf,
  positionRecord,
  symbolRecord,
  traderIdOf,
  traderRecord,
} from './wire';

export interface RequestContext {
  readonly exchange: Exchange;
  readonly book: CtraderBook;
  readonly now: () => number;
  readonly treatment: Mistreatment;
  /** Every row of a list is delivered twice. */
  readonly twice: boolean;
  /** Symbols whose quotes this connection gets. */
  readonly spots: Set<number>;
}

type Answer = { name: PayloadName; fields: Fields };
type Handler = (request: Fields, context: RequestContext) => Answer;

/** Rows in one answer; `hasMore` says that there are others in the window. */
const CHUNK = 1_000;
/** Prices of quotes are in 1/100,000, whatever the symbol's digits. */
const SPOT_SCALE = 5;

const HANDLERS: Partial<Record<PayloadName, readonly [command: string, handler: Handler]>> = {
  ServerTimeReq: ['server/time', serverTime],
  TraderListReq: ['trader/list', traderList],
  TraderByIdReq: ['trader/by-id', traderById],
  LightGroupListReq: ['group/list', groupList],
  AssetListReq: ['asset/list', () => assets()],
  SymbolListReq: ['symbol/list', () => symbols()],
  CountryListReq: ['country/list', () => countries()],
  DealListReq: ['deal/list', dealList],
  PositionListReq: ['position/list', positionList],
  BalanceHistoryListReq: ['balance/history', balanceHistory],
  ChangeBalanceReq: ['balance/change', changeBalance],
  SubscribeSpotQuotesReq: ['spot/subscribe', subscribe],
  UnsubscribeSpotQuotesReq: ['spot/unsubscribe', unsubscribe],
};

/** The name by which faults strike a request; null for what is none. */
export function commandOf(name: PayloadName): string | null {
  return HANDLERS[name]?.[0] ?? null;
}

/** The log-in that a request is about, when it is about one. */
export function loginNamed(request: Fields): number | null {
  return typeof request.traderId === 'string' ? loginOf(Number(request.traderId)) : null;
}

export function answerRequest(name: PayloadName, request: Fields, context: RequestContext): Answer {
  const handler = HANDLERS[name]?.[1];
  if (!handler) throw new CtraderError('INVALID_REQUEST', 'not a request');
  return handler(request, context);
}

function serverTime(_request: Fields, { exchange, now }: RequestContext): Answer {
  return { name: 'ServerTimeRes', fields: { timeInMillis: now() + exchange.offsetMs() } };
}

function traderList(request: Fields, context: RequestContext): Answer {
  const { from, to } = windowOf(request);
  const group = request.groupId === undefined ? null : Number(request.groupId);
  const users = [...context.book.users.values()]
    .filter((user) => user.registration * 1000 >= from && user.registration * 1000 <= to)
    .filter((user) => group === null || groupId(user.group) === group)
    .sort((left, right) => left.registration - right.registration || left.login - right.login);
  const { rows, hasMore } = chunk(users, context);
  const trader = rows.map((user) => traderRecord(context.book, user));
  return { name: 'TraderListRes', fields: { trader, hasMore } };
}

function traderById(request: Fields, { book }: RequestContext): Answer {
  const ids = Array.isArray(request.traderId) ? request.traderId : [];
  const trader = ids
    .map((id) => book.users.get(loginOf(Number(id))))
    .filter((user) => user !== undefined)
    .map((user) => traderRecord(book, user));
  return { name: 'TraderByIdRes', fields: { trader } };
}

function groupList(): Answer {
  const lightGroup = CTRADER_GROUPS.map(({ id, name, marginStopOut }) => ({
    groupId: id,
    name,
    enabled: true,
    marginStopout: marginStopOut,
    description: name,
  }));
  return { name: 'LightGroupListRes', fields: { lightGroup } };
}

function assets(): Answer {
  return { name: 'AssetListRes', fields: { asset: ASSETS.map(assetRecord) } };
}

function symbols(): Answer {
  return { name: 'SymbolListRes', fields: { symbol: SYMBOLS.map(symbolRecord) } };
}

function countries(): Answer {
  const country = COUNTRIES.map(([countryId, name, countryA2Code]) => ({
    countryId,
    name,
    countryA2Code,
  }));
  return { name: 'CountryListRes', fields: { country } };
}

function dealList(request: Fields, context: RequestContext): Answer {
  const groups = listOf(request.groupId).map(Number);
  const deals = shownDeals(request, context).filter(
    (deal) =>
      !isOperation(deal) &&
      (request.closingDealsOnly !== true || closes(deal)) &&
      (groups.length === 0 || groups.includes(groupId(context.book.user(deal.login).group))),
  );
  const asked = Number(request.maxRows ?? CHUNK);
  const { rows, hasMore } = chunk(deals, context, Math.min(CHUNK, asked));
  const deal = rows.map((row) => dealRecord(context.book, row));
  return { name: 'DealListRes', fields: { deal, hasMore } };
}

function balanceHistory(request: Fields, context: RequestContext): Answer {
  const { rows, hasMore } = chunk(shownDeals(request, context).filter(isOperation), context);
  const depositWithdraw = rows.map((row) => historyRecord(context.book, row));
  return { name: 'BalanceHistoryListRes', fields: { ...named(request), depositWithdraw, hasMore } };
}

function positionList(request: Fields, context: RequestContext): Answer {
  const { from, to } = windowOf(request);
  const login = loginNamed(request);
  const open = [...context.book.positions.values()].filter(
    (position) =>
      (login === null || position.login === login) &&
      position.createdMsc >= from &&
      position.createdMsc <= to,
  );
  const { rows, hasMore } = chunk(open, context);
  const position = rows.map((row) => positionRecord(context.exchange, row));
  return { name: 'PositionListRes', fields: { ...named(request), position, hasMore } };
}

/** The same as WebServices' changebalance, by trader id. */
function changeBalance(request: Fields, context: RequestContext): Answer {
  const login = loginNamed(request) ?? 0;
  const type = Number(request.type);
  if (!Object.values(CHANGE_BALANCE).includes(type)) {
    throw new CtraderError('INVALID_REQUEST', 'no such type of change');
  }
  const change = {
    login,
    amountMinor: BigInt(String(request.amount ?? '0')),
    out: type === CHANGE_BALANCE.withdraw || type === CHANGE_BALANCE.withdrawBonus,
    credit: type === CHANGE_BALANCE.depositBonus || type === CHANGE_BALANCE.withdrawBonus,
    comment: String(request.comment ?? ''),
    source: String(request.source ?? ''),
    externalId: String(request.externalId ?? ''),
  };
  const { exchange, now, treatment } = context;
  const balanceHistoryId = bookChange(exchange, change, now(), treatment.booking);
  return {
    name: 'ChangeBalanceRes',
    fields: { traderId: traderIdOf(login), balanceHistoryId },
  };
}

/** Quotes follow as events: the present one at once, then one a second. */
function subscribe(request: Fields, { spots }: RequestContext): Answer {
  for (const id of listOf(request.symbolId).map(Number)) {
    if (!SYMBOLS[id - 1]) throw new CtraderError('SYMBOL_NOT_FOUND', `no symbol ${id}`);
    spots.add(id);
  }
  return { name: 'SubscribeSpotQuotesRes', fields: {} };
}

function unsubscribe(request: Fields, { spots }: RequestContext): Answer {
  for (const id of listOf(request.symbolId).map(Number)) spots.delete(id);
  return { name: 'UnsubscribeSpotQuotesRes', fields: {} };
}

/** Deals in the window that the faults let be seen, oldest first. */
function shownDeals(request: Fields, { book, now }: RequestContext): Deal[] {
  const { from, to } = windowOf(request);
  const ids = listOf(request.traderId).map((id) => loginOf(Number(id)));
  const logins = ids.length > 0 ? ids : [...book.users.keys()];
  return logins
    .flatMap((login) => book.dealsOf(login))
    .filter((deal) => deal.timeMsc >= from && deal.timeMsc <= to && (deal.visibleAt ?? 0) <= now())
    .sort((left, right) => left.timeMsc - right.timeMsc || left.ticket - right.ticket);
}

function chunk<T>(
  all: readonly T[],
  { twice }: RequestContext,
  size = CHUNK,
): { rows: T[]; hasMore: boolean } {
  const rows = all.slice(0, size);
  return { rows: twice ? rows.flatMap((row) => [row, row]) : rows, hasMore: all.length > size };
}

function windowOf(request: Fields): { from: number; to: number } {
  const from = Number(request.fromTimestamp);
  const to = Number(request.toTimestamp);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from > to) {
    throw new CtraderError('INCORRECT_BOUNDARIES', 'fromTimestamp and toTimestamp are asked for');
  }
  return { from, to };
}

function named(request: Fields): Fields {
  return request.traderId === undefined ? {} : { traderId: request.traderId };
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

/** The market of a symbol now, null when there is no such symbol. */
export function spotEvent(id: number, exchange: Exchange, at: number): Fields | null {
  const symbol = SYMBOLS[id - 1];
  if (!symbol) return null;
  const { bidPoints, askPoints } = exchange.market.quote(symbol, at);
  const scale = 10 ** (SPOT_SCALE - symbol.digits);
  return {
    symbolId: id,
    bid: Math.round(bidPoints * scale),
    ask: Math.round(askPoints * scale),
    timestamp: at + exchange.offsetMs(),
  };
}
