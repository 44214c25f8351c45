import { assetClassOf } from './asset-class';
import { breachInWords, breachKey, leverageBreaches, type LeveragedAccount } from './breach';
import { type LeverageParameters } from './caps';
import { marginAfter, marginInWords } from './margin-rule';
import { leverageRegimes } from './regimes';
import { shippedResidences, shippedSymbolClasses } from './residences';

const shipped = { residences: shippedResidences, symbolClasses: shippedSymbolClasses };
const cysec: LeverageParameters = { ...leverageRegimes.cysec, ...shipped };
const offshore: LeverageParameters = { ...leverageRegimes.offshore, ...shipped };

const symbol = (name: string, baseCurrency: string, profitCurrency: string, marginRate = 1) => ({
  name,
  baseCurrency,
  profitCurrency,
  marginRate,
  usesAccountLeverage: true,
});
const eurusd = symbol('EURUSD', 'EUR', 'USD');
const audusd = symbol('AUDUSD', 'AUD', 'USD');
const gold = symbol('XAUUSD.m', 'USD', 'USD');

describe('the class of a symbol', () => {
  it.each([
    [eurusd, 'fx_major'],
    [symbol('USDCHF.pro', 'USD', 'CHF'), 'fx_major'],
    [audusd, 'fx_minor'],
    [gold, 'gold'],
    [symbol('XAUUSD', 'XAU', 'USD'), 'gold'],
    [symbol('GER40', 'EUR', 'EUR'), 'index_major'],
    [symbol('btcusd', 'BTC', 'USD'), 'crypto'],
    [symbol('AAPL', 'USD', 'USD'), 'other'],
  ] as const)('%#', (traits, expected) => {
    expect(assetClassOf(traits, shipped)).toBe(expected);
  });
});

describe('a breach of leverage', () => {
  const retail: LeveragedAccount = {
    category: 'retail',
    residence: 'DE',
    leverage: 30,
    rule: { group: 'real\\cy-usd-std', callPercent: 100, stopOutPercent: 50 },
    held: [eurusd],
  };
  const codes = (parameters: LeverageParameters, account: LeveragedAccount): string[] =>
    leverageBreaches(parameters, account).map(({ code }) => code);

  it('is none within the caps', () => {
    expect(codes(cysec, retail)).toEqual([]);
    expect(codes(cysec, { ...retail, held: [{ ...gold, marginRate: 1.5 }] })).toEqual([]);
  });

  it('is more on the account than anybody’s rules give', () => {
    const [breach] = leverageBreaches(offshore, { ...retail, leverage: 500 });
    expect(breach).toMatchObject({ code: 'LEVERAGE_ABOVE_CAP', seen: 500, allowed: 30 });
    expect(breach && breachInWords(breach)).toBe(
      '1:500 on the account, 1:30 allowed (ESMA 2018/796; CySEC PS-04-2019)',
    );
    const african = { ...retail, residence: 'KE', leverage: 500 };
    expect(codes(offshore, african)).toEqual([]);
  });

  it('is found in the margin of a symbol that is held', () => {
    expect(leverageBreaches(cysec, { ...retail, held: [eurusd, audusd, gold] })).toMatchObject([
      { code: 'SYMBOL_LEVERAGE_ABOVE_CAP', of: 'AUDUSD (fx_minor)', seen: 30, allowed: 20 },
      { code: 'SYMBOL_LEVERAGE_ABOVE_CAP', of: 'XAUUSD.m (gold)', seen: 30, allowed: 20 },
    ]);
    const own = { ...gold, marginRate: 0.01, usesAccountLeverage: false };
    expect(leverageBreaches(cysec, { ...retail, held: [own] })).toMatchObject([{ seen: 100 }]);
  });

  it('is a position in a class that is closed to retail clients', () => {
    const british = { ...retail, residence: 'GB', held: [symbol('BTCUSD', 'BTC', 'USD', 100)] };
    expect(codes(offshore, british)).toEqual(['ASSET_CLASS_CLOSED']);
  });

  it('is a stop-out below the close-out that protects retail clients', () => {
    const low = { ...retail, rule: { group: 'off', callPercent: 80, stopOutPercent: 20 } };
    expect(codes(offshore, low)).toEqual(['STOP_OUT_TOO_LOW']);
    expect(codes(offshore, { ...low, residence: 'KE' })).toEqual([]);
    expect(codes(cysec, { ...low, category: 'professional' })).toEqual([]);
    expect(codes(cysec, { ...retail, rule: null })).toEqual([]);
  });

  it('has the same key in any order, and another when a figure changes', () => {
    const both = { ...retail, held: [audusd, gold] };
    const key = breachKey(leverageBreaches(cysec, both));
    expect(breachKey(leverageBreaches(cysec, { ...both, held: [gold, audusd] }))).toBe(key);
    expect(breachKey(leverageBreaches(cysec, { ...both, leverage: 25 }))).not.toBe(key);
  });
});

describe('the margin rule', () => {
  const rule = { group: 'real\\cy-usd-std', callPercent: 100, stopOutPercent: 50 };
  const account = { equityMinor: 100_000n, marginMinor: 40_000n, leverage: 100 };

  it('says where an account would stand with another leverage', () => {
    const after = marginAfter({ ...account, leverageAsked: 30 }, rule);
    expect(after).toEqual({ levelPercent: 75, overCall: -25, overStopOut: 25 });
    expect(marginInWords(after, rule)).toBe(
      'margin level 75 % after it; margin call 100 %, stop-out 50 % (group real\\cy-usd-std)',
    );
  });

  it('has nothing to say where nothing is margined', () => {
    const after = marginAfter({ ...account, marginMinor: 0n, leverageAsked: 30 }, rule);
    expect(after).toBeNull();
  });
});
