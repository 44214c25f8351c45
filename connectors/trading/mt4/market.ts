import {
  type Position,
  type SymbolQuote,
  type TradingGroup,
  type TradingSymbol,
} from '../../../domain/trading/account';
import { toUtcIso } from '../../../domain/trading/server-clock';
import { type Fields, MalformedAnswer, plainFields } from '../fields';
import { type LoginOrGroup } from '../port';
import { type Mt4Context } from './context';
import { commandOf, priceOf, volumeOf } from './normalise-trade';
import { tickOf } from './ticks';
import { openTradesIn, openTradesOf, symbolsOfTrades } from './trades';
import { decimal, floatingMinor, moment, requiredId, text, whole } from './wire';

/** MT4 computes in two digits whatever the currency. */
const currencyDigits = 2;
/** Margin calculations that divide by the account's leverage. */
const leveraged: ReadonlySet<string> = new Set(['Forex', 'CFDLeverage']);

/** Open trades of a log-in or of every log-in in a group; pending orders are none. */
export async function positions(context: Mt4Context, of: LoginOrGroup): Promise<Position[]> {
  const clock = await context.clock();
  const currency =
    'login' in of
      ? await context.currencyOfLogin(of.login)
      : await context.currencyOfGroup(of.group);
  const rows =
    'login' in of ? await openTradesOf(context, of.login) : await openTradesIn(context, of.group);
  const { contractSizeOf } = await symbolsOfTrades(context, rows);
  return rows.flatMap((row) => {
    const side = sideOf(row);
    if (side === null) return [];
    const symbol = text(row, 'symbol');
    const contractSize = contractSizeOf(symbol);
    if (contractSize === null) throw new MalformedAnswer(`symbol ${symbol} is not known`);
    return [
      {
        server: context.serverId,
        positionId: requiredId(row, 'order'),
        login: requiredId(row, 'login'),
        symbol,
        side,
        volume: volumeOf(row),
        contractSize,
        priceOpen: priceOf(row, 'openPrice'),
        priceCurrent: priceOf(row, 'closePrice'),
        profitMinor: floatingMinor(row, 'profit', currency),
        swapMinor: floatingMinor(row, 'storage', currency),
        currency,
        openedAt: toUtcIso(clock, moment(row, 'openTime')),
        comment: text(row, 'comment'),
        raw: plainFields(row),
      },
    ];
  });
}

export async function symbolQuotes(
  context: Mt4Context,
  symbols: readonly string[],
): Promise<SymbolQuote[]> {
  const clock = await context.clock();
  const known = await context.symbols();
  const quotes: SymbolQuote[] = [];
  for (const symbol of symbols) {
    const settings = known.get(symbol);
    if (settings === undefined) continue;
    const tick = await tickOf(context, symbol, whole(settings, 'digits'));
    if (tick === null || tick.atMs === 0 || Number(tick.bid) <= 0) continue;
    quotes.push({ symbol, bid: tick.bid, ask: tick.ask, at: toUtcIso(clock, tick.atMs) });
  }
  return quotes;
}

export async function tradingGroups(context: Mt4Context): Promise<TradingGroup[]> {
  return [...(await context.groups()).values()].map((group) => ({
    name: text(group, 'group'),
    currency: text(group, 'currency'),
    currencyDigits,
    marginMode: 'hedging',
    marginCall: whole(group, 'marginCall').toFixed(2),
    stopOut: whole(group, 'marginStopout').toFixed(2),
    defaultLeverage: whole(group, 'defaultLeverage') || null,
  }));
}

export async function tradingSymbols(context: Mt4Context): Promise<TradingSymbol[]> {
  return [...(await context.symbols()).values()].map((symbol) => {
    const profitCurrency = text(symbol, 'currency');
    const marginCurrency = text(symbol, 'marginCurrency') || profitCurrency;
    return {
      name: text(symbol, 'symbol'),
      digits: whole(symbol, 'digits'),
      contractSize: decimal(symbol, 'contractSize'),
      baseCurrency: marginCurrency,
      profitCurrency,
      marginCurrency,
      // A divider of 2 halves the margin; 0 is none.
      marginRate: 1 / (Number(decimal(symbol, 'marginDivider')) || 1),
      usesAccountLeverage: leveraged.has(text(symbol, 'marginCalculationMode')),
      raw: plainFields(symbol),
    };
  });
}

function sideOf(row: Fields): 'buy' | 'sell' | null {
  const command = commandOf(row);
  return command === 'buy' || command === 'sell' ? command : null;
}
