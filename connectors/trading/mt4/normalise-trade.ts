import {
  type Deal,
  type DealKind,
  type DealReason,
  type DealSide,
  nothingTraded,
} from '../../../domain/trading/deal';
import { impliedProfitRate } from '../../../domain/trading/profit-rate';
import { type ServerClock } from '../../../domain/trading/server-clock';
import { dealTime } from '../deal-time';
import { type Fields, MalformedAnswer, plainFields } from '../fields';
import { decimal, minorOf, moment, requiredId, text, whole } from './wire';

export interface TradeContext {
  readonly server: string;
  /** Trades carry no currency: it is that of the log-in's group. */
  readonly currency: string;
  readonly clock: ServerClock;
  readonly contractSizeOf: (symbol: string) => string | null;
  /** Null for a symbol that is no more. */
  readonly profitCurrencyOf: (symbol: string) => string | null;
}

/** MT4 orders have 31 bits; what opened a trade has its number beyond them, what closed it has the order's own. */
const openings = 10_000_000_000n;

/** 100 of MT4's volume is a lot, 1e8 of ours. */
const volumeUnit = 1_000_000n;

/** The commands by name or number; pending orders are no trades. */
const commands: ReadonlyMap<string, 'buy' | 'sell' | 'balance' | 'credit' | 'pending'> = new Map([
  ['buy', 'buy'],
  ['0', 'buy'],
  ['sell', 'sell'],
  ['1', 'sell'],
  ['buylimit', 'pending'],
  ['2', 'pending'],
  ['selllimit', 'pending'],
  ['3', 'pending'],
  ['buystop', 'pending'],
  ['4', 'pending'],
  ['sellstop', 'pending'],
  ['5', 'pending'],
  ['balance', 'balance'],
  ['6', 'balance'],
  ['credit', 'credit'],
  ['7', 'credit'],
]);

const activations: ReadonlyMap<string, DealReason> = new Map<string, DealReason>([
  ['sl', 'stop_loss'],
  ['tp', 'take_profit'],
  ['stopout', 'stop_out'],
]);

const reasons: ReadonlyMap<string, DealReason> = new Map<string, DealReason>([
  ['client', 'client'],
  ['mobile', 'client'],
  ['web', 'client'],
  ['expert', 'expert'],
  ['signal', 'expert'],
  ['dealer', 'dealer'],
]);

/** What of a record stands from its opening on; the rest moves with the market and the close. */
const openingFields = [
  'order',
  'login',
  'symbol',
  'digits',
  'tradeCommand',
  'volume',
  'openTime',
  'openPrice',
  'magic',
] as const;

/** Whether the trade is still open: it has no time of closing. */
export function isOpen(fields: Fields): boolean {
  return moment(fields, 'closeTime') === 0;
}

export function commandOf(fields: Fields): 'buy' | 'sell' | 'balance' | 'credit' | 'pending' {
  const written = fields['tradeCommand'];
  const name = typeof written === 'number' ? String(written) : text(fields, 'tradeCommand');
  const command = commands.get(name.toLowerCase());
  if (command === undefined) throw new MalformedAnswer('a trade has no known command');
  return command;
}

/** The ticket under which an order's balance operation or close is a deal. */
export function ticketOfOrder(order: string): string {
  return order;
}

/**
 * Turns one record of MT4 into ours: a balance operation is one deal; an open trade is its `in`; a closed one is
 * its `in` and its `out`, which carries all the money. Throws MalformedAnswer naming the field.
 */
export function normaliseTrade(fields: Fields, context: TradeContext): Deal[] {
  const command = commandOf(fields);
  if (command === 'pending') return [];
  if (command === 'balance' || command === 'credit') {
    return [operation(fields, context, command)];
  }
  if (isOpen(fields)) return [opening(fields, context, command)];
  // A trade that an administrator took back counts no more, but its record still stands.
  const deleted = text(fields, 'tradeRecordState').toLowerCase() === 'deleted';
  const closed = closing(fields, context, command);
  const opened = { ...opening(fields, context, command), profitRate: closed.profitRate };
  if (!deleted) return [opened, closed];
  // The opening may be known as a trade: its record must differ, or nobody would see that it counts no more.
  const raw = plainFields(fields, [...openingFields, 'tradeRecordState']);
  return [
    { ...opened, kind: 'cancelled', raw },
    { ...closed, kind: 'cancelled' },
  ];
}

function operation(
  fields: Fields,
  context: TradeContext,
  kind: Extract<DealKind, 'balance' | 'credit'>,
): Deal {
  const at = moment(fields, 'closeTime') || requiredMoment(fields, 'openTime');
  return {
    ...blank(fields, context, at),
    ticket: ticketOfOrder(requiredId(fields, 'order')),
    kind,
    profitMinor: minorOf(fields, 'profit', context.currency),
    commissionMinor: minorOf(fields, 'commission', context.currency),
    feeMinor: minorOf(fields, 'taxes', context.currency),
    modified: moment(fields, 'timeStamp') > at,
    raw: plainFields(fields),
  };
}

function opening(fields: Fields, context: TradeContext, side: DealSide): Deal {
  return {
    ...blank(fields, context, requiredMoment(fields, 'openTime')),
    ...tradePart(fields, context),
    ticket: (openings + BigInt(requiredId(fields, 'order'))).toString(),
    side,
    entry: 'in',
    reason: reasonOf(fields),
    price: priceOf(fields, 'openPrice'),
    comment: '',
    raw: plainFields(fields, openingFields),
  };
}

function closing(fields: Fields, context: TradeContext, side: DealSide): Deal {
  const { currency } = context;
  const at = requiredMoment(fields, 'closeTime');
  return {
    ...blank(fields, context, at),
    ...tradePart(fields, context),
    ticket: ticketOfOrder(requiredId(fields, 'order')),
    side: side === 'buy' ? 'sell' : 'buy',
    entry: 'out',
    reason: activations.get(text(fields, 'activationType').toLowerCase()) ?? reasonOf(fields),
    volumeClosed: volumeOf(fields),
    price: priceOf(fields, 'closePrice'),
    pricePosition: priceOf(fields, 'openPrice'),
    profitRate: knownRate(fields, context) ?? impliedRate(fields, context, side),
    profitMinor: minorOf(fields, 'profit', currency),
    swapMinor: minorOf(fields, 'storage', currency),
    commissionMinor: minorOf(fields, 'commission', currency),
    feeMinor: minorOf(fields, 'taxes', currency),
    modified: moment(fields, 'timeStamp') > at,
    raw: plainFields(fields),
  };
}

function tradePart(fields: Fields, context: TradeContext) {
  const symbol = text(fields, 'symbol');
  if (symbol === '') throw new MalformedAnswer('a trade has no symbol');
  const order = requiredId(fields, 'order');
  return {
    kind: 'trade' as const,
    symbol,
    orderId: order,
    positionId: order,
    volume: volumeOf(fields),
    contractSize: context.contractSizeOf(symbol),
    digits: digitsOf(fields),
    profitRate: knownRate(fields, context),
  };
}

/** What needs no rate: MT4 itself writes none beside a trade. */
function knownRate(fields: Fields, context: TradeContext): string | null {
  return context.profitCurrencyOf(text(fields, 'symbol')) === context.currency ? '1' : null;
}

function impliedRate(fields: Fields, context: TradeContext, side: DealSide): string | null {
  const contractSize = context.contractSizeOf(text(fields, 'symbol'));
  if (contractSize === null) return null;
  return impliedProfitRate({
    side,
    contractSize,
    priceOpen: priceOf(fields, 'openPrice'),
    priceClose: priceOf(fields, 'closePrice'),
    volume: volumeOf(fields),
    profitMinor: minorOf(fields, 'profit', context.currency),
    currency: context.currency,
  });
}

function blank(fields: Fields, context: TradeContext, serverTimeMsc: number): Deal {
  return {
    // MT4 keeps no market beside a trade; who reads one just made may put it there.
    ...nothingTraded,
    server: context.server,
    ticket: '',
    login: requiredId(fields, 'login'),
    orderId: requiredId(fields, 'order'),
    kind: 'other',
    currency: context.currency,
    time: dealTime(context.clock, serverTimeMsc),
    serverTimeMsc,
    comment: text(fields, 'comment'),
    raw: {},
  };
}

export function volumeOf(fields: Fields): bigint {
  const volume = whole(fields, 'volume');
  if (volume <= 0) throw new MalformedAnswer('a trade has no volume');
  return BigInt(volume) * volumeUnit;
}

export function priceOf(fields: Fields, name: string): string {
  return decimal(fields, name, digitsOf(fields));
}

function digitsOf(fields: Fields): number {
  return Math.min(8, whole(fields, 'digits'));
}

function reasonOf(fields: Fields): DealReason {
  return reasons.get(text(fields, 'tradeRecordReason').toLowerCase()) ?? 'other';
}

function requiredMoment(fields: Fields, name: string): number {
  const at = moment(fields, name);
  if (at <= 0) throw new MalformedAnswer(`field ${name} is missing`);
  return at;
}
