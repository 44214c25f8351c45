import {
  type Position,
  type SymbolQuote,
  type TradingGroup,
  type TradingSymbol,
} from '../../../domain/trading/account';
import { toUtcIso } from '../../../domain/trading/server-clock';
import { type Fields, list, MalformedAnswer, plainFields, record } from '../fields';
import { type LoginOrGroup } from '../port';
import { type Mt5Context, readPages } from './context';
import { minorOf, volumeOf } from './normalise-deal';
import { count, decimal, decimalOrNull, requiredDecimal, requiredId, text } from './wire';

const symbolsMax = 10_000;
/** Calculation modes that divide by the account's leverage: Forex, CFD with leverage. */
const leveraged: ReadonlySet<number> = new Set([0, 4]);

/** Open positions of a log-in or of every log-in in a group. */
export async function positions(context: Mt5Context, of: LoginOrGroup): Promise<Position[]> {
  const clock = await context.clock();
  const { rows, currency } = await positionRows(context, of);
  return rows.map((row) => ({
    server: context.serverId,
    positionId: requiredId(row, 'Position'),
    login: requiredId(row, 'Login'),
    symbol: text(row, 'Symbol'),
    side: sideOf(row),
    volume: volumeOf(row, 'Volume'),
    contractSize: requiredDecimal(row, 'ContractSize'),
    priceOpen: requiredDecimal(row, 'PriceOpen'),
    priceCurrent: requiredDecimal(row, 'PriceCurrent'),
    profitMinor: minorOf(row, 'Profit', currency),
    swapMinor: minorOf(row, 'Storage', currency),
    currency,
    openedAt: toUtcIso(clock, count(row, 'TimeCreate') * 1000),
    comment: text(row, 'Comment'),
    raw: plainFields(row),
  }));
}

export async function tradingGroups(context: Mt5Context): Promise<TradingGroup[]> {
  return [...(await context.groups()).values()].map((group) => ({
    name: text(group, 'Group'),
    currency: text(group, 'Currency'),
    currencyDigits: count(group, 'CurrencyDigits'),
    marginMode: marginModeOf(group),
    marginCall: decimal(group, 'MarginCall') ?? '0',
    stopOut: decimal(group, 'MarginStopOut') ?? '0',
    defaultLeverage: count(group, 'DemoLeverage') || null,
  }));
}

export async function tradingSymbols(context: Mt5Context): Promise<TradingSymbol[]> {
  const names = list(await context.answer({ path: '/api/symbol/list' }), 'the symbols');
  const symbols: TradingSymbol[] = [];
  for (const name of names.slice(0, symbolsMax)) {
    if (typeof name !== 'string') throw new MalformedAnswer('a symbol is no text');
    const query = { symbol: name };
    const answer = await context.answerOrNull({ path: '/api/symbol/get', query });
    if (answer === null) continue;
    const symbol = record(answer, 'a symbol');
    symbols.push({
      name,
      digits: count(symbol, 'Digits'),
      contractSize: requiredDecimal(symbol, 'ContractSize'),
      baseCurrency: text(symbol, 'CurrencyBase'),
      profitCurrency: text(symbol, 'CurrencyProfit'),
      marginCurrency: text(symbol, 'CurrencyMargin'),
      marginRate: Number(decimalOrNull(symbol, 'MarginInitialBuy') ?? '1'),
      usesAccountLeverage: leveraged.has(count(symbol, 'CalcMode')),
      raw: plainFields(symbol),
    });
  }
  return symbols;
}

export async function symbolQuotes(
  context: Mt5Context,
  symbols: readonly string[],
): Promise<SymbolQuote[]> {
  const clock = await context.clock();
  const quotes: SymbolQuote[] = [];
  for (const symbol of symbols.slice(0, symbolsMax)) {
    const query = { symbol, trans_id: '0' };
    const answer = await context.answerOrNull({ path: '/api/tick/last', query });
    if (answer === null) continue;
    const last = list(answer, 'the ticks').at(-1);
    // Without a market there is no tick, or one of zeros.
    if (last === undefined) continue;
    const tick = record(last, 'a tick');
    const [bid, ask] = [decimalOrNull(tick, 'Bid'), decimalOrNull(tick, 'Ask')];
    const atMs = count(tick, 'DatetimeMsc') || count(tick, 'Datetime') * 1000;
    if (bid === null || ask === null || atMs === 0) continue;
    quotes.push({ symbol, bid, ask, at: toUtcIso(clock, atMs) });
  }
  return quotes;
}

async function positionRows(
  context: Mt5Context,
  of: LoginOrGroup,
): Promise<{ readonly rows: readonly Fields[]; readonly currency: string }> {
  if ('login' in of) {
    const currency = await context.currencyOfLogin(of.login);
    const rows = await readPages(context, '/api/position', { login: of.login });
    return { rows, currency };
  }
  const currency = await context.currencyOfGroup(of.group);
  const query = { group: of.group };
  const answer = await context.answerOrNull({ path: '/api/position/get_batch', query });
  const rows = answer === null ? [] : list(answer, 'the positions');
  return { rows: rows.map((row) => record(row, 'a position')), currency };
}

function sideOf(row: Fields): 'buy' | 'sell' {
  const action = count(row, 'Action');
  if (action !== 0 && action !== 1) throw new MalformedAnswer('a position is neither buy nor sell');
  return action === 0 ? 'buy' : 'sell';
}

function marginModeOf(group: Fields): TradingGroup['marginMode'] {
  const mode = count(group, 'MarginMode');
  if (mode === 0) return 'netting';
  return mode === 1 ? 'exchange' : 'hedging';
}
