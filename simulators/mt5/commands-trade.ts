import { parseMinor } from '../brokerage/amounts';
import { lasts } from '../brokerage/faults';
import { bothSpellings, type Command, type CommandContext } from './command';
import { selectedLogins } from './commands-users';
import { matchesMask } from '../brokerage/groups';
import type { Params } from './params';
import type { BalanceOperation, Deal, Position } from '../brokerage/records';
import { Refusal } from '../brokerage/refusal';
import { dealToWire, positionToWire, type Wire } from './wire';

/** Rows of a page, at most and unless fewer are asked for. */
const PAGE = 100;

/** Not idempotent, on purpose: the same call twice moves the money twice. */
const balance: Command = (params, { exchange, now, booking }) => {
  const { ticket, changes } = exchange.balance(readBalanceOperation(params), now, booking);
  exchange.book.commit(changes);
  return { answer: { Ticket: String(ticket) } };
};

export function readBalanceOperation(params: Params): BalanceOperation {
  const amountMinor = parseMinor(params.text('balance'));
  if (amountMinor === null) throw new Refusal('parameters');
  return {
    login: params.whole('login'),
    type: params.whole('type'),
    amountMinor,
    comment: params.text('comment'),
    checkMargin: params.text('check_margin') !== '0',
  };
}

const dealGet: Command = (params, { exchange, now }) => {
  const deal = exchange.book.deal(params.whole('ticket'));
  if (!deal || (deal.visibleAt ?? 0) > now) throw new Refusal('not_found');
  return { answer: dealToWire(deal) };
};

const dealBatch: Command = (params, context) => {
  const { book } = context.exchange;
  if (params.text('ticket') !== '') {
    const found = params.wholes('ticket').map((ticket) => book.deal(ticket));
    const shown = found.filter((deal) => deal !== undefined && isShown(deal, params, context.now));
    return { answer: shown.map((deal) => (deal ? dealToWire(deal) : {})) };
  }
  const logins = selectedLogins(params, context);
  return {
    answer: logins.flatMap((login) => shownDeals(login, params, context)).map(dealToWire),
  };
};

const positionGet: Command = (params, context) => {
  const symbol = params.text('symbol').toUpperCase();
  const found = ownPositions(params, context).find((position) => position.symbol === symbol);
  if (!found) throw new Refusal('not_found');
  return { answer: positionToWire(context.exchange, found, context.now) };
};

const positionBatch: Command = (params, context) => {
  const { exchange, now } = context;
  const tickets = params.wholes('ticket');
  const all = [...exchange.book.positions.values()];
  const chosen =
    tickets.length > 0
      ? all.filter((position) => tickets.includes(position.id))
      : selectedLogins(params, context).flatMap((login) => exchange.book.positionsOf(login));
  const mask = params.text('symbol');
  const wanted = chosen.filter((position) => mask === '' || matchesMask(position.symbol, mask));
  return { answer: wanted.map((position) => positionToWire(exchange, position, now)) };
};

/** This server keeps no pending orders and no order history: both are validly empty. */
const noneTotal: Command = (params, { exchange }) => {
  exchange.book.user(params.whole('login'));
  return { answer: bothSpellings('Total', '0') };
};
const nonePage: Command = (params, { exchange }) => {
  exchange.book.user(params.whole('login'));
  return { answer: [] };
};
const noneBatch: Command = (params, context) => {
  selectedLogins(params, context);
  return { answer: [] };
};

export const TRADE_COMMANDS: Record<string, Command> = {
  'trade/balance': balance,
  'deal/get': dealGet,
  'deal/get_batch': dealBatch,
  'deal/get_total': (params, context) => ({
    answer: bothSpellings('Total', String(ownDeals(params, context).length)),
  }),
  'deal/get_page': (params, context) => ({
    answer: page(ownDeals(params, context), params, dealToWire),
  }),
  'position/get': positionGet,
  'position/get_batch': positionBatch,
  'position/get_total': (params, context) => ({
    answer: bothSpellings('Total', String(ownPositions(params, context).length)),
  }),
  'position/get_page': (params, context) => ({
    answer: page(ownPositions(params, context), params, (position) =>
      positionToWire(context.exchange, position, context.now),
    ),
  }),
  'order/get_total': noneTotal,
  'order/get_page': nonePage,
  'order/get_batch': noneBatch,
  'history/get_total': noneTotal,
  'history/get_page': nonePage,
  'history/get_batch': noneBatch,
};

function ownDeals(params: Params, context: CommandContext): Deal[] {
  const login = context.exchange.book.user(params.whole('login')).login;
  return shownDeals(login, params, context);
}

function ownPositions(params: Params, { exchange }: CommandContext): Position[] {
  return exchange.book.positionsOf(exchange.book.user(params.whole('login')).login);
}

function shownDeals(login: number, params: Params, context: CommandContext): Deal[] {
  const deals = context.exchange.book.dealsOf(login);
  const from = params.wholeOr('from', 0);
  const to = params.wholeOr('to', Number.MAX_SAFE_INTEGER);
  const shown: Deal[] = [];
  for (let at = firstNotBefore(deals, from); at < deals.length; at += 1) {
    const deal = deals[at];
    if (!deal || secondOf(deal) > to) break;
    if (isShown(deal, params, context.now)) shown.push(deal);
  }
  const twice = lasts(context.exchange.book.faults, 'deliver_twice');
  return twice ? shown.flatMap((deal) => [deal, deal]) : shown;
}

/** Where the deals of a second begin: an account's deals are in order of time, and a busy server has many. */
function firstNotBefore(deals: readonly Deal[], second: number): number {
  let low = 0;
  let high = deals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const deal = deals[middle];
    if (deal && secondOf(deal) < second) low = middle + 1;
    else high = middle;
  }
  return low;
}

function secondOf(deal: Deal): number {
  return Math.floor(deal.timeMsc / 1000);
}

/** Within `from` and `to` (seconds of server time, both inclusive), of the symbol mask, and not held back by a fault. */
function isShown(deal: Deal, params: Params, now: number): boolean {
  const seconds = secondOf(deal);
  const mask = params.text('symbol');
  return (
    seconds >= params.wholeOr('from', 0) &&
    seconds <= params.wholeOr('to', Number.MAX_SAFE_INTEGER) &&
    (mask === '' || matchesMask(deal.symbol, mask)) &&
    (deal.visibleAt ?? 0) <= now
  );
}

function page<T>(rows: readonly T[], params: Params, toWire: (row: T) => Wire): Wire[] {
  const offset = params.wholeOr('offset', 0);
  const total = Math.min(PAGE, params.wholeOr('total', PAGE));
  if (offset < 0 || total < 0) throw new Refusal('parameters');
  return rows.slice(offset, offset + total).map(toWire);
}
