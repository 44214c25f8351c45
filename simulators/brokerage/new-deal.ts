import type { SymbolSpec } from '../market/symbols';
import type { Deal } from './records';

/** A deal of nothing yet. */
export function blankDeal(ticket: number, login: number, timeMsc: number): Deal {
  return {
    ticket,
    login,
    dealer: 0,
    order: 0,
    action: 0,
    entry: 0,
    reason: 0,
    timeMsc,
    symbol: '',
    pricePoints: 0,
    volume: 0,
    volumeClosed: 0,
    profitMinor: 0n,
    commissionMinor: 0n,
    rateProfit: 0,
    rateMargin: 0,
    positionId: 0,
    positionPoints: 0,
    comment: '',
    bidPoints: 0,
    askPoints: 0,
    modifyFlags: 0,
  };
}

export function pricedAt(
  symbol: SymbolSpec,
  pricePoints: number,
  quote: { bidPoints: number; askPoints: number },
): Pick<Deal, 'symbol' | 'pricePoints' | 'bidPoints' | 'askPoints'> {
  return { symbol: symbol.name, pricePoints, ...quote };
}

/** MT5 keeps the first UTF-16 units and says nothing; half a surrogate pair is dropped, for it has no UTF-8 form. */
export function cutComment(comment: string, chars: number): string {
  return comment.slice(0, chars).replace(/[\uD800-\uDBFF]$/, '');
}
