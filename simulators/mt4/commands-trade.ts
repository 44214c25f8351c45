import { parseMinor } from '../brokerage/amounts';
import { ACTION, type BalanceOperation } from '../brokerage/records';
import { Refusal } from '../brokerage/refusal';
import { findSymbol, SYMBOLS, type SymbolSpec } from '../market/symbols';
import type { Command, CommandContext } from './command';
import { userOf } from './commands-users';
import { answered, Invalid, Missing } from './envelope';
import { afterNumber, afterText, fields, momentOf, pageOf, textOf, wholeOf } from './input';
import { closedTrades, openTrades, type Trade } from './trades';
import { groupToWire, marginToWire, moment, symbolToWire, tickToWire, tradeToWire } from './wire';

const COMMENT_CHARS = 31;
/** Where MT4's own time ends. */
const LATEST_MS = 2 ** 31 * 1000;
const TRANSACTIONS = ['BrBalance'];
const TRANSACTIONS_KNOWN = [
  ...['PricesGet', 'PricesRequote', 'OpenInstant', 'OpenRequest', 'OpenMarket', 'PendingOpen'],
  ...['CloseInstant', 'CloseRequest', 'CloseMarket', 'Modify', 'Delete', 'CloseBy', 'CloseAll'],
  ...['BrOpen', 'BrClose', 'BrDelete', 'BrCloseBy', 'BrCloseAll', 'BrModify', 'BrActivate'],
  ...['BrComment', 'BrBalance'],
];

/** Balance operations are all that this manager may do here; orders belong to the traders. */
function transact({ exchange, now, booking, body }: CommandContext): ReturnType<Command['run']> {
  const operation = readOperation(body);
  const { ticket, changes } = exchange.balance(operation, now, booking);
  exchange.book.commit(changes);
  const given = fields(body);
  return answered({
    tradeTransactionType: 'BrBalance',
    tradeCommand: operation.type === ACTION.credit ? 'Credit' : 'Balance',
    tradeRequestFlags: 'None',
    expiration: moment(0),
    order: ticket,
    orderBy: operation.login,
    symbol: '',
    volume: 0,
    price: given['price'],
    sl: 0,
    tp: 0,
    ieDeviation: 0,
    comment: operation.comment.slice(0, COMMENT_CHARS),
    crc: 0,
  });
}

/** Reads a balance operation. Free margin is not looked at: MT4 leaves that to the manager. */
export function readOperation(body: unknown): BalanceOperation {
  const given = fields(body);
  const asked = (textOf(given, 'tradeTransactionType', 64) ?? '').toLowerCase();
  const known = TRANSACTIONS_KNOWN.find((name) => name.toLowerCase() === asked);
  if (!known) {
    throw new Invalid(`tradeTransactionType must be one of ${TRANSACTIONS_KNOWN.join(', ')}`);
  }
  if (!TRANSACTIONS.includes(known)) throw new Refusal('permissions');
  const command = (textOf(given, 'tradeCommand', 64) ?? '').toLowerCase();
  if (command !== 'balance' && command !== 'credit') {
    throw new Invalid('tradeCommand must be Balance or Credit');
  }
  const price = given['price'];
  if (typeof price !== 'number' || !Number.isFinite(price)) {
    throw new Invalid('price must be a number');
  }
  const amountMinor = parseMinor(price.toFixed(8));
  if (amountMinor === null) throw new Refusal('parameters');
  return {
    login: wholeOf(given, 'orderBy') ?? 0,
    type: command === 'credit' ? ACTION.credit : ACTION.balance,
    amountMinor,
    comment: textOf(given, 'comment', 1000) ?? '',
    checkMargin: false,
  };
}

/** Every open trade of a group, or of the server, by order. */
function trades(context: CommandContext): ReturnType<Command['run']> {
  const { exchange, query, now } = context;
  const group = query.get('group');
  if (group !== null && group !== '' && !exchange.book.findGroup(group)) return answered([]);
  const logins = exchange.book.loginsIn(group || '*');
  const open = logins.flatMap((login) => openTrades(exchange, login, now));
  const page = pageOf(
    open.sort((left, right) => left.order - right.order),
    query,
    (trade) => String(trade.order),
    afterNumber,
  );
  return answered(page.rows.map(tradeToWire), page.paging);
}

/** Closed trades and balance operations whose close lies between the two moments, both included. */
function history(context: CommandContext): ReturnType<Command['run']> {
  const { exchange, query, now } = context;
  const { login } = userOf(context);
  const from = momentOf(query, 'fromTime', 0);
  const to = momentOf(query, 'toTime', LATEST_MS);
  const within = (trade: Trade): boolean => {
    const closed = Math.floor(trade.closeMsc / 1000) * 1000;
    return closed >= from && closed <= to;
  };
  return answered(closedTrades(exchange.book, login, now).filter(within).map(tradeToWire));
}

function openOfLogin(context: CommandContext): ReturnType<Command['run']> {
  const user = userOf(context);
  const { exchange, args, now } = context;
  if (args[1] !== undefined && args[1] !== user.group) return answered([]);
  return answered(openTrades(exchange, user.login, now).map(tradeToWire));
}

function margin(context: CommandContext): ReturnType<Command['run']> {
  const { exchange, now } = context;
  const user = userOf(context);
  const state = exchange.state(user.login, now);
  return answered(marginToWire(user, state, now + exchange.offsetMs()));
}

function groups({ exchange, query }: CommandContext): ReturnType<Command['run']> {
  const sorted = [...exchange.book.groups].sort((left, right) => (left.name < right.name ? -1 : 1));
  const page = pageOf(sorted, query, (group) => group.name, afterText);
  return answered(page.rows.map(groupToWire), page.paging);
}

function groupGet({ exchange, args }: CommandContext): ReturnType<Command['run']> {
  const group = exchange.book.findGroup(args[0] ?? '');
  if (!group) throw new Missing('there is no such group');
  return answered(groupToWire(group));
}

function symbols({ exchange, args }: CommandContext): ReturnType<Command['run']> {
  const toWire = (symbol: SymbolSpec) => symbolToWire(symbol, exchange.marginRateOf(symbol.name));
  if (args[0] === undefined) return answered(SYMBOLS.map(toWire));
  return answered(toWire(requireSymbol(args[0])));
}

function ticks({ exchange, args, now }: CommandContext): ReturnType<Command['run']> {
  const serverMsc = now + exchange.offsetMs();
  const chosen = args[0] === undefined ? SYMBOLS : [requireSymbol(args[0])];
  const rows = chosen.map((symbol) =>
    tickToWire(symbol, exchange.market.quote(symbol, now), serverMsc),
  );
  return answered(args[0] === undefined ? rows : rows[0]);
}

function symbolInfo({ exchange, query, now }: CommandContext): ReturnType<Command['run']> {
  const asked = query.get('symbol');
  const chosen = asked === null ? SYMBOLS : [requireSymbol(asked)];
  const rows = chosen.map((symbol) => ({
    ...tickToWire(symbol, exchange.market.quote(symbol, now), now + exchange.offsetMs()),
    digits: symbol.digits,
    spread: symbol.spreadPoints,
    point: 1 / 10 ** symbol.digits,
  }));
  return answered(rows);
}

function requireSymbol(name: string): SymbolSpec {
  const symbol = findSymbol(name);
  if (!symbol) throw new Missing('there is no such symbol');
  return symbol;
}

const get = (run: Command['run'], kind: Command['kind'] = 'read'): Command => ({
  method: 'GET',
  kind,
  run,
});

export const TRADE_COMMANDS: Record<string, Command> = {
  TradeTransaction: { method: 'POST', kind: 'trade', run: transact },
  TradesRequest: get(trades),
  TradesGetByLogin: get(openOfLogin),
  TradesUserHistory: get(history, 'history'),
  MarginLevelRequest: get(margin),
  GroupsRequest: get(groups),
  GroupRecordGet: get(groupGet),
  EnsureGroupNameExist: get(({ exchange, args }) =>
    answered(exchange.book.findGroup(args[0] ?? '') !== undefined),
  ),
  CfgRequestSymbol: get(symbols),
  SymbolInfoGet: get(symbolInfo),
  TickInfoLast: get(ticks),
  ServerTime: get(({ exchange, now }) => answered(moment(now + exchange.offsetMs()))),
  ManagerCommon: get(() =>
    answered({
      name: 'Simulated MetaTrader 4',
      owner: 'Simulated broker',
      build: 1455,
      version: 400,
      timeZone: 0,
    }),
  ),
};
