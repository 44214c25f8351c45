import type { Quote } from '../market/market';
import type { Week } from '../market/calendar';
import type { SymbolSpec } from '../market/symbols';
import { priceToWire, volumeExt, type WireRecord } from './wire';

/** Fields of a symbol that mean nothing here; clients read them all the same, and stumble where one is missing. */
const EMPTY = ['ISIN', 'International', 'Basis', 'Source', 'Page', 'Category', 'Exchange', 'CFI'];
const ZERO = [
  ...['Color', 'ColorBackground', 'Sector', 'Industry'],
  ...['TickFlags', 'TickBookDepth', 'TickChartMode'],
  ...['FilterSoft', 'FilterSoftTicks', 'FilterHard', 'FilterHardTicks', 'FilterDiscard'],
  ...['FilterSpreadMax', 'FilterSpreadMin', 'FilterGap', 'FilterGapTicks'],
  ...['TradeFlags', 'GTCMode', 'StopsLevel', 'FreezeLevel', 'QuotesTimeout'],
  ...['SpreadBalance', 'SpreadDiff', 'SpreadDiffBalance', 'VolumeLimit', 'VolumeLimitExt'],
  ...['MarginFlags', 'TimeStart', 'TimeExpiration'],
  ...['REFlags', 'RETimeout', 'IECheckMode', 'IETimeout', 'IESlipProfit', 'IESlipLosing'],
  ...['IEVolumeMax', 'IEVolumeMaxExt', 'OptionMode', 'SpliceType', 'SpliceTimeType'],
  ...['SpliceTimeDays'],
];
const NONE = [
  ...['MarginLiquidity', 'MarginCurrency', 'FaceValue', 'AccruedInterest'],
  ...['PriceSettle', 'PriceLimitMax', 'PriceLimitMin', 'PriceStrike'],
  ...['MarginInitialBuyLimit', 'MarginInitialSellLimit', 'MarginInitialBuyStop'],
  ...['MarginInitialSellStop', 'MarginInitialBuyStopLimit', 'MarginInitialSellStopLimit'],
  ...['MarginMaintenanceBuy', 'MarginMaintenanceSell'],
];

/** How margin and profit are calculated. */
const FOREX = '0';
const CFD_WITH_LEVERAGE = '4';
/** Swaps in points. */
const SWAP_BY_POINTS = '1';

export interface SymbolTerms {
  week: Week;
  marginRate: number;
}

export function symbolToWire(symbol: SymbolSpec, { week, marginRate }: SymbolTerms): WireRecord {
  const tick = (10 ** -symbol.digits).toFixed(symbol.digits);
  const named = (names: readonly string[], value: string): WireRecord =>
    Object.fromEntries(names.map((name) => [name, value]));
  return {
    Symbol: symbol.name,
    Path: symbol.path,
    Description: symbol.description,
    ...named(EMPTY, ''),
    ...named(ZERO, '0'),
    ...named(NONE, '0.00'),
    CurrencyBase: symbol.base.length === 3 ? symbol.base : symbol.quote,
    CurrencyBaseDigits: '2',
    CurrencyProfit: symbol.quote,
    CurrencyProfitDigits: '2',
    CurrencyMargin: symbol.base.length === 3 ? symbol.base : symbol.quote,
    CurrencyMarginDigits: '2',
    Digits: String(symbol.digits),
    Point: tick,
    Multiply: (10 ** symbol.digits).toFixed(2),
    TradeMode: '4',
    CalcMode: symbol.contractSize === 100_000 ? FOREX : CFD_WITH_LEVERAGE,
    ExecMode: '2',
    FillFlags: '3',
    ExpirFlags: '15',
    OrderFlags: '127',
    Spread: String(symbol.spreadPoints),
    TickValue: '0.00000',
    TickSize: '0.00000',
    ContractSize: symbol.contractSize.toFixed(2),
    VolumeMin: '100',
    VolumeMinExt: volumeExt(100),
    VolumeMax: '10000000',
    VolumeMaxExt: volumeExt(10_000_000),
    VolumeStep: '100',
    VolumeStepExt: volumeExt(100),
    MarginInitial: '0.00',
    MarginMaintenance: '0.00',
    MarginInitialBuy: marginRate.toFixed(2),
    MarginInitialSell: marginRate.toFixed(2),
    MarginHedged: symbol.contractSize.toFixed(2),
    SwapMode: SWAP_BY_POINTS,
    SwapLong: (symbol.swap.longTenths / 10).toFixed(2),
    SwapShort: (symbol.swap.shortTenths / 10).toFixed(2),
    Swap3Day: String(symbol.swap.tripleDay),
    SessionsQuotes: alwaysOpen(),
    SessionsTrades: week.map((sessions) =>
      sessions.map(([from, to]) => ({ Open: String(from), Close: String(to) })),
    ),
  };
}

/** Seven days from Sunday, each a list of sessions in minutes. */
function alwaysOpen(): WireRecord[][] {
  return Array.from({ length: 7 }, () => [{ Open: '0', Close: '1440' }]);
}

export function tickToWire(symbol: SymbolSpec, quote: Quote, serverMsc: number): WireRecord {
  return {
    Symbol: symbol.name,
    Digits: String(symbol.digits),
    Datetime: String(Math.floor(serverMsc / 1000)),
    DatetimeMsc: String(serverMsc),
    Bid: priceToWire(quote.bidPoints, symbol.digits),
    Ask: priceToWire(quote.askPoints, symbol.digits),
    Last: priceToWire(0, symbol.digits),
    Volume: '0',
    VolumeReal: '0.00',
  };
}
