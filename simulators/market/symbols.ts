import { TRIPLE_DAY, weekdays, type Week } from './calendar';

/** What holding a lot over night costs (below zero) or brings, in tenths of a point. */
export interface SwapTerms {
  longTenths: number;
  shortTenths: number;
  /** The day whose rollover charges three nights, 0 is Sunday. */
  tripleDay: number;
}

/** A traded instrument. Prices are integers of points: EURUSD 1.08123 is 108123 points at 5 digits. */
export interface SymbolSpec {
  name: string;
  path: string;
  description: string;
  base: string;
  quote: string;
  digits: number;
  contractSize: number;
  /** Middle of the seeded walk, in points. */
  centrePoints: number;
  /** Ordinary spread, in points. */
  spreadPoints: number;
  /** Yearly volatility of the walk, as a fraction. */
  volatility: number;
  swap: SwapTerms;
  /** When it trades, in minutes of trading days. */
  hours: Week;
}

const FRIDAY = 5;
/** The minutes around the rollover are nobody's. */
const CURRENCY_HOURS = weekdays([5, 1435]);
/** Metals rest for an hour a day, indices for two and a half. */
const METAL_HOURS = weekdays([60, 1435]);
const INDEX_HOURS = weekdays([75, 1365]);

export const SYMBOLS: readonly SymbolSpec[] = [
  fx('EURUSD', 'Euro vs US Dollar', 5, 108_400, 12, 0.08, [-73, 31]),
  fx('GBPUSD', 'Pound Sterling vs US Dollar', 5, 127_100, 16, 0.09, [-32, -18]),
  fx('USDJPY', 'US Dollar vs Japanese Yen', 3, 151_250, 14, 0.1, [86, -174]),
  fx('USDCHF', 'US Dollar vs Swiss Franc', 5, 88_600, 17, 0.08, [52, -109]),
  fx('AUDUSD', 'Australian Dollar vs US Dollar', 5, 65_700, 15, 0.1, [-36, 7]),
  {
    ...cfd('XAUUSD', 'Metals', 'Gold vs US Dollar', 'USD', 2, 100, 234_150, 28, 0.16),
    swap: { longTenths: -385, shortTenths: 210, tripleDay: TRIPLE_DAY },
    hours: METAL_HOURS,
  },
  {
    ...cfd('GER40', 'Indices', 'Germany 40 index', 'EUR', 1, 1, 183_200, 14, 0.18),
    swap: { longTenths: -115, shortTenths: 21, tripleDay: FRIDAY },
    hours: INDEX_HOURS,
  },
];

export function findSymbol(name: string): SymbolSpec | undefined {
  return SYMBOLS.find((symbol) => symbol.name === name.toUpperCase());
}

function fx(
  name: string,
  description: string,
  digits: number,
  centrePoints: number,
  spreadPoints: number,
  volatility: number,
  [longTenths, shortTenths]: readonly [number, number],
): SymbolSpec {
  return {
    name,
    path: `Forex\\${name}`,
    description,
    base: name.slice(0, 3),
    quote: name.slice(3),
    digits,
    contractSize: 100_000,
    centrePoints,
    spreadPoints,
    volatility,
    swap: { longTenths, shortTenths, tripleDay: TRIPLE_DAY },
    hours: CURRENCY_HOURS,
  };
}

function cfd(
  name: string,
  folder: string,
  description: string,
  quote: string,
  digits: number,
  contractSize: number,
  centrePoints: number,
  spreadPoints: number,
  volatility: number,
): Omit<SymbolSpec, 'swap' | 'hours'> {
  return {
    name,
    path: `${folder}\\${name}`,
    description,
    base: name,
    quote,
    digits,
    contractSize,
    centrePoints,
    spreadPoints,
    volatility,
  };
}
