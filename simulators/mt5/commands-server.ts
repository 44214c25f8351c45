import { formatMinor } from '../brokerage/amounts';
import { bothSpellings, type Command, type CommandContext } from './command';
import { selectedLogins } from './commands-users';
import { matchesMask } from '../brokerage/groups';
import { GROUPS } from './groups';
import { ACTION, movedMinor } from '../brokerage/records';
import { Refusal } from '../brokerage/refusal';
import { findSymbol, SYMBOLS, type SymbolSpec } from '../market/symbols';
import { groupToWire, type Wire, type WireRecord } from './wire';
import { symbolToWire, tickToWire } from './wire-symbol';

const DAY = 86_400;
const MOST_DAYS = 400;

const serverTime: Command = (_params, { exchange, now }) => {
  const serverMs = now + exchange.offsetMs();
  const text = new Date(serverMs).toISOString().slice(0, 19).replaceAll('-', '.').replace('T', ' ');
  return { answer: bothSpellings('Time', `${Math.floor(serverMs / 1000)} ${text}`) };
};

const groupNext: Command = (params) => {
  const index = params.whole('index');
  const count = params.wholeOr('count', 1);
  const found = GROUPS.slice(Math.max(0, index), index + Math.max(1, count)).map(groupToWire);
  const [first] = found;
  if (index < 0 || !first) throw new Refusal('not_found');
  return { answer: count > 1 ? found : first };
};

/** One name answers one record, a mask or list answers a list. */
const groupGet: Command = (params, { exchange }) => {
  const asked = params.text('group');
  const exact = exchange.book.findGroup(asked);
  if (exact) return { answer: groupToWire(exact) };
  const found = GROUPS.filter((group) => matchesMask(group.name, asked));
  if (found.length === 0) throw new Refusal('not_found');
  return { answer: found.map(groupToWire) };
};

const wireOf = (symbol: SymbolSpec, exchange: CommandContext['exchange']): Wire =>
  symbolToWire(symbol, {
    week: exchange.weekOf(symbol),
    marginRate: exchange.marginRateOf(symbol.name),
  });

const symbolNext: Command = (params, { exchange }) => {
  const symbol = SYMBOLS[params.whole('index')];
  if (!symbol) throw new Refusal('not_found');
  return { answer: wireOf(symbol, exchange) };
};

const symbolGet: Command = (params, { exchange }) => {
  const asked = params.anyOf('symbol', 'mask');
  const exact = findSymbol(asked);
  if (exact) return { answer: wireOf(exact, exchange) };
  const found = SYMBOLS.filter((symbol) => matchesMask(symbol.name, asked));
  if (found.length === 0) throw new Refusal('not_found');
  return { answer: found.map((symbol) => wireOf(symbol, exchange)) };
};

/** The walk never rests, so every tick is newer than any `trans_id`: all that were asked for are answered. */
const tickLast: Command = (params, { exchange, now }) => {
  const asked = params.text('symbol') || '*';
  const symbols = SYMBOLS.filter((symbol) => matchesMask(symbol.name, asked));
  if (symbols.length === 0) throw new Refusal('not_found');
  const serverMs = now + exchange.offsetMs();
  return {
    top: { trans_id: String(now) },
    answer: symbols.map((symbol) =>
      tickToWire(symbol, exchange.market.quote(symbol, now), serverMs),
    ),
  };
};

/** End-of-day figures of each server day that ended in `from`…`to`: what the deals say, so that they can be checked. */
const daily: Command = (params, context) => {
  const logins = selectedLogins(params, context);
  const nowSeconds = Math.floor((context.now + context.exchange.offsetMs()) / 1000);
  const to = Math.min(params.whole('to'), nowSeconds);
  const firstEnd = Math.ceil(Math.max(0, params.whole('from')) / DAY) * DAY;
  const ends: number[] = [];
  for (let end = firstEnd; end <= to && ends.length < MOST_DAYS; end += DAY) ends.push(end);
  const reports = logins.flatMap((login) =>
    ends.map((end) => dailyReport(context, login, end)).filter((report) => report !== null),
  );
  return { answer: reports };
};

export const SERVER_COMMANDS: Record<string, Command> = {
  'test/access': () => ({}),
  'time/server': serverTime,
  'common/get': (_params, { exchange }) => ({
    answer: {
      Name: 'Simulated MetaTrader 5',
      Owner: 'Simulated broker',
      Product: 'MetaTrader 5',
      TotalUsers: String(exchange.book.users.size),
      TotalUsersReal: String(exchange.book.loginsIn('real\\*').length),
      TotalDeals: String(exchange.book.dealCount),
      TotalPositions: String(exchange.book.positions.size),
    },
  }),
  'group/total': () => ({ answer: bothSpellings('Total', String(GROUPS.length)) }),
  'group/next': groupNext,
  'group/get': groupGet,
  'symbol/total': () => ({ answer: bothSpellings('Total', String(SYMBOLS.length)) }),
  'symbol/list': () => ({ answer: SYMBOLS.map((symbol) => symbol.name) }),
  'symbol/next': symbolNext,
  'symbol/get': symbolGet,
  'tick/last': tickLast,
  'daily/get': daily,
  'daily/get_batch': daily,
};

function dailyReport(
  { exchange, now }: CommandContext,
  login: number,
  end: number,
): WireRecord | null {
  const { book } = exchange;
  const user = book.user(login);
  if (user.registration >= end && book.dealsOf(login).every((deal) => deal.timeMsc >= end * 1000)) {
    return null;
  }
  const sum = { balance: 0n, credit: 0n, before: 0n };
  const day: Record<string, bigint> = {};
  for (const deal of book.dealsOf(login)) {
    if (deal.timeMsc >= end * 1000 || (deal.visibleAt ?? 0) > now) continue;
    const moved = movedMinor(deal);
    if (deal.action === ACTION.credit) sum.credit += moved;
    else sum.balance += moved;
    if (deal.timeMsc < (end - DAY) * 1000) {
      if (deal.action !== ACTION.credit) sum.before += moved;
    } else {
      const column = deal.symbol === '' ? DAILY_COLUMN[deal.action] : 'DailyProfit';
      if (column) day[column] = (day[column] ?? 0n) + deal.profitMinor;
      day['DailyCommInstant'] = (day['DailyCommInstant'] ?? 0n) + deal.commissionMinor;
      day['DailyStorage'] = (day['DailyStorage'] ?? 0n) + (deal.swapMinor ?? 0n);
    }
  }
  const instant = ['DailyProfit', 'DailyCommInstant', 'DailyStorage'];
  const columns = [...Object.values(DAILY_COLUMN), ...instant];
  const moves: Record<string, Wire> = Object.fromEntries(
    columns.map((column) => [column, formatMinor(day[column] ?? 0n)]),
  );
  return {
    Datetime: String(end - 1),
    DatetimePrev: String(end - DAY - 1),
    Login: String(login),
    Name: user.texts.Name ?? '',
    Group: user.group,
    Currency: book.groupOf(login).currency,
    CurrencyDigits: '2',
    Balance: formatMinor(sum.balance),
    Credit: formatMinor(sum.credit),
    BalancePrevDay: formatMinor(sum.before),
    ...moves,
    Positions: [],
    Orders: [],
  };
}

const DAILY_COLUMN: Readonly<Record<number, string>> = {
  [ACTION.balance]: 'DailyBalance',
  [ACTION.credit]: 'DailyCredit',
  [ACTION.charge]: 'DailyCharge',
  [ACTION.correction]: 'DailyCorrection',
  [ACTION.bonus]: 'DailyBonus',
};
