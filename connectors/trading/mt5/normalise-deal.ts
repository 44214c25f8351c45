import { parseAmount } from '../../../domain/money';
import {
  type Deal,
  type DealEntry,
  type DealKind,
  type DealReason,
  type DealSide,
} from '../../../domain/trading/deal';
import { type ServerClock } from '../../../domain/trading/server-clock';
import { dealTime } from '../deal-time';
import { type Fields, MalformedAnswer, plainFields } from '../fields';
import { count, decimalOrNull, idOrNull, integer, requiredDecimal, requiredId, text } from './wire';

export interface DealContext {
  readonly server: string;
  /** Deals carry no currency: it is that of the log-in's group, which never changes (MT5 3010). */
  readonly currency: string;
  readonly clock: ServerClock;
}

/** `Deal.Action`. 8 and 9 are commissions charged daily and monthly, 16 a franked dividend. */
const kinds: ReadonlyMap<number, DealKind> = new Map<number, DealKind>([
  [0, 'trade'],
  [1, 'trade'],
  [2, 'balance'],
  [3, 'credit'],
  [4, 'charge'],
  [5, 'correction'],
  [6, 'bonus'],
  [7, 'commission'],
  [8, 'commission'],
  [9, 'commission'],
  [10, 'agent_commission'],
  [11, 'agent_commission'],
  [12, 'interest'],
  [13, 'cancelled'],
  [14, 'cancelled'],
  [15, 'dividend'],
  [16, 'dividend'],
  [17, 'tax'],
  [18, 'agent_commission'],
  [19, 'stop_out_compensation'],
]);

const sides: ReadonlyMap<number, DealSide> = new Map<number, DealSide>([
  [0, 'buy'],
  [1, 'sell'],
  [13, 'buy'],
  [14, 'sell'],
]);

const entries: ReadonlyMap<number, DealEntry> = new Map<number, DealEntry>([
  [0, 'in'],
  [1, 'out'],
  [2, 'reverse'],
  [3, 'out_by'],
]);

/** `Deal.Reason`; 16 and 17 are the mobile and the web terminal. */
const reasons: ReadonlyMap<number, DealReason> = new Map<number, DealReason>([
  [0, 'client'],
  [1, 'expert'],
  [2, 'dealer'],
  [3, 'stop_loss'],
  [4, 'take_profit'],
  [5, 'stop_out'],
  [16, 'client'],
  [17, 'client'],
]);

/** Turns a deal of MT5 into ours. Throws MalformedAnswer or InvalidAmount naming the field. */
export function normaliseDeal(fields: Fields, context: DealContext): Deal {
  const ticket = requiredId(fields, 'Deal');
  const action = count(fields, 'Action');
  const side = sides.get(action) ?? null;
  const serverTimeMsc = millisecondsOf(fields, ticket);
  return {
    server: context.server,
    ticket,
    login: requiredId(fields, 'Login'),
    orderId: idOrNull(fields, 'Order'),
    positionId: idOrNull(fields, 'PositionID'),
    kind: kinds.get(action) ?? 'other',
    side,
    entry: side === null ? null : entryOf(fields, ticket),
    reason: side === null ? null : (reasons.get(count(fields, 'Reason')) ?? 'other'),
    symbol: text(fields, 'Symbol') || null,
    volume: volumeOf(fields, 'Volume'),
    volumeClosed: volumeOf(fields, 'VolumeClosed'),
    price: side === null ? null : requiredDecimal(fields, 'Price'),
    pricePosition: decimalOrNull(fields, 'PricePosition'),
    profitMinor: minorOf(fields, 'Profit', context.currency),
    swapMinor: minorOf(fields, 'Storage', context.currency),
    commissionMinor: minorOf(fields, 'Commission', context.currency),
    feeMinor: minorOf(fields, 'Fee', context.currency),
    currency: context.currency,
    ...marketOf(fields),
    digits: side === null ? null : digitsOf(fields),
    profitRate: decimalOrNull(fields, 'RateProfit'),
    contractSize: decimalOrNull(fields, 'ContractSize'),
    time: dealTime(context.clock, serverTimeMsc),
    serverTimeMsc,
    comment: text(fields, 'Comment'),
    modified: integer(fields, 'ModificationFlags') !== 0n,
    raw: plainFields(fields),
  };
}

/** The market that the server kept with the deal. */
function marketOf(fields: Fields): Pick<Deal, 'bid' | 'ask' | 'quoted'> {
  const bid = decimalOrNull(fields, 'MarketBid');
  const ask = decimalOrNull(fields, 'MarketAsk');
  return { bid, ask, quoted: bid === null || ask === null ? null : 'deal' };
}

function digitsOf(fields: Fields): number | null {
  return text(fields, 'Digits') === '' ? null : count(fields, 'Digits');
}

/** Money of a field in minor units; a field that is absent is nothing. */
export function minorOf(fields: Fields, name: string, currency: string): bigint {
  return parseAmount(text(fields, name) || '0', currency);
}

/** `VolumeExt` is in 1e-8 lots; servers that leave it out say `Volume` in 1e-4. */
export function volumeOf(fields: Fields, name: string): bigint {
  const exact = integer(fields, `${name}Ext`);
  return exact !== 0n ? exact : integer(fields, name) * 10_000n;
}

function entryOf(fields: Fields, ticket: string): DealEntry {
  const entry = entries.get(count(fields, 'Entry'));
  if (entry === undefined) throw new MalformedAnswer(`deal ${ticket} has no known Entry`);
  return entry;
}

function millisecondsOf(fields: Fields, ticket: string): number {
  const exact = count(fields, 'TimeMsc');
  const milliseconds = exact > 0 ? exact : count(fields, 'Time') * 1000;
  if (milliseconds <= 0) throw new MalformedAnswer(`deal ${ticket} has no time`);
  return milliseconds;
}
