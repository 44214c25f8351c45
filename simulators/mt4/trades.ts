import type { AccountBook } from '../brokerage/account-book';
import { isCancelled } from '../brokerage/cancelled-deals';
import type { Exchange } from '../brokerage/exchange';
import { ACTION, type Deal, type Position } from '../brokerage/records';

/** One record of MT4: a whole trade from its opening to its close, or a balance operation. */
export interface Trade {
  order: number;
  /** The deal of the book that closed it; 0 while it is open. */
  deal: number;
  login: number;
  symbol: string;
  command: 'Buy' | 'Sell' | 'Balance' | 'Credit';
  /** 100 is one lot. */
  volume: number;
  /** Milliseconds of server time; close is 0 while it is open. */
  openMsc: number;
  closeMsc: number;
  changedMsc: number;
  openPoints: number;
  closePoints: number;
  commissionMinor: bigint;
  swapMinor: bigint;
  profitMinor: bigint;
  comment: string;
  state: 'OpenNormal' | 'ClosedNormal' | 'ClosedPart' | 'Deleted';
  reason: 'Client' | 'Expert' | 'Dealer';
  stoppedOut: boolean;
  marginRate: number;
}

/** The book counts 10,000 a lot, MT4 100. */
const BOOK_VOLUME = 100;
const EXPERT = 1;
const STOP_OUT = 5;
const REASONS = new Map<number, Trade['reason']>([
  [0, 'Client'],
  [EXPERT, 'Expert'],
]);

/** The open trades of an account, valued at the market of `at` (UTC ms). */
export function openTrades(exchange: Exchange, login: number, at: number): Trade[] {
  return exchange.book.positionsOf(login).map((position) => openTrade(exchange, position, at));
}

/** The closed trades and balance operations that a client can see by `at`, by time of their close. */
export function closedTrades(book: AccountBook, login: number, at: number): Trade[] {
  const deals = book.dealsOf(login);
  const openings = new Map(
    deals
      .filter((deal) => deal.symbol !== '' && deal.entry === 0)
      .map((deal) => [deal.order, deal]),
  );
  const orders = ordersOf(deals);
  return deals
    .filter((deal) => (deal.visibleAt ?? 0) <= at)
    .flatMap((deal) => {
      if (deal.symbol === '') return [operation(deal)];
      if (deal.entry === 0) return [];
      const numbers = orders.get(deal.ticket);
      return numbers ? [closedTrade(deal, openings.get(deal.positionId), numbers)] : [];
    });
}

/** The deal behind an order of MT4: the close of a trade, or the balance operation. */
export function dealOfOrder(book: AccountBook, order: number): number | undefined {
  for (const login of book.users.keys()) {
    const found = closedTrades(book, login, Infinity).find((trade) => trade.order === order);
    if (found) return found.deal;
  }
  return undefined;
}

interface Orders {
  order: number;
  /** What stayed open after a partial close goes on under a number of its own. */
  rest: number | null;
}

/**
 * The order number of each closing deal. The first close of a trade keeps its number; what it left open has the
 * number that the exchange gave to that close, and so on.
 */
function ordersOf(deals: readonly Deal[]): Map<number, Orders> {
  const left = new Map<number, { order: number; volume: number }>();
  const orders = new Map<number, Orders>();
  for (const deal of deals) {
    if (deal.symbol === '') continue;
    if (deal.entry === 0) {
      left.set(deal.order, { order: deal.order, volume: deal.volume });
      continue;
    }
    const open = left.get(deal.positionId);
    if (!open) continue;
    const rest = open.volume - deal.volume;
    orders.set(deal.ticket, { order: open.order, rest: rest > 0 ? deal.order : null });
    left.set(deal.positionId, { order: deal.order, volume: rest });
  }
  return orders;
}

export function openTrade(exchange: Exchange, position: Position, at: number): Trade {
  const now = exchange.floating(position, at);
  const closes = exchange.book
    .dealsOf(position.login)
    .filter((deal) => deal.entry === 1 && deal.positionId === position.id);
  const before = closes.length > 1 ? (closes.at(-2)?.order ?? position.id) : position.id;
  return {
    order: closes.at(-1)?.order ?? position.id,
    deal: 0,
    login: position.login,
    symbol: position.symbol,
    command: position.action === ACTION.buy ? 'Buy' : 'Sell',
    volume: position.volume / BOOK_VOLUME,
    openMsc: position.createdMsc,
    closeMsc: 0,
    changedMsc: position.updatedMsc,
    openPoints: position.openPoints,
    closePoints: now.points,
    commissionMinor: exchange.commissionOf(position.login, position.volume),
    swapMinor: position.swapMinor ?? 0n,
    profitMinor: now.minor,
    comment: closes.length > 0 ? `from #${before}` : position.comment,
    state: 'OpenNormal',
    reason: position.closeAt === undefined ? 'Client' : 'Expert',
    stoppedOut: false,
    marginRate: position.rateMargin,
  };
}

function closedTrade(deal: Deal, opening: Deal | undefined, numbers: Orders): Trade {
  const partly = numbers.rest !== null;
  return {
    order: numbers.order,
    deal: deal.ticket,
    login: deal.login,
    symbol: deal.symbol,
    command: deal.action === ACTION.sell ? 'Buy' : 'Sell',
    volume: deal.volume / BOOK_VOLUME,
    openMsc: opening?.timeMsc ?? deal.timeMsc,
    closeMsc: deal.timeMsc,
    changedMsc: deal.editedMsc ?? deal.timeMsc,
    openPoints: deal.positionPoints,
    closePoints: deal.pricePoints,
    commissionMinor: deal.commissionMinor,
    swapMinor: deal.swapMinor ?? 0n,
    profitMinor: deal.profitMinor,
    comment: deal.comment || (partly ? `to #${String(numbers.rest)}` : (opening?.comment ?? '')),
    state: isCancelled(deal) ? 'Deleted' : partly ? 'ClosedPart' : 'ClosedNormal',
    reason: REASONS.get(opening?.reason ?? 0) ?? 'Dealer',
    stoppedOut: deal.reason === STOP_OUT,
    marginRate: deal.rateMargin,
  };
}

function operation(deal: Deal): Trade {
  return {
    order: deal.ticket,
    deal: deal.ticket,
    login: deal.login,
    symbol: '',
    command: deal.action === ACTION.credit ? 'Credit' : 'Balance',
    volume: 0,
    openMsc: deal.timeMsc,
    closeMsc: deal.timeMsc,
    changedMsc: deal.editedMsc ?? deal.timeMsc,
    openPoints: 0,
    closePoints: 0,
    commissionMinor: deal.commissionMinor,
    swapMinor: deal.swapMinor ?? 0n,
    profitMinor: deal.profitMinor,
    comment: deal.comment,
    state: 'ClosedNormal',
    reason: 'Dealer',
    stoppedOut: false,
    marginRate: 0,
  };
}
