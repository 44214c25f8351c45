import { rateByQuote } from '../../../domain/trading/profit-rate';
import { record } from '../fields';
import { type Market, type Tick } from '../fresh-market';
import { type Mt4Context } from './context';
import { decimal, moment, text, whole } from './wire';

/**
 * The market now of these symbols, and of the pairs that turn their profit into the accounts' currencies. MT4 has
 * pairs of both directions under their plain names; a broker's suffix is that of the symbol itself.
 */
export async function marketNow(
  context: Mt4Context,
  wanted: readonly { readonly symbol: string; readonly currency: string }[],
): Promise<Market> {
  const symbols = await context.symbols();
  const profitOf = (name: string): string => {
    const symbol = symbols.get(name);
    return symbol === undefined ? '' : text(symbol, 'currency');
  };
  const pairsOf = (name: string, currency: string) => {
    const profit = profitOf(name);
    const suffix = /^[A-Z]{6}(.*)$/.exec(name)?.[1] ?? '';
    return [
      { pair: `${profit}${currency}${suffix}`, direction: 'as_is' as const },
      { pair: `${currency}${profit}${suffix}`, direction: 'turned_round' as const },
    ].filter(({ pair }) => symbols.has(pair));
  };
  const names = new Set(
    wanted.flatMap(({ symbol, currency }) => [
      symbol,
      ...pairsOf(symbol, currency).map(({ pair }) => pair),
    ]),
  );
  const ticks = new Map<string, Tick>();
  for (const name of names) {
    const tick = await tickOf(context, name, whole(symbols.get(name) ?? {}, 'digits'));
    if (tick !== null) ticks.set(name, tick);
  }
  return {
    ticks,
    rateOf: (symbol, currency) => {
      if (profitOf(symbol) === currency) return '1';
      for (const { pair, direction } of pairsOf(symbol, currency)) {
        const tick = ticks.get(pair);
        const rate = tick === undefined ? null : rateByQuote(tick, direction);
        if (rate !== null) return rate;
      }
      return null;
    },
  };
}

/** The last tick of a symbol, with milliseconds of server time; 0 when it has none. */
export async function tickOf(
  context: Mt4Context,
  symbol: string,
  digits: number,
): Promise<(Tick & { readonly atMs: number }) | null> {
  const answer = await context.session.readOrNull({ path: ['TickInfoLast', symbol] });
  if (answer === null) return null;
  const rows: readonly unknown[] = Array.isArray(answer.data) ? answer.data : [answer.data];
  const last = rows.at(-1);
  if (last === undefined || last === null) return null;
  const fields = record(last, 'a tick');
  return {
    bid: decimal(fields, 'bid', digits),
    ask: decimal(fields, 'ask', digits),
    atMs: moment(fields, 'time'),
  };
}
