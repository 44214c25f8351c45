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
}

export const SYMBOLS: readonly SymbolSpec[] = [
  fx('EURUSD', 'Euro vs US Dollar', 5, 108_400, 12, 0.08),
  fx('GBPUSD', 'Pound Sterling vs US Dollar', 5, 127_100, 16, 0.09),
  fx('USDJPY', 'US Dollar vs Japanese Yen', 3, 151_250, 14, 0.1),
  fx('USDCHF', 'US Dollar vs Swiss Franc', 5, 88_600, 17, 0.08),
  fx('AUDUSD', 'Australian Dollar vs US Dollar', 5, 65_700, 15, 0.1),
  cfd('XAUUSD', 'Metals', 'Gold vs US Dollar', 'USD', 2, 100, 234_150, 28, 0.16),
  cfd('GER40', 'Indices', 'Germany 40 index', 'EUR', 1, 1, 183_200, 14, 0.18),
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
): SymbolSpec {
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
