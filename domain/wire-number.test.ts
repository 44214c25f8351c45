import fc from 'fast-check';
import { formatAmount, parseAmount } from './money';
import { AmountNotExact, majorNumber, minorNumber } from './wire-number';

const limit = 10n ** 15n;
const exact = fc.bigInt({ min: -limit + 1n, max: limit - 1n });

describe('an amount as a JSON number', () => {
  it('is said to the last unit', () => {
    fc.assert(
      fc.property(exact, fc.constantFrom('EUR', 'JPY', 'KWD'), (amountMinor, currency) => {
        expect(BigInt(minorNumber(amountMinor))).toBe(amountMinor);
        const written = JSON.stringify(majorNumber(amountMinor, currency));
        expect(parseAmount(written, currency)).toBe(amountMinor);
      }),
    );
  });

  it.each([limit, -limit, 2n ** 53n, 9_007_199_254_740_991n, 10n ** 37n])(
    'is refused at %s',
    (amount) => {
      expect(() => minorNumber(amount)).toThrow(AmountNotExact);
      expect(() => majorNumber(amount, 'EUR')).toThrow(AmountNotExact);
    },
  );

  it('would be another amount beyond the limit', () => {
    // The safe integers end later than the decimals that a number keeps.
    const safe = 9_007_199_254_740_991n;
    expect(Number(formatAmount(safe, 'EUR')).toFixed(2)).toBe('90071992547409.91');
    expect(Number(formatAmount(2n ** 53n + 1n, 'JPY'))).toBe(2 ** 53);
  });
});
