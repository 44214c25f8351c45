import fc from 'fast-check';
import { accountLeverageCap, assetClasses, checkLeverage, leverageCap } from './caps';
import { leverageRegimes } from './regimes';

describe('retail caps', () => {
  it.each([
    ['cysec', [30, 20, 20, 20, 10, 10, 5, 2, 5]],
    ['fca', [30, 20, 20, 20, 10, 10, 5, null, 5]],
    ['asic', [30, 20, 20, 20, 10, 10, 5, 2, 5]],
    ['nfa', [50, 20, null, null, null, null, null, null, null]],
    ['jfsa', [25, 25, 25, 25, 25, 25, 25, 25, 25]],
    ['offshore', [500, 500, 500, 500, 500, 500, 500, 500, 500]],
  ] as const)('of %s', (regime, expected) => {
    const order = [
      'fx_major',
      'fx_minor',
      'gold',
      'index_major',
      'index_minor',
      'commodity',
      'equity',
      'crypto',
      'other',
    ] as const;
    expect(order.map((each) => leverageCap(leverageRegimes[regime], 'retail', each))).toEqual(
      expected,
    );
  });
});

describe('checkLeverage', () => {
  const { cysec, fca, mas } = leverageRegimes;
  it.each([
    [cysec, 'retail', 'fx_major', 30, { allowed: true, cap: 30 }],
    [cysec, 'retail', 'fx_major', 31, { allowed: false, cap: 30, code: 'LEVERAGE_ABOVE_CAP' }],
    [cysec, 'professional', 'fx_major', 300, { allowed: true, cap: 300 }],
    [fca, 'retail', 'crypto', 1, { allowed: false, cap: null, code: 'ASSET_CLASS_CLOSED' }],
    [mas, 'professional', 'fx_major', 50, { allowed: true, cap: 50 }],
    [cysec, 'retail', 'gold', 0.5, { allowed: false, cap: 20, code: 'LEVERAGE_NOT_WHOLE' }],
  ] as const)('%#', (parameters, category, assetClass, leverage, verdict) => {
    expect(checkLeverage(parameters, { category, assetClass, leverage })).toEqual(verdict);
  });

  it('never allows more than the house gives, whoever asks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(leverageRegimes)),
        fc.constantFrom('retail' as const, 'professional' as const),
        fc.constantFrom(...assetClasses),
        fc.integer({ min: 1, max: 5000 }),
        (parameters, category, assetClass, leverage) => {
          if (checkLeverage(parameters, { category, assetClass, leverage }).allowed)
            expect(leverage).toBeLessThanOrEqual(parameters.houseMax);
        },
      ),
    );
  });

  it('takes the highest class for an account as a whole', () => {
    expect(accountLeverageCap(cysec, 'retail')).toBe(30);
    expect(accountLeverageCap(leverageRegimes.offshore, 'retail')).toBe(500);
  });
});
