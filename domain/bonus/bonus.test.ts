import fc from 'fast-check';
import { creditFor, creditToTakeBack, isWithin } from './bonus';

describe('a bonus', () => {
  it.each([
    [10, null, 50_000n, 'USD', 5_000n],
    [10, '20.00', 50_000n, 'USD', 2_000n],
    [33.33, null, 100n, 'EUR', 33n],
    [0.01, null, 9_999n, 'EUR', 0n],
    [10, '100.00', 5_000n, 'JPY', 100n],
    [50, '0.1234', 100n, 'KWD', 50n],
    [null, '100.00', 50_000n, 'USD', 0n],
    [10, null, 0n, 'USD', 0n],
  ])(
    'of %p percent, at most %p, for %p of %s is %p',
    (percent, maximum, paid, currency, credit) => {
      expect(creditFor({ percent, maximum }, { amountMinor: paid, currency })).toBe(credit);
    },
  );

  it('by hand is within the policy’s maximum or is not', () => {
    const of = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });
    expect(isWithin({ maximum: '10.00' }, of(1_000n))).toBe(true);
    expect(isWithin({ maximum: '10.00' }, of(1_001n))).toBe(false);
    expect(isWithin({ maximum: null }, of(10n ** 12n))).toBe(true);
  });

  it.each([
    ['whole', 1n, 10_000n, 5_000n],
    ['proportion', 2_500n, 10_000n, 1_250n],
    ['proportion', 1n, 3n, 1_667n],
    ['proportion', 10_000n, 10_000n, 5_000n],
    ['proportion', 10_000n, 9_000n, 5_000n],
    ['proportion', 1n, 0n, 5_000n],
    ['proportion', 1n, -200n, 5_000n],
  ] as const)('of 50.00 loses, the %s, %p of %p leaving, %p', (removal, leaving, balance, lost) => {
    const of = { remainingMinor: 5_000n, leavingMinor: leaving, balanceMinor: balance };
    expect(creditToTakeBack(removal, of)).toBe(lost);
  });

  it('never leaves a larger share of credit than of money, and never takes more than there is', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 12n });
    fc.assert(
      fc.property(minor, minor, minor, (remainingMinor, leavingMinor, balanceMinor) => {
        const lost = creditToTakeBack('proportion', { remainingMinor, leavingMinor, balanceMinor });
        expect(lost).toBeGreaterThan(0n);
        expect(lost).toBeLessThanOrEqual(remainingMinor);
        const left = balanceMinor - leavingMinor;
        if (left > 0n)
          expect((remainingMinor - lost) * balanceMinor).toBeLessThanOrEqual(remainingMinor * left);
        else expect(lost).toBe(remainingMinor);
      }),
    );
  });
});
