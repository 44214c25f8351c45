import { exponentOf } from '../../../domain/money';
import {
  type Position,
  type SymbolQuote,
  type TradingGroup,
  type TradingSymbol,
} from '../../../domain/trading/account';
import { toUtcIso } from '../../../domain/trading/server-clock';
import { type Fields, MalformedAnswer, record } from '../fields';
import { count, integer, requiredId, text } from '../mt5/wire';
import { type LoginOrGroup } from '../port';
import { lotVolume, priceText, scaledPrice } from './amounts';
import {
  chunkOf,
  type CtraderContext,
  type CtraderSymbol,
  readChunks,
  type Trader,
} from './context';
import { pairName } from './group-name';
import { amountOf, flat, hundredths } from './normalise';
import { convert, type Quotes, quotesOf, symbolsToConvert } from './quotes';

const open = 1;

/** Open positions of a log-in or of every log-in in a group, valued at the server's quotes of this moment. */
export async function positions(context: CtraderContext, of: LoginOrGroup): Promise<Position[]> {
  const only = 'login' in of ? await context.traderOfLogin(of.login) : null;
  const { now, clock } = await context.measure();
  const window = { fromMs: 0, toMs: now.serverTimeMsc + 86_400_000 };
  const read = await readChunks(window, async ({ fromMs, toMs }) => {
    const answer = await context.manager.request('PositionListReq', {
      ...(only === null ? {} : { traderId: only.traderId }),
      fromTimestamp: fromMs,
      toTimestamp: toMs,
    });
    return positionsChunk(answer);
  });
  const rows = [...new Map(read.map((row) => [requiredId(row, 'positionId'), row])).values()];
  const traders = await context.tradersById(rows.map((row) => text(tradeOf(row), 'traderId')));
  const symbols = await context.symbols();
  const known: { row: Fields; trader: Trader; symbol: CtraderSymbol }[] = [];
  for (const row of rows) {
    const trader = traders.get(text(tradeOf(row), 'traderId'));
    const symbol = symbols.get(text(tradeOf(row), 'symbolId'));
    if (trader === undefined || symbol === undefined) {
      throw new MalformedAnswer('a position is of an unknown account or symbol');
    }
    if (count(row, 'positionStatus') !== open) continue;
    if ('group' in of && (await context.groupOf(trader)) !== of.group) continue;
    known.push({ row, trader, symbol });
  }
  const wanted = known.flatMap(({ symbol, trader }) => [
    symbol.name,
    ...symbolsToConvert(symbols, symbol.quote, trader.currency),
  ]);
  const quotes = await quotesOf(context, wanted);
  return known.map(({ row, trader, symbol }) => {
    const trade = tradeOf(row);
    const side = sideOf(trade);
    const volume = integer(trade, 'volume');
    const lotSize = integer(trade, 'lotSize') || symbol.lotSize;
    const entry = typeof row.price === 'number' ? row.price : 0;
    const quote = quotes.get(symbol.name);
    const priceCurrent = (side === 'buy' ? quote?.bid : quote?.ask) ?? entry;
    const moved = scaledPrice(priceCurrent) - scaledPrice(entry);
    return {
      server: context.serverId,
      positionId: requiredId(row, 'positionId'),
      login: trader.login,
      symbol: symbol.name,
      side,
      volume: lotVolume(volume, lotSize),
      contractSize: hundredths(lotSize),
      priceOpen: priceText(entry),
      priceCurrent: priceText(priceCurrent),
      profitMinor: profitOf({
        moved: side === 'buy' ? moved : -moved,
        volume,
        symbol,
        trader,
        quotes,
      }),
      swapMinor: amountOf(row, 'swap', trader),
      currency: trader.currency,
      openedAt: toUtcIso(clock, count(trade, 'openTimestamp')),
      comment: text(trade, 'comment'),
      raw: { ...flat(row), ...flat(trade) },
    };
  });
}

/** A quote that does not say when it was may be of before the weekend: it is none. */
export async function symbolQuotes(
  context: CtraderContext,
  symbols: readonly string[],
): Promise<SymbolQuote[]> {
  const clock = await context.clock();
  const quotes = await quotesOf(context, symbols);
  return symbols.flatMap((symbol) => {
    const quote = quotes.get(symbol);
    if (quote === undefined || quote.atMs === 0) return [];
    const [bid, ask] = [priceText(quote.bid), priceText(quote.ask)];
    return [{ symbol, bid, ask, at: toUtcIso(clock, quote.atMs) }];
  });
}

export async function tradingGroups(context: CtraderContext): Promise<TradingGroup[]> {
  const assets = [...(await context.assets()).values()].filter((row) => row.depositAsset === true);
  const groups: TradingGroup[] = [];
  for (const group of (await context.groups()).values()) {
    for (const asset of assets) {
      const currency = text(asset, 'name');
      const stopOut = group.marginStopout;
      groups.push({
        name: pairName({ name: text(group, 'name'), currency }),
        currency,
        currencyDigits: count(asset, 'digits'),
        marginMode: 'hedging',
        // A margin call is each trader's own setting at cTrader.
        marginCall: '0',
        stopOut: typeof stopOut === 'number' ? priceText(stopOut) : '0',
        defaultLeverage: null,
      });
    }
  }
  return groups;
}

export async function tradingSymbols(context: CtraderContext): Promise<TradingSymbol[]> {
  return [...(await context.symbols()).values()].map((symbol) => ({
    name: symbol.name,
    digits: symbol.digits,
    contractSize: hundredths(symbol.lotSize),
    baseCurrency: symbol.base,
    profitCurrency: symbol.quote,
    marginCurrency: symbol.base,
    // cTrader's tiers of leverage are in no message that is read here.
    marginRate: 1,
    usesAccountLeverage: true,
    raw: flat(symbol.fields),
  }));
}

/** What a position has won so far: an estimate at the market, never posted. */
function profitOf(of: {
  readonly moved: bigint;
  readonly volume: bigint;
  readonly symbol: CtraderSymbol;
  readonly trader: Trader;
  readonly quotes: Quotes;
}): bigint {
  // Prices are in 1e-10 and volumes in 1e-2, so this is money in 1e-12.
  const inQuote = of.moved * of.volume;
  const inDeposit = convert(inQuote, of.symbol.quote, of.trader.currency, of.quotes);
  return inDeposit / 10n ** BigInt(12 - exponentOf(of.trader.currency));
}

function positionsChunk(answer: Fields) {
  if (answer.hasMore !== true) return chunkOf(answer, 'position', 'openTimestamp');
  const rows = Array.isArray(answer.position) ? answer.position : [];
  const timed = rows.map((row: unknown) => {
    const fields = record(row, 'a position');
    return { ...fields, openTimestamp: tradeOf(fields).openTimestamp };
  });
  return chunkOf({ ...answer, position: timed }, 'position', 'openTimestamp');
}

function tradeOf(row: Fields): Fields {
  return record(row.tradeData, 'the trade of a position');
}

function sideOf(trade: Fields): 'buy' | 'sell' {
  const side = count(trade, 'tradeSide');
  if (side !== 1 && side !== 2) throw new MalformedAnswer('a position is neither buy nor sell');
  return side === 1 ? 'buy' : 'sell';
}
