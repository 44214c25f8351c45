import { rateByQuote } from '../trading/profit-rate';
import type { ExchangeRate } from './exchange';

/** The latest market of a pair of currencies on one server. */
export interface MarketRate {
  readonly serverId: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly bid: string;
  readonly ask: string;
  /** RFC 3339: when the server had it. */
  readonly at: string;
}

/** A server's clock may be so much ahead of ours. */
const aheadMsMax = 5_000;

/**
 * The middle of the newest market of the pair, as it is or turned round; its source names server and symbol.
 * `missing`: no server quotes the pair; `stale`: none has a market as young as it must be.
 */
export function rateOf(
  markets: readonly MarketRate[],
  asked: {
    readonly from: string;
    readonly to: string;
    /** RFC 3339. */
    readonly now: string;
    readonly ageSecondsMax: number;
  },
): ExchangeRate | 'missing' | 'stale' {
  const { from, to } = asked;
  const ofPair = markets.filter(
    ({ base, quote }) => (base === from && quote === to) || (base === to && quote === from),
  );
  const [newest] = [...ofPair].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  if (newest === undefined) return 'missing';
  const ageMs = Date.parse(asked.now) - Date.parse(newest.at);
  if (ageMs > asked.ageSecondsMax * 1_000 || ageMs < -aheadMsMax) return 'stale';
  const isAsIs = newest.base === from;
  const rate = rateByQuote(newest, isAsIs ? 'as_is' : 'turned_round');
  if (rate === null || Number(rate) === 0) return 'missing';
  const source = `${newest.serverId} ${newest.symbol}${isAsIs ? '' : ', turned round'}`;
  return { from, to, rate, source, at: newest.at };
}
