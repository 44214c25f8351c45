import fc from 'fast-check';
import { wallet } from './account';
import {
  exchangedFor,
  exchangedOf,
  exchangePosting,
  InvalidExchange,
  type ExchangeRequest,
} from './exchange';

const of = { entityId: 'cy', clientId: 'cl_1' };
const rate = {
  from: 'EUR',
  to: 'USD',
  rate: '1.0842',
  source: 'ECB',
  at: '2026-11-27T15:00:00Z',
};
const terms = { rate, spreadBasisPoints: 50 };
const request: ExchangeRequest = {
  key: 'exchange/1',
  cause: 'exchange/1',
  from: wallet({ ...of, currency: 'EUR' }),
  to: wallet({ ...of, currency: 'USD' }),
  exchanged: exchangedOf(10_000n, terms),
  ...terms,
};

/** Rates from a ten-thousandth to ten, as a feed writes them. */
const rates = fc.integer({ min: 1, max: 99_999 }).map((tenThousandths) => ({
  tenThousandths: BigInt(tenThousandths),
  text: `${Math.floor(tenThousandths / 10_000)}.${String(tenThousandths % 10_000).padStart(4, '0')}`,
}));

/** What is received, 0 where it would become nothing. */
function orNothing(received: () => bigint): bigint {
  try {
    return received();
  } catch (error) {
    if (error instanceof InvalidExchange) return 0n;
    throw error;
  }
}

describe('an exchange', () => {
  it('moves through liquidity in both currencies, the spread by itself, its rate on it', () => {
    const posting = exchangePosting(request);
    expect(posting.legs.map(({ account, amountMinor }) => [account.id, amountMinor])).toEqual([
      ['cy/wallet/cl_1/EUR', -10_000n],
      ['cy/fx_liquidity/-/EUR', 10_000n],
      ['cy/fx_liquidity/-/USD', -10_787n],
      ['cy/wallet/cl_1/USD', 10_787n],
      ['cy/fx_liquidity/-/USD', -55n],
      ['cy/fx_spread/-/USD', 55n],
    ]);
    expect(posting.meta).toMatchObject({ rate: '1.0842', rateSource: 'ECB' });
  });

  it.each([
    ['USD', 'JPY', '149.335', 10_000n, 14_933n],
    ['JPY', 'USD', '0.00669636', 14_933n, 9_999n],
    ['EUR', 'KWD', '0.3311', 100n, 331n],
    ['USDT', 'USD', '1', 1_234_567n, 123n],
    ['ETH', 'EUR', '2950.5', 1_500_000_000_000_000_000n, 442_575n],
  ])('%s to %s at %s is in the minor units of both', (from, to, text, amountMinor, valueMinor) => {
    const asked = { rate: { ...rate, from, to, rate: text }, spreadBasisPoints: 0 };
    expect(exchangedOf(amountMinor, asked)).toEqual({
      amountMinor,
      valueMinor,
      spreadMinor: 0n,
      receivedMinor: valueMinor,
    });
  });

  it('gives what was asked for to the minor unit, for the least that is worth it', () => {
    const exchanged = exchangedFor(10_000n, terms);
    expect(exchanged).toEqual({
      amountMinor: 9_271n,
      valueMinor: 10_051n,
      spreadMinor: 51n,
      receivedMinor: 10_000n,
    });
    const yen = {
      rate: { ...rate, from: 'USD', to: 'JPY', rate: '149.335' },
      spreadBasisPoints: 0,
    };
    // One cent buys 1.49 yen: what is above the yen asked for stays with the house.
    expect(exchangedFor(1_000n, yen)).toMatchObject({ amountMinor: 670n, spreadMinor: 0n });
    expect(exchangedFor(999n, yen)).toMatchObject({ amountMinor: 669n, receivedMinor: 999n });
  });

  it('whichever side is named, never gives more than the rate, and balances in each currency', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 15n }),
        fc.integer({ min: 0, max: 500 }),
        rates,
        fc.constantFrom('given' as const, 'received' as const),
        (amountMinor, spreadBasisPoints, { tenThousandths, text }, side) => {
          const asked = { rate: { ...rate, rate: text }, spreadBasisPoints };
          let exchanged;
          try {
            exchanged = (side === 'given' ? exchangedOf : exchangedFor)(amountMinor, asked);
          } catch (error) {
            // Nothing is exchanged only where it would become nothing.
            expect(error).toBeInstanceOf(InvalidExchange);
            expect(side).toBe('given');
            return;
          }
          const posting = exchangePosting({ ...request, ...asked, exchanged });
          const sums = new Map<string, bigint>();
          for (const leg of posting.legs)
            sums.set(
              leg.account.currency,
              (sums.get(leg.account.currency) ?? 0n) + leg.amountMinor,
            );
          expect([...sums.values()]).toEqual([0n, 0n]);
          const legOf = (account: object) =>
            posting.legs.find((leg) => leg.account === account)?.amountMinor ?? 0n;
          const [given, received] = [-legOf(request.from), legOf(request.to)];
          expect(side === 'given' ? given : received).toBe(amountMinor);
          expect(received).toBeGreaterThan(0n);
          expect(received * 10_000n).toBeLessThanOrEqual(given * tenThousandths);
          // One minor unit less would not have been enough for what was asked for.
          if (side === 'received' && given > 1n) {
            const less = () => exchangedOf(given - 1n, asked).receivedMinor;
            expect(orNothing(less)).toBeLessThan(amountMinor);
          }
        },
      ),
    );
  });

  it.each([
    ['another currency', { rate: { ...rate, to: 'GBP' } }],
    ['a rate of nothing', { rate: { ...rate, rate: '0.000' } }],
    ['a rate that is no number', { rate: { ...rate, rate: '1e3' } }],
    ['nothing', { exchanged: { ...request.exchanged, receivedMinor: 0n } }],
    ['more than the rate gives', { exchanged: { ...request.exchanged, receivedMinor: 10_788n } }],
    ['a spread below nothing', { exchanged: { ...request.exchanged, spreadMinor: -1n } }],
    ['another entity', { to: wallet({ ...of, entityId: 'off', currency: 'USD' }) }],
  ])('is refused for %s', (_what, change) => {
    expect(() => exchangePosting({ ...request, ...change })).toThrow(InvalidExchange);
  });

  it.each([
    ['too little', 0n, terms],
    ['a spread of everything', 100n, { rate, spreadBasisPoints: 10_000 }],
  ])('is not computed for %s', (_what, amountMinor, asked) => {
    expect(() => exchangedOf(amountMinor, asked)).toThrow(InvalidExchange);
    expect(() => exchangedFor(amountMinor, asked)).toThrow(InvalidExchange);
  });
});
