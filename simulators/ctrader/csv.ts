import { formatMinor } from '../brokerage/amounts';
import type { Exchange } from '../brokerage/exchange';
import { ACTION, type Deal, type Position } from '../brokerage/records';
import { requireSymbol, volumeOf } from './wire';

/** Positions as WebServices reports them: comma separated, one header, times to the millisecond without a zone. */
const OPEN_COLUMNS =
  'login,positionId,openTimestamp,entryPrice,direction,volume,symbol,commission,swap,bookType,stake,spreadBetting,usedMargin';
const CLOSED_COLUMNS =
  'login,positionId,dealId,openTimestamp,closeTimestamp,entryPrice,closePrice,direction,volume,symbol,commission,swap,pnl,depositConversionRate,usdConversionRate,bookType,stake,spreadBetting';

export function openPositionsCsv(exchange: Exchange, positions: readonly Position[]): string {
  const rows = positions.map((position) => {
    const symbol = requireSymbol(position.symbol);
    const { leverage } = exchange.book.user(position.login);
    return [
      position.login,
      position.id,
      timestamp(position.createdMsc),
      price(position.openPoints, symbol.digits),
      position.action === ACTION.buy ? 'BUY' : 'SELL',
      volumeOf(symbol, position.volume) / 100,
      symbol.name,
      formatMinor(exchange.commissionOf(position.login, position.volume)),
      formatMinor(position.swapMinor ?? 0n),
      'BOOK_B',
      '0.0',
      'false',
      formatMinor(exchange.marginOf([position], leverage)),
    ].join(',');
  });
  return lines([OPEN_COLUMNS, ...rows]);
}

export function closedPositionsCsv(exchange: Exchange, closings: readonly Deal[]): string {
  const rows = closings.map((deal) => {
    const symbol = requireSymbol(deal.symbol);
    const opening = exchange.book
      .dealsOf(deal.login)
      .find((known) => known.positionId === deal.positionId && known.entry === 0);
    return [
      deal.login,
      deal.positionId,
      deal.ticket,
      timestamp(opening?.timeMsc ?? deal.timeMsc),
      timestamp(deal.timeMsc),
      price(deal.positionPoints, symbol.digits),
      price(deal.pricePoints, symbol.digits),
      deal.action === ACTION.buy ? 'SELL' : 'BUY',
      volumeOf(symbol, deal.volumeClosed) / 100,
      symbol.name,
      formatMinor(deal.commissionMinor),
      formatMinor(deal.swapMinor ?? 0n),
      formatMinor(deal.profitMinor),
      deal.rateProfit,
      '1.0',
      'BOOK_B',
      '0.0',
      'false',
    ].join(',');
  });
  return lines([CLOSED_COLUMNS, ...rows]);
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '');
}

function price(points: number, digits: number): string {
  return (points / 10 ** digits).toFixed(digits);
}

function lines(rows: readonly string[]): string {
  return `${rows.join('\n')}\n`;
}
