import {
  type Deal,
  type DealKind,
  type DealSide,
  nothingTraded,
} from '../../../domain/trading/deal';
import { rateByBase } from '../../../domain/trading/profit-rate';
import { type ServerClock } from '../../../domain/trading/server-clock';
import { dealTime } from '../deal-time';
import { type Fields, MalformedAnswer, plainFields, record } from '../fields';
import { count, integer, requiredId, text } from '../mt5/wire';
import { lotVolume, minorOf, priceText } from './amounts';
import { type CtraderSymbol, type Trader } from './context';

export interface RowContext {
  readonly server: string;
  readonly clock: ServerClock;
  readonly trader: Trader;
  readonly symbol: CtraderSymbol | undefined;
}

/** `dealStatus`: 2 filled, 3 filled in part; 6 an error, which is how a deal that was undone stands there. */
const filled: ReadonlySet<number> = new Set([2, 3]);
const undone = 6;
/** The server's last touch of its own deal comes within this. */
const touchMs = 5_000;

const sides: ReadonlyMap<number, DealSide> = new Map<number, DealSide>([
  [1, 'buy'],
  [2, 'sell'],
]);

/** Deals and balance operations are counted apart at cTrader; ours share one number, deals are even. */
export function dealTicket(dealId: string): string {
  return (2n * BigInt(dealId)).toString();
}

export function historyTicket(balanceHistoryId: string): string {
  return (2n * BigInt(balanceHistoryId) + 1n).toString();
}

/**
 * Turns a deal of cTrader into ours; null for one that never filled. Money moves when a position closes: then the
 * commission of both sides is booked, so an opening deal carries none. Throws MalformedAnswer or InvalidAmount.
 */
export function normaliseDeal(row: Fields, context: RowContext): Deal | null {
  const { trader, symbol } = context;
  const dealId = requiredId(row, 'dealId');
  const status = count(row, 'dealStatus');
  if (!filled.has(status) && status !== undone) return null;
  const side = sides.get(count(row, 'tradeSide'));
  if (side === undefined) throw new MalformedAnswer(`deal ${dealId} is neither buy nor sell`);
  const counts = status !== undone;
  const closing =
    row.closePositionDetail === undefined
      ? null
      : record(row.closePositionDetail, 'a closing detail');
  const filledVolume = integer(row, 'filledVolume');
  const closedVolume = closing === null ? 0n : integer(closing, 'closedVolume');
  const lotSize = integer(row, 'lotSize') || (symbol?.lotSize ?? 0n);
  if (lotSize <= 0n) throw new MalformedAnswer(`deal ${dealId} is of a symbol without a lot size`);
  const executedMs = count(row, 'executionTimestamp') || count(row, 'createTimestamp');
  if (executedMs <= 0) throw new MalformedAnswer(`deal ${dealId} has no time`);
  const money = (name: string): bigint =>
    closing === null || !counts ? 0n : amountOf(closing, name, trader);
  return {
    server: context.server,
    ticket: dealTicket(dealId),
    login: trader.login,
    orderId: text(row, 'orderId') || null,
    positionId: text(row, 'positionId') || null,
    kind: counts ? 'trade' : 'cancelled',
    side,
    entry: entryOf(filledVolume, closedVolume),
    reason: null,
    symbol: symbol?.name ?? null,
    volume: lotVolume(filledVolume, lotSize),
    volumeClosed: lotVolume(closedVolume, lotSize),
    price: priceOf(row, 'executionPrice'),
    pricePosition: closing === null ? null : priceOf(closing, 'entryPrice'),
    profitMinor: money('profit'),
    swapMinor: money('swap'),
    commissionMinor: money('commission'),
    feeMinor: money('pnlConversionFee'),
    currency: trader.currency,
    // cTrader keeps no market beside a deal; who reads one just made may put it there.
    bid: null,
    ask: null,
    quoted: null,
    digits: symbol?.digits ?? null,
    profitRate: profitRateOf(row, closing, context),
    contractSize: hundredths(lotSize),
    time: dealTime(context.clock, executedMs),
    serverTimeMsc: executedMs,
    comment: text(row, 'comment'),
    modified: !counts || count(row, 'utcLastUpdateTimestamp') > executedMs + touchMs,
    raw: { ...flat(row), ...(closing === null ? {} : prefixed('closePositionDetail', closing)) },
  };
}

/**
 * A closing says what one unit of the quote currency was in the account's; of an opening it follows from `marginRate`,
 * base to deposit, and the price, quote per base.
 */
function profitRateOf(
  row: Fields,
  closing: Fields | null,
  { trader, symbol }: RowContext,
): string | null {
  if (symbol?.quote === trader.currency) return '1';
  const told = closing === null ? null : priceOf(closing, 'quoteToDepositConversionRate');
  if (told !== null) return told;
  const base = priceOf(row, 'marginRate');
  const price = priceOf(row, 'executionPrice');
  return base === null || price === null ? null : rateByBase(base, price);
}

/** Types of a change of balance that are more than a deposit or a withdrawal. */
const kinds: ReadonlyMap<number, DealKind> = new Map<number, DealKind>([
  [0, 'balance'],
  [1, 'balance'],
  [3, 'other'],
  [4, 'other'],
  [5, 'agent_commission'],
  [6, 'agent_commission'],
  [7, 'agent_commission'],
  [8, 'agent_commission'],
  [13, 'charge'],
  [14, 'agent_commission'],
  [15, 'dividend'],
  [16, 'dividend'],
  [17, 'charge'],
  [18, 'interest'],
  [19, 'credit'],
  [20, 'credit'],
  [21, 'interest'],
  [22, 'interest'],
  [35, 'charge'],
  [36, 'balance'],
  [37, 'balance'],
  [38, 'bonus'],
  [39, 'stop_out_compensation'],
]);

/** A deposit or withdrawal of ours says in `source` which kind of operation it is. */
const sources: ReadonlyMap<string, DealKind> = new Map<string, DealKind>([
  ['charge', 'charge'],
  ['correction', 'correction'],
  ['bonus', 'bonus'],
]);

/** The operation types that take money. */
const outgoing: ReadonlySet<number> = new Set([
  1, 4, 6, 10, 12, 13, 14, 16, 17, 18, 20, 22, 23, 26, 28, 30, 32, 34, 35, 37,
]);
/** The result of a closed position: the closing deal tells of it. */
const closePosition = 2;
const typesKnownMax = 39;

/**
 * Turns an entry of the balance history into a deal; null for the shadow of a closing deal. The external id stands
 * in front of the comment, so that who looks for a token finds it there whatever became of the comment.
 */
export function normaliseHistory(row: Fields, context: RowContext): Deal | null {
  const { trader } = context;
  const id = requiredId(row, 'balanceHistoryId');
  const type = count(row, 'operationType');
  if (type === closePosition) return null;
  const serverTimeMsc = count(row, 'changeBalanceTimestamp');
  if (serverTimeMsc <= 0) throw new MalformedAnswer(`balance operation ${id} has no time`);
  const delta = amountOf(row, 'delta', trader);
  const size = delta < 0n ? -delta : delta;
  const signed = outgoing.has(type) ? -size : size;
  const plain = type <= 1;
  return {
    ...nothingTraded,
    server: context.server,
    ticket: historyTicket(id),
    login: trader.login,
    kind: (plain ? sources.get(text(row, 'source')) : undefined) ?? kinds.get(type) ?? 'other',
    // A type that is new to us keeps the sign that the server gave it.
    profitMinor: type > typesKnownMax ? delta : signed,
    currency: trader.currency,
    time: dealTime(context.clock, serverTimeMsc),
    serverTimeMsc,
    comment: commentOf(text(row, 'externalId'), text(row, 'comment')),
    raw: flat(row),
  };
}

/** An amount of a row; its own digits when it names them, else the account's. */
export function amountOf(row: Fields, name: string, trader: Trader): bigint {
  const digits = row.moneyDigits === undefined ? trader.moneyDigits : count(row, 'moneyDigits');
  return minorOf(integer(row, name), digits, trader.currency);
}

/** A double as a price, null when it is absent or nothing. */
export function priceOf(row: Fields, name: string): string | null {
  const value = row[name];
  if (value === undefined || value === 0) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new MalformedAnswer(`field ${name} is no price`);
  }
  return priceText(value);
}

/** Hundredths of a unit as units. */
export function hundredths(value: bigint): string {
  const rest = value % 100n;
  const whole = (value / 100n).toString();
  return rest === 0n ? whole : `${whole}.${rest.toString().padStart(2, '0')}`;
}

/** Plain fields as text; prices as decimals, flags as words. */
export function flat(row: Fields): Record<string, string> {
  const doubles = Object.entries(row).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'boolean') return [[name, String(value)]];
    return typeof value === 'number' && !Number.isInteger(value) ? [[name, priceText(value)]] : [];
  });
  return { ...plainFields(row), ...Object.fromEntries(doubles) };
}

function prefixed(prefix: string, row: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(flat(row)).map(([name, value]) => [`${prefix}.${name}`, value]),
  );
}

function entryOf(filledVolume: bigint, closedVolume: bigint): 'in' | 'out' | 'reverse' {
  if (closedVolume === 0n) return 'in';
  return closedVolume < filledVolume ? 'reverse' : 'out';
}

function commentOf(externalId: string, comment: string): string {
  if (externalId === '' || comment.includes(externalId)) return comment;
  return `${externalId} ${comment}`.trim();
}
