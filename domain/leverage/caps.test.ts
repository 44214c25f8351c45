import fc from 'fast-check';
import { parseAmount } from '../money';
import { accountLeverageCap, assetClasses, checkLeverage, ladderCap, leverageCap } from './caps';
import { leverageRegimes } from './regimes';
import { shippedResidences } from './residences';

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
    const capOf = (assetClass: (typeof order)[number]) =>
      leverageCap(leverageRegimes[regime], { category: 'retail', assetClass }).cap;
    expect(order.map(capOf)).toEqual(expected);
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
    expect(accountLeverageCap(cysec, { category: 'retail' }).leverage).toBe(30);
    const { offshore } = leverageRegimes;
    expect(accountLeverageCap(offshore, { category: 'retail' }).leverage).toBe(500);
  });
});

describe('the stricter of entity and residence', () => {
  const offshore = { ...leverageRegimes.offshore, residences: shippedResidences };
  const cysec = { ...leverageRegimes.cysec, residences: shippedResidences };

  it.each([
    [offshore, 'DE', 30, 'esma'],
    [offshore, 'GB', 30, 'fca'],
    [offshore, 'JP', 25, 'jfsa'],
    [offshore, 'KE', 500, 'offshore'],
    [cysec, 'DE', 30, 'cysec'],
    [cysec, 'KE', 30, 'cysec'],
    [cysec, 'JP', 25, 'jfsa'],
  ] as const)('%#: a retail client of %s', (parameters, residence, leverage, regime) => {
    const holder = { category: 'retail', residence } as const;
    expect(accountLeverageCap(parameters, holder)).toMatchObject({ leverage, regime });
  });

  it('holds class by class, and a class that one closes stays closed', () => {
    const capOf = (assetClass: (typeof assetClasses)[number], residence: string) =>
      leverageCap(offshore, { category: 'retail', residence, assetClass });
    expect(capOf('gold', 'DE')).toMatchObject({ cap: 20, regime: 'esma' });
    expect(capOf('crypto', 'AU')).toMatchObject({ cap: 2, regime: 'asic' });
    expect(capOf('crypto', 'GB')).toMatchObject({ cap: null, regime: 'fca' });
    expect(capOf('equity', 'KE')).toMatchObject({ cap: 500, regime: 'offshore' });
  });

  it('leaves a professional to the house where no regime has a number for them', () => {
    const capOf = (residence: string) =>
      accountLeverageCap(offshore, { category: 'professional', residence });
    expect(capOf('DE').leverage).toBe(500);
    expect(capOf('SG').leverage).toBe(50);
  });
});

describe('the equity ladder', () => {
  const parameters = {
    ...leverageRegimes.offshore,
    equityLadder: [
      { from: '200000.00', leverage: 200 },
      { from: '500000.00', leverage: 100 },
    ],
  };
  it.each([
    ['199999.99', null],
    ['200000.00', 200],
    ['500000.00', 100],
    ['-5.00', null],
  ])('leaves an equity of %s at most %s', (amount, leverage) => {
    const equity = { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' };
    expect(ladderCap(parameters, equity)).toBe(leverage);
  });

  it('gives nothing where there is none', () => {
    const equity = { amountMinor: parseAmount('900000.00', 'USD'), currency: 'USD' };
    expect(ladderCap(leverageRegimes.offshore, equity)).toBeNull();
  });
});
