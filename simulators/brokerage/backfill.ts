import type { Exchange } from './exchange';
import { randomStream } from '../market/market';
import { ACTION, type Change, type Deal, movedMinor } from './records';
import { findSymbol, SYMBOLS, type SymbolSpec } from '../market/symbols';

export interface BackfillRequest {
  login: number;
  /** UTC ms; every open and close falls between them, on a weekday of server time. */
  from: number;
  to: number;
  trades: number;
  seed: number;
}

export interface BackfillResult {
  login: number;
  trades: number;
  deals: number;
  /** 1/10,000 lot, opened. */
  volume: number;
  profitMinor: bigint;
  commissionMinor: bigint;
  changes: Change[];
}

const SHORTEST_HOLD_MS = 20_000;
const MINIMUM_VOLUME = 100;
const MARGIN_SHARE = 0.25;
const ATTEMPTS = 6;
const DAY_MS = 86_400_000;

/**
 * Makes closed trades of the past at the market's own prices of that time. The same seed on the same account gives
 * the same trades. A trade that the balance could not carry is made smaller, then left out: the balance never goes
 * below zero, and an account without money trades nothing.
 */
export function backfill(exchange: Exchange, request: BackfillRequest): BackfillResult {
  const random = randomStream(request.seed * 31 + request.login);
  let balance = exchange.book.holding(request.login).balanceMinor;
  const result: BackfillResult = {
    login: request.login,
    trades: 0,
    deals: 0,
    volume: 0,
    profitMinor: 0n,
    commissionMinor: 0n,
    changes: [],
  };
  for (let count = 0; count < request.trades; count += 1) {
    const trade = affordableTrade(exchange, request, random, balance);
    if (!trade) continue;
    for (const deal of trade) {
      balance += movedMinor(deal);
      result.profitMinor += deal.profitMinor;
      result.commissionMinor += deal.commissionMinor;
      result.changes.push({ kind: 'deal', deal });
    }
    result.trades += 1;
    result.deals += trade.length;
    result.volume += trade[0]?.volume ?? 0;
  }
  return result;
}

function affordableTrade(
  exchange: Exchange,
  request: BackfillRequest,
  random: () => number,
  balance: bigint,
): Deal[] | null {
  const symbol = SYMBOLS[Math.floor(random() ** 2 * SYMBOLS.length)];
  const moment = symbol && pickMoment(exchange, symbol, request, random);
  if (!symbol || !moment) return null;
  const action = random() < 0.5 ? ACTION.buy : ACTION.sell;
  const partial = random() < 0.1;
  let volume = pickVolume(exchange, request.login, symbol, moment.openAt, balance, random);
  for (let attempt = 0; attempt < ATTEMPTS && volume >= MINIMUM_VOLUME; attempt += 1) {
    const order = { login: request.login, symbol: symbol.name, action, volume, at: moment.openAt };
    const deals = roundTrip(exchange, order, moment.closeAt, partial);
    const moved = deals.reduce((sum, deal) => sum + movedMinor(deal), 0n);
    if (balance + moved >= 0n) return deals;
    volume = wholeSteps(volume / 2);
  }
  return null;
}

/** Opens and closes without touching the book; one in ten closes in two parts. */
function roundTrip(
  exchange: Exchange,
  order: { login: number; symbol: string; action: 0 | 1; volume: number; at: number },
  closeAt: number,
  partial: boolean,
): Deal[] {
  const { position, deal } = exchange.open(order, false);
  const symbol = findSymbol(order.symbol);
  const halfway = Math.floor((order.at + closeAt) / 2);
  const inParts = partial && symbol !== undefined && exchange.isOpen(symbol, halfway);
  const firstVolume = inParts ? wholeSteps(position.volume / 2) : 0;
  if (firstVolume < MINIMUM_VOLUME || firstVolume === position.volume) {
    return [deal, exchange.close(position, position.volume, closeAt).deal];
  }
  const first = exchange.close(position, firstVolume, halfway);
  const rest = first.changes.find((change) => change.kind === 'position')?.position ?? position;
  return [deal, first.deal, exchange.close(rest, rest.volume, closeAt).deal];
}

/** Most trades last minutes to hours, some less than a minute; the markets rest on server Saturdays and Sundays. */
function pickMoment(
  exchange: Exchange,
  symbol: SymbolSpec,
  request: BackfillRequest,
  random: () => number,
): { openAt: number; closeAt: number } | null {
  const span = request.to - request.from;
  if (span <= SHORTEST_HOLD_MS) return null;
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const hold = SHORTEST_HOLD_MS + Math.floor(random() ** 4 * Math.min(8 * 3_600_000, span / 2));
    const openAt = request.from + Math.floor(random() * (span - hold));
    const closeAt = openAt + hold;
    const isTraded = exchange.isOpen(symbol, openAt) && exchange.isOpen(symbol, closeAt);
    if (isTraded && isWeekday(openAt + exchange.offsetMs())) return { openAt, closeAt };
  }
  return null;
}

function isWeekday(serverMs: number): boolean {
  const day = new Date(Math.floor(serverMs / DAY_MS) * DAY_MS).getUTCDay();
  return day !== 0 && day !== 6;
}

/** At most a quarter of the balance as margin, and at most five lots. */
function pickVolume(
  exchange: Exchange,
  login: number,
  symbol: SymbolSpec,
  at: number,
  balance: bigint,
  random: () => number,
): number {
  const probe = { login, symbol: symbol.name, action: ACTION.buy, volume: 10_000, at };
  const { position } = exchange.open(probe, false);
  const marginPerLot = Number(exchange.marginOf([position], exchange.book.user(login).leverage));
  const most = Math.min(50_000, ((Number(balance) * MARGIN_SHARE) / marginPerLot) * 10_000);
  const volume = wholeSteps(most * (0.15 + 0.85 * random()));
  return volume === 0 && most >= MINIMUM_VOLUME ? MINIMUM_VOLUME : volume;
}

function wholeSteps(volume: number): number {
  return Math.floor(volume / MINIMUM_VOLUME) * MINIMUM_VOLUME;
}
