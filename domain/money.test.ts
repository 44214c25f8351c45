import { cryptoCurrencies, exponents, isoCurrencies, withdrawnExponents } from './currencies';
import {
  currencies,
  exponentOf,
  formatAmount,
  hasMinorUnits,
  InvalidAmount,
  isCurrency,
  parseAmount,
} from './money';

describe('minor units', () => {
  it.each([
    ['JPY', 0],
    ['EUR', 2],
    ['HUF', 2],
    ['IDR', 2],
    ['IQD', 3],
    ['KWD', 3],
    ['CLF', 4],
    ['USDT', 6],
    ['BTC', 8],
    ['ETH', 18],
  ])('%s has %i digits after the point', (currency, digits) => {
    expect(exponentOf(currency)).toBe(digits);
  });

  it('lists each code once, ISO codes of three letters apart from crypto', () => {
    expect(exponents.size).toBe(isoCurrencies.length + cryptoCurrencies.length);
    expect(currencies).toHaveLength(exponents.size);
    expect(isoCurrencies.every((code) => /^[A-Z]{3}$/.test(code))).toBe(true);
  });

  // The runtime's own list lags and leads by a few codes; money without minor unit is left out on purpose.
  it('knows every currency that the runtime knows', () => {
    const noMinorUnit = new Set(['XDR', 'XSU']);
    const missing = Intl.supportedValuesOf('currency').filter(
      (code) => !exponents.has(code) && !noMinorUnit.has(code),
    );
    expect(missing).toEqual([]);
  });

  it.each(['XAU', 'XXX', 'eur', 'toString', ''])('does not know "%s"', (code) => {
    expect(() => exponentOf(code)).toThrow('is not a currency');
  });

  it('reads amounts of a currency that is no more, and lets nobody hold money in it', () => {
    expect(parseAmount('84349.74', 'DEM')).toBe(8_434_974n);
    expect(['DEM', 'EUR', 'XXX'].map(hasMinorUnits)).toEqual([true, true, false]);
    expect(isCurrency('DEM')).toBe(false);
    expect([...withdrawnExponents.keys()].filter((code) => exponents.has(code))).toEqual([]);
  });
});

describe('amounts', () => {
  it.each([
    ['12.34', 'EUR', 1234n],
    ['1000', 'JPY', 1000n],
    ['-0.001', 'KWD', -1n],
    ['1', 'ETH', 1_000_000_000_000_000_000n],
    ['0.000000000000000001', 'ETH', 1n],
    ['12.3400', 'EUR', 1234n],
  ])('%s %s is read and written exactly', (text, currency, minor) => {
    expect(parseAmount(text, currency)).toBe(minor);
    expect(parseAmount(formatAmount(minor, currency), currency)).toBe(minor);
  });

  it('refuses what a numeric(38,0) cannot keep', () => {
    expect(parseAmount('9'.repeat(20), 'ETH')).toBe(BigInt('9'.repeat(20)) * 10n ** 18n);
    expect(() => parseAmount('9'.repeat(21), 'ETH')).toThrow(InvalidAmount);
    expect(() => parseAmount('9'.repeat(37), 'EUR')).toThrow(InvalidAmount);
  });

  it('refuses what is finer than the minor unit', () => {
    expect(() => parseAmount('1.001', 'EUR')).toThrow('EUR has 2 digits after the point');
  });
});
