import { count, text } from '../mt5/wire';
import { type Market, type Tick } from '../fresh-market';
import { priceText, scaledPrice } from './amounts';
import { type CtraderContext, type CtraderSymbol } from './context';

export interface Quote {
  readonly bid: number;
  readonly ask: number;
  /** Milliseconds of server time; 0 when the quote does not say when it was. */
  readonly atMs: number;
}

/** Quotes by symbol, and the rates that follow from those of currency pairs. */
export interface Quotes {
  get(symbol: string): Quote | undefined;
  /** How much of `to` one unit of `from` is, in 1e-10; null when no quote tells. */
  rate(from: string, to: string): bigint | null;
}

/** Quotes come in 1/100,000 of a unit, whatever the symbol's digits. */
const spotScale = 100_000;
const rateScale = 10n ** 10n;
/** A symbol without a quote in this time has none: its market has not opened yet. */
const quoteWaitMs = 3_000;
const pivot = 'USD';

/** The symbols whose quotes are needed to turn one currency into another: the pair, or both by way of USD. */
export function symbolsToConvert(
  symbols: ReadonlyMap<string, CtraderSymbol>,
  from: string,
  to: string,
): string[] {
  if (from === to) return [];
  const legs = [
    [from, to],
    [from, pivot],
    [pivot, to],
  ];
  return [...symbols.values()]
    .filter(({ base, quote }) =>
      legs.some(([a, b]) => (base === a && quote === b) || (base === b && quote === a)),
    )
    .map(({ name }) => name);
}

/** Subscribes, waits until every symbol has told its price, and unsubscribes. */
export async function quotesOf(context: CtraderContext, names: readonly string[]): Promise<Quotes> {
  const symbols = await context.symbols();
  const wanted = new Map<string, CtraderSymbol>();
  for (const [id, symbol] of symbols) if (names.includes(symbol.name)) wanted.set(id, symbol);
  const seen = new Map<string, Quote & { readonly symbol: CtraderSymbol }>();
  if (wanted.size === 0) return readQuotes(seen);
  let complete: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (complete = resolve));
  const stop = context.manager.listen((name, fields) => {
    const symbol = name === 'SpotEvent' ? wanted.get(text(fields, 'symbolId')) : undefined;
    if (symbol === undefined) return;
    const bid = count(fields, 'bid') / spotScale;
    const ask = count(fields, 'ask') / spotScale;
    if (bid > 0 && ask > 0)
      seen.set(symbol.name, { bid, ask, atMs: count(fields, 'timestamp'), symbol });
    if (seen.size === wanted.size) complete();
  });
  const symbolId = [...wanted.keys()];
  try {
    await context.manager.request('SubscribeSpotQuotesReq', { symbolId });
    await Promise.race([all, wait(quoteWaitMs)]);
    await context.manager.request('UnsubscribeSpotQuotesReq', { symbolId });
  } finally {
    stop();
  }
  return readQuotes(seen);
}

/** The market now of these symbols, and what turns their profit into the accounts' currencies. */
export async function marketNow(
  context: CtraderContext,
  wanted: readonly { readonly symbol: string; readonly currency: string }[],
): Promise<Market> {
  const symbols = await context.symbols();
  const quoteOf = new Map([...symbols.values()].map(({ name, quote }) => [name, quote]));
  const names = wanted.flatMap(({ symbol, currency }) => [
    symbol,
    ...symbolsToConvert(symbols, quoteOf.get(symbol) ?? currency, currency),
  ]);
  const quotes = await quotesOf(context, [...new Set(names)]);
  const ticks = new Map<string, Tick>();
  for (const { symbol } of wanted) {
    const quote = quotes.get(symbol);
    if (quote) ticks.set(symbol, { bid: priceText(quote.bid), ask: priceText(quote.ask) });
  }
  return {
    ticks,
    rateOf: (symbol, currency) => {
      const quote = quoteOf.get(symbol);
      if (quote === undefined) return null;
      if (quote === currency) return '1';
      const rate = quotes.rate(quote, currency);
      return rate === null ? null : priceText(Number(rate) / Number(rateScale));
    },
  };
}

/** Turns an amount of one currency into another; without a rate it stays nothing, which is what is known of it. */
export function convert(amount: bigint, from: string, to: string, quotes: Quotes): bigint {
  if (from === to) return amount;
  const rate = quotes.rate(from, to);
  return rate === null ? 0n : (amount * rate) / rateScale;
}

function readQuotes(seen: ReadonlyMap<string, Quote & { readonly symbol: CtraderSymbol }>): Quotes {
  const direct = (from: string, to: string): bigint | null => {
    for (const { bid, ask, symbol } of seen.values()) {
      const middle = scaledPrice((bid + ask) / 2);
      if (symbol.base === from && symbol.quote === to) return middle;
      if (symbol.base === to && symbol.quote === from && middle > 0n) {
        return (rateScale * rateScale) / middle;
      }
    }
    return null;
  };
  return {
    get: (symbol) => seen.get(symbol),
    rate: (from, to) => {
      const pair = direct(from, to);
      if (pair !== null) return pair;
      const first = direct(from, pivot);
      const second = direct(pivot, to);
      return first === null || second === null ? null : (first * second) / rateScale;
    },
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
