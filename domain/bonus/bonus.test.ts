import fc from 'fast-check';
import { creditFor, creditToTakeBack, goneAtServer, isWithin } from './bonus';

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
    expect(creditToTakeBack(removal, { ...of, underWayMinor: 0n })).toBe(lost);
  });

  it.each([
    [10_000n, 40_000n, 4_000n, 4_000n],
    [40_000n, 10_000n, 1_000n, 1_000n],
    [25_000n, 10_000n, 2_500n, 1_000n],
    [50_000n, 1n, 0n, 0n],
  ])(
    'loses with the second of two on their way what is its share of the rest: %p, then %p',
    (underWayMinor, leavingMinor, remainingMinor, lost) => {
      const of = { remainingMinor, leavingMinor, balanceMinor: 50_000n, underWayMinor };
      expect(creditToTakeBack('proportion', of)).toBe(lost);
    },
  );

  it.each([
    ['all is there', 5_000n, 5_000n, 5_000n, 0n],
    ['a dealer has lent more', 5_000n, 5_000n, 9_000n, 0n],
    ['a part is gone', 5_000n, 5_000n, 2_000n, 3_000n],
    ['all is gone', 5_000n, 5_000n, 0n, 5_000n],
    ['the server shows a debt', 5_000n, 5_000n, -200n, 5_000n],
    ['less is gone than another bonus has', 5_000n, 8_000n, 6_000n, 2_000n],
    ['more is gone than this bonus has', 3_000n, 8_000n, 3_000n, 3_000n],
  ])('is gone at the server where %s', (_, remainingMinor, lentMinor, thereMinor, gone) => {
    expect(goneAtServer({ remainingMinor, lentMinor, thereMinor })).toBe(gone);
  });

  it('never leaves a larger share of credit than of money, and never takes more than there is', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 12n });
    fc.assert(
      fc.property(minor, minor, minor, (remainingMinor, leavingMinor, balanceMinor) => {
        const of = { remainingMinor, leavingMinor, balanceMinor, underWayMinor: 0n };
        const lost = creditToTakeBack('proportion', of);
        expect(lost).toBeGreaterThan(0n);
        expect(lost).toBeLessThanOrEqual(remainingMinor);
        const left = balanceMinor - leavingMinor;
        if (left > 0n)
          expect((remainingMinor - lost) * balanceMinor).toBeLessThanOrEqual(remainingMinor * left);
        else expect(lost).toBe(remainingMinor);
      }),
    );
  });

  it('is the same share of the money at the end, in whatever order transfers take their share, leave and arrive', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 9n });
    const move = fc.record({ isOut: fc.boolean(), amountMinor: minor, picks: fc.nat() });
    fc.assert(
      fc.property(minor, minor, fc.array(move, { maxLength: 30 }), (credit, money, moves) => {
        let remainingMinor = credit;
        let balanceMinor = money;
        // What a client could have kept at most: of each arrival all, of each departure its share.
        let keptAtMost = { numerator: credit, denominator: 1n };
        const underWay: bigint[] = [];
        const leave = (picks: number) => {
          const [amountMinor = 0n] = underWay.splice(picks % underWay.length, 1);
          balanceMinor -= amountMinor;
        };
        for (const { isOut, amountMinor, picks } of moves) {
          const underWayMinor = underWay.reduce((sum, each) => sum + each, 0n);
          const staysMinor = balanceMinor - underWayMinor;
          if (!isOut) balanceMinor += amountMinor;
          else if (amountMinor <= staysMinor) {
            const of = { remainingMinor, leavingMinor: amountMinor, balanceMinor, underWayMinor };
            remainingMinor -= creditToTakeBack('proportion', of);
            underWay.push(amountMinor);
            keptAtMost = {
              numerator: keptAtMost.numerator * (staysMinor - amountMinor),
              denominator: keptAtMost.denominator * staysMinor,
            };
          }
          if (underWay.length > 0 && picks % 2 === 0) leave(picks);
        }
        while (underWay.length > 0) leave(0);
        expect(remainingMinor * keptAtMost.denominator).toBeLessThanOrEqual(keptAtMost.numerator);
        if (balanceMinor === 0n) expect(remainingMinor).toBe(0n);
      }),
    );
  });
});
