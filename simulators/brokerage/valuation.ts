import { nightsOf } from '../market/calendar';
import type { SymbolSpec } from '../market/symbols';
import { CURRENCY_DIGITS, divideRounded } from './amounts';
import { ACTION } from './records';

/** The book's volumes count 10,000 a lot. */
export const LOT = 10_000;
export const RATE_SCALE = 100_000_000;

/** Price difference × contract size × lots × RateProfit, in integers throughout and rounded once, to the minor unit. */
export function profitMinor(
  symbol: SymbolSpec,
  position: { action: number; openPoints: number },
  closePoints: number,
  volume: number,
  rateProfit: number,
): bigint {
  const moved =
    position.action === ACTION.buy
      ? closePoints - position.openPoints
      : position.openPoints - closePoints;
  return moneyOf(symbol, BigInt(moved), 1n, volume, rateProfit);
}

/** What one rollover at the end of a day (0 is Sunday) charges or brings, below zero when the holder pays. */
export function nightMinor(
  symbol: SymbolSpec,
  position: { action: number; volume: number },
  day: number,
  rateProfit: number,
): bigint {
  const { longTenths, shortTenths } = symbol.swap;
  const tenths = position.action === ACTION.buy ? longTenths : shortTenths;
  const points = BigInt(tenths * nightsOf(symbol, day));
  return moneyOf(symbol, points, 10n, position.volume, rateProfit);
}

/** Points, in parts of a point, of a volume in the account's currency. */
function moneyOf(
  symbol: SymbolSpec,
  points: bigint,
  parts: bigint,
  volume: number,
  rateProfit: number,
): bigint {
  const scaledRate = BigInt(Math.round(rateProfit * RATE_SCALE));
  const top = points * BigInt(symbol.contractSize) * BigInt(volume) * scaledRate;
  const bottom = parts * 10n ** BigInt(symbol.digits) * BigInt(LOT) * BigInt(RATE_SCALE);
  return divideRounded(top * 10n ** BigInt(CURRENCY_DIGITS), bottom);
}
