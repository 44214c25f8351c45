import { CURRENCY_DIGITS, divideRounded } from './amounts';
import type { AccountBook } from './account-book';
import type { Calendar, Week } from '../market/calendar';
import type { Market } from '../market/market';
import { blankDeal, cutComment, pricedAt } from './new-deal';
import {
  ACTION,
  type BalanceOperation,
  type Change,
  type Deal,
  ENTRY,
  type Position,
} from './records';
import { Refusal } from './refusal';
import { findSymbol, type SymbolSpec } from '../market/symbols';
import { LOT, nightMinor, profitMinor, RATE_SCALE } from './valuation';

const MOST_MINOR = 1_000_000_000n * 100n;
const RIGHT_TRADE_DISABLED = 0x4;

/** Money of an account with its open positions valued at the market. */
export interface AccountState {
  balanceMinor: bigint;
  creditMinor: bigint;
  /** Profits and swaps of the open positions. */
  floatingMinor: bigint;
  swapMinor: bigint;
  equityMinor: bigint;
  marginMinor: bigint;
  marginFreeMinor: bigint;
  /** Per cent; 0 without margin. */
  marginLevel: number;
}

export interface OpenRequest {
  login: number;
  symbol: string;
  action: 0 | 1;
  volume: number;
  /** UTC ms. */
  at: number;
  comment?: string;
  closeAt?: number;
  /** 0 client, 1 expert. */
  reason?: number;
}

export interface ExchangeOptions {
  book: AccountBook;
  market: Market;
  calendar: Calendar;
  /** How far server time is ahead of UTC, now. */
  offsetMs: () => number;
  /** MT5 takes the commission of each side with its deal, MT4 the whole of it with the close. */
  commissionTaken: 'each_side' | 'on_close';
}

/** Turns orders into deals and positions at market prices. Every method gives the changes; the caller commits them. */
export class Exchange {
  readonly book: AccountBook;
  readonly market: Market;
  readonly offsetMs: () => number;
  readonly #calendar: Calendar;
  readonly #commissionTaken: ExchangeOptions['commissionTaken'];

  constructor({ book, market, calendar, offsetMs, commissionTaken }: ExchangeOptions) {
    this.book = book;
    this.market = market;
    this.offsetMs = offsetMs;
    this.#calendar = calendar;
    this.#commissionTaken = commissionTaken;
  }

  /**
   * Books a balance operation. Refuses with 3 (type, zero), 13 (account), 4005 (over 1e9) and 10019 (beyond
   * balance, credit or, when asked to look, free margin).
   */
  balance(
    operation: BalanceOperation,
    at: number,
    booking: { commentChars: number; hiddenMs: number; copies: number },
  ): { ticket: number; changes: Change[] } {
    this.#checkOperation(operation, at);
    const deals = Array.from({ length: booking.copies }, (): Deal => {
      const ticket = this.book.takeTicket();
      return {
        ...blankDeal(ticket, operation.login, at + this.offsetMs()),
        dealer: 1000,
        action: operation.type,
        reason: 2,
        profitMinor: operation.amountMinor,
        comment: cutComment(operation.comment, booking.commentChars),
        ...(operation.externalId === undefined ? {} : { externalId: operation.externalId }),
        ...(booking.hiddenMs > 0 ? { visibleAt: at + booking.hiddenMs } : {}),
      };
    });
    return {
      ticket: deals[0]?.ticket ?? 0,
      changes: deals.map((deal) => ({ kind: 'deal', deal })),
    };
  }

  /**
   * Opens at the market price of `at`; refuses a disabled account or one that may only close (8), a bad volume
   * (3), a closed market (10018) and, on request, missing margin (10019).
   */
  open(
    request: OpenRequest,
    checkMargin: boolean,
  ): { position: Position; deal: Deal; changes: Change[] } {
    const symbol = requireSymbol(request.symbol);
    const user = this.book.user(request.login);
    const closesOnly = this.book.groupOf(request.login).closeOnly === true;
    if (closesOnly || (user.rights & RIGHT_TRADE_DISABLED) !== 0) throw new Refusal('permissions');
    if (!Number.isSafeInteger(request.volume) || request.volume <= 0)
      throw new Refusal('parameters');
    this.#requireOpen(symbol, request.at);
    const quote = this.market.quote(symbol, request.at);
    const points = request.action === ACTION.buy ? quote.askPoints : quote.bidPoints;
    const timeMsc = request.at + this.offsetMs();
    const rateMargin = this.#marginRate(symbol, request.login, request.at);
    const order = this.book.takeTicket();
    const position: Position = {
      id: order,
      login: request.login,
      symbol: symbol.name,
      action: request.action,
      openPoints: points,
      volume: request.volume,
      createdMsc: timeMsc,
      updatedMsc: timeMsc,
      rateMargin,
      comment: request.comment ?? '',
      ...(request.closeAt === undefined ? {} : { closeAt: request.closeAt }),
    };
    if (checkMargin) {
      const needed = this.marginOf([position], user.leverage);
      if (needed > this.state(request.login, request.at).marginFreeMinor)
        throw new Refusal('no_money');
    }
    const deal: Deal = {
      ...blankDeal(this.book.takeTicket(), request.login, timeMsc),
      ...pricedAt(symbol, points, quote),
      order,
      action: request.action,
      reason: request.reason ?? 0,
      volume: request.volume,
      commissionMinor: this.#commission(request.login, request.volume, 'in'),
      rateProfit: this.#profitRate(symbol, request.login, request.at),
      rateMargin,
      positionId: order,
      comment: request.comment ?? '',
    };
    return {
      position,
      deal,
      changes: [
        { kind: 'deal', deal },
        { kind: 'position', position },
      ],
    };
  }

  /** Closes `volume` of a position at the market price of `at`, with its share of the swaps; refuses a closed market. */
  close(held: Position, volume: number, at: number, reason = 0): { deal: Deal; changes: Change[] } {
    if (!Number.isSafeInteger(volume) || volume <= 0 || volume > held.volume) {
      throw new Refusal('parameters');
    }
    const symbol = requireSymbol(held.symbol);
    this.#requireOpen(symbol, at);
    const position = this.swapped(held, at);
    const swaps = position.swapMinor ?? 0n;
    const swapMinor = divideRounded(swaps * BigInt(volume), BigInt(position.volume));
    const quote = this.market.quote(symbol, at);
    const points = position.action === ACTION.buy ? quote.bidPoints : quote.askPoints;
    const timeMsc = at + this.offsetMs();
    const rateProfit = this.#profitRate(symbol, position.login, at);
    const deal: Deal = {
      ...blankDeal(this.book.takeTicket(), position.login, timeMsc),
      ...pricedAt(symbol, points, quote),
      order: this.book.takeTicket(),
      action: position.action === ACTION.buy ? ACTION.sell : ACTION.buy,
      entry: 1,
      reason,
      volume,
      volumeClosed: volume,
      profitMinor: profitMinor(symbol, position, points, volume, rateProfit),
      commissionMinor: this.#commission(position.login, volume, 'out'),
      rateProfit,
      rateMargin: position.rateMargin,
      positionId: position.id,
      positionPoints: position.openPoints,
      ...(swapMinor === 0n ? {} : { swapMinor }),
    };
    const left: Position = {
      ...position,
      volume: position.volume - volume,
      updatedMsc: timeMsc,
      ...(swaps === 0n ? {} : { swapMinor: swaps - swapMinor }),
    };
    const rest: Change =
      left.volume === 0
        ? { kind: 'position-closed', id: position.id }
        : { kind: 'position', position: left };
    return { deal, changes: [{ kind: 'deal', deal }, rest] };
  }

  /** Closes a position and opens `opened` of its opposite in one deal, as on an account with one position a symbol. */
  reverse(position: Position, opened: number, at: number): { deal: Deal; changes: Change[] } {
    if (!Number.isSafeInteger(opened) || opened <= 0) throw new Refusal('parameters');
    const { deal: closing } = this.close(position, position.volume, at);
    const deal: Deal = {
      ...closing,
      entry: ENTRY.reverse,
      volume: closing.volume + opened,
      commissionMinor: closing.commissionMinor + this.#commission(position.login, opened, 'in'),
    };
    const turned: Position = {
      ...position,
      swapMinor: 0n,
      swappedMsc: closing.timeMsc,
      action: position.action === ACTION.buy ? ACTION.sell : ACTION.buy,
      openPoints: closing.pricePoints,
      volume: opened,
      updatedMsc: closing.timeMsc,
    };
    return {
      deal,
      changes: [
        { kind: 'deal', deal },
        { kind: 'position', position: turned },
      ],
    };
  }

  /** Whether a symbol trades at `at`: by an operator's word, else by the calendar. */
  isOpen(symbol: SymbolSpec, at: number): boolean {
    const hours = this.book.hours.get(symbol.name) ?? 'calendar';
    if (hours !== 'calendar') return hours === 'always';
    return this.#calendar.isOpen(symbol, at + this.offsetMs());
  }

  /** Trading sessions of a symbol as the server shows them. */
  weekOf(symbol: SymbolSpec): Week {
    return this.#calendar.week(symbol);
  }

  /** A position with the swaps of every rollover up to `at`; itself when there was none. */
  swapped(position: Position, at: number): Position {
    const until = at + this.offsetMs();
    const rollovers = this.#calendar.rollovers(position.swappedMsc ?? position.createdMsc, until);
    if (rollovers.length === 0) return position;
    const swaps = rollovers.map(({ msc, day }) => this.night(position, day, msc - this.offsetMs()));
    const swapMinor = swaps.reduce((sum, swap) => sum + swap, position.swapMinor ?? 0n);
    return { ...position, swapMinor, swappedMsc: until };
  }

  /** What the rollover that ends a day (0 is Sunday) is for a position; nothing on swap-free accounts. */
  night(position: Position, day: number, at: number): bigint {
    const { login } = position;
    if (this.book.groupOf(login).swapFree || this.book.user(login).swapFree === true) return 0n;
    const symbol = requireSymbol(position.symbol);
    return nightMinor(symbol, position, day, this.#profitRate(symbol, login, at));
  }

  /** Profit of an open position at the market of `at`, before commission and swaps. */
  floating(position: Position, at: number): { points: number; rate: number; minor: bigint } {
    const symbol = requireSymbol(position.symbol);
    const quote = this.market.quote(symbol, at);
    const points = position.action === ACTION.buy ? quote.bidPoints : quote.askPoints;
    const rate = this.#profitRate(symbol, position.login, at);
    return { points, rate, minor: profitMinor(symbol, position, points, position.volume, rate) };
  }

  state(login: number, at: number): AccountState {
    const { balanceMinor, creditMinor } = this.book.holding(login);
    const positions = this.book.positionsOf(login);
    const profits = positions.reduce((sum, open) => sum + this.floating(open, at).minor, 0n);
    const swapMinor = positions.reduce((sum, open) => sum + (open.swapMinor ?? 0n), 0n);
    const floatingMinor = profits + swapMinor;
    const equityMinor = balanceMinor + creditMinor + floatingMinor;
    const marginMinor = this.marginOf(positions, this.book.user(login).leverage);
    const marginLevel =
      marginMinor === 0n ? 0 : Number((equityMinor * 10_000n) / marginMinor) / 100;
    return {
      balanceMinor,
      creditMinor,
      floatingMinor,
      swapMinor,
      equityMinor,
      marginMinor,
      marginFreeMinor: equityMinor - marginMinor,
      marginLevel,
    };
  }

  /** How many times its ordinary margin a symbol asks. */
  marginRateOf(symbol: string): number {
    return this.book.marginRates.get(symbol) ?? 1;
  }

  /** Hedged margin: per symbol the larger of the two sides. */
  marginOf(positions: readonly Position[], leverage: number): bigint {
    const sides = new Map<string, [number, number]>();
    for (const position of positions) {
      const side = sides.get(position.symbol) ?? [0, 0];
      const notional = (requireSymbol(position.symbol).contractSize * position.volume) / LOT;
      const rate = this.marginRateOf(position.symbol);
      side[position.action] += (rate * notional * position.rateMargin) / Math.max(1, leverage);
      sides.set(position.symbol, side);
    }
    const total = [...sides.values()].reduce((sum, [buy, sell]) => sum + Math.max(buy, sell), 0);
    return BigInt(Math.round(total * 10 ** CURRENCY_DIGITS));
  }

  /** What the commission of a trade of this volume comes to with its close. */
  commissionOf(login: number, volume: number): bigint {
    return this.#commission(login, volume, 'out');
  }

  #requireOpen(symbol: SymbolSpec, at: number): void {
    if (!this.isOpen(symbol, at)) throw new Refusal('market_closed');
  }

  #checkOperation(operation: BalanceOperation, at: number): void {
    const { login, type, amountMinor } = operation;
    if (type < ACTION.balance || type > ACTION.bonus || amountMinor === 0n)
      throw new Refusal('parameters');
    this.book.user(login);
    const size = amountMinor < 0n ? -amountMinor : amountMinor;
    if (size > MOST_MINOR) throw new Refusal('maximum_amount');
    if (amountMinor > 0n) return;
    const state = this.state(login, at);
    const held = type === ACTION.credit ? state.creditMinor : state.balanceMinor;
    // A dealer's correction may leave a debt behind, as slippage does; nobody else's operation may.
    if (size > held && type !== ACTION.correction) throw new Refusal('no_money');
    if (operation.checkMargin && size > state.marginFreeMinor) throw new Refusal('no_money');
  }

  #commission(login: number, volume: number, side: 'in' | 'out'): bigint {
    const perLot = this.book.groupOf(login).commissionPerLotMinor;
    const oneSide = -divideRounded(perLot * BigInt(volume), BigInt(LOT));
    if (this.#commissionTaken === 'each_side') return oneSide;
    return side === 'in' ? 0n : 2n * oneSide;
  }

  #profitRate(symbol: SymbolSpec, login: number, at: number): number {
    return this.market.rate(symbol.quote, this.book.groupOf(login).currency, at);
  }

  /** Account currency per unit of the base; for a CFD, whose base is no currency, by way of its price. */
  #marginRate(symbol: SymbolSpec, login: number, at: number): number {
    const { currency } = this.book.groupOf(login);
    if (symbol.contractSize === 100_000) return this.market.rate(symbol.base, currency, at);
    const price = this.market.quote(symbol, at).askPoints / 10 ** symbol.digits;
    const rate = price * this.market.rate(symbol.quote, currency, at);
    return Math.round(rate * RATE_SCALE) / RATE_SCALE;
  }
}

function requireSymbol(name: string): SymbolSpec {
  const symbol = findSymbol(name);
  if (!symbol) throw new Refusal('not_found');
  return symbol;
}
