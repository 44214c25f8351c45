import { exponentOf } from '../money';

/** Digits of a rate after the point, as the deal's column keeps it. */
const rateDigits = 10;
const priceDigits = 10;
const sizeDigits = 8;
const volumeDigits = 8;
/** With less money than this the rounding to the minor unit says more than the rate. */
const profitMinorMin = 10_000n;

/**
 * The rate from a symbol's profit currency to the account's that a closed trade's own money implies: profit ÷ (price
 * difference × contract size × lots). Null when prices or money are too close to nothing to tell.
 */
export function impliedProfitRate(trade: {
  /** Side of the position, not of the deal that closed it. */
  readonly side: 'buy' | 'sell';
  readonly priceOpen: string;
  readonly priceClose: string;
  readonly contractSize: string;
  /** In 1e-8 lots. */
  readonly volume: bigint;
  readonly profitMinor: bigint;
  readonly currency: string;
}): string | null {
  const risen = scaled(trade.priceClose, priceDigits) - scaled(trade.priceOpen, priceDigits);
  const moved = trade.side === 'buy' ? risen : -risen;
  const inQuote = moved * scaled(trade.contractSize, sizeDigits) * trade.volume;
  const size = trade.profitMinor < 0n ? -trade.profitMinor : trade.profitMinor;
  if (inQuote === 0n || size < profitMinorMin) return null;
  const scale = 10n ** BigInt(priceDigits + sizeDigits + volumeDigits + rateDigits);
  const rate = (trade.profitMinor * scale) / (inQuote * 10n ** BigInt(exponentOf(trade.currency)));
  return rate > 0n ? written(rate) : null;
}

/** `base per deposit ÷ quote per base`: what one unit of the quote currency is in the account's. */
export function rateByBase(baseToAccount: string, price: string): string | null {
  const base = scaled(baseToAccount, rateDigits);
  const quote = scaled(price, priceDigits);
  return base > 0n && quote > 0n ? written((base * 10n ** BigInt(priceDigits)) / quote) : null;
}

/** The middle of bid and ask as a rate, or turned round. Null when there is no market. */
export function rateByQuote(
  { bid, ask }: { readonly bid: string; readonly ask: string },
  direction: 'as_is' | 'turned_round',
): string | null {
  const middle = (scaled(bid, rateDigits) + scaled(ask, rateDigits)) / 2n;
  if (middle <= 0n) return null;
  return written(direction === 'as_is' ? middle : 10n ** BigInt(2 * rateDigits) / middle);
}

function scaled(decimal: string, digits: number): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const value = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  return decimal.startsWith('-') ? -value : value;
}

function written(rate: bigint): string {
  const text = rate.toString().padStart(rateDigits + 1, '0');
  return `${text.slice(0, -rateDigits)}.${text.slice(-rateDigits)}`.replace(/\.?0+$/, '');
}
