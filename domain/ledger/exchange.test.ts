import fc from 'fast-check';
import { wallet } from './account';
import { exchangedOf, exchangePosting, InvalidExchange, type ExchangeRequest } from './exchange';

const of = { entityId: 'cy', clientId: 'cl_1' };
const rate = {
  from: 'EUR',
  to: 'USD',
  rate: '1.0842',
  source: 'ECB',
  at: '2026-11-27T15:00:00Z',
};
const request: ExchangeRequest = {
  key: 'exchange/1',
  cause: 'exchange/1',
  from: wallet({ ...of, currency: 'EUR' }),
  to: wallet({ ...of, currency: 'USD' }),
  amountMinor: 10_000n,
  rate,
  spreadBasisPoints: 50,
};

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
    const asked = { amountMinor, rate: { ...rate, from, to, rate: text }, spreadBasisPoints: 0 };
    expect(exchangedOf(asked)).toEqual({
      valueMinor,
      spreadMinor: 0n,
      receivedMinor: valueMinor,
    });
  });

  it('never gives more than the rate, and balances in each currency', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1_000n, max: 10n ** 15n }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 1_000, max: 99_999 }),
        (amountMinor, spreadBasisPoints, tenThousandths) => {
          const text = `${Math.floor(tenThousandths / 10_000)}.${String(tenThousandths % 10_000).padStart(4, '0')}`;
          const posting = exchangePosting({
            ...request,
            amountMinor,
            spreadBasisPoints,
            rate: { ...rate, rate: text },
          });
          const sums = new Map<string, bigint>();
          for (const leg of posting.legs)
            sums.set(
              leg.account.currency,
              (sums.get(leg.account.currency) ?? 0n) + leg.amountMinor,
            );
          expect([...sums.values()]).toEqual([0n, 0n]);
          const received = posting.legs.find(({ account }) => account === request.to);
          expect((received?.amountMinor ?? 0n) * 10_000n).toBeLessThanOrEqual(
            amountMinor * BigInt(tenThousandths),
          );
        },
      ),
    );
  });

  it.each([
    ['another currency', { rate: { ...rate, to: 'GBP' } }],
    ['a rate of nothing', { rate: { ...rate, rate: '0.000' } }],
    ['a rate that is no number', { rate: { ...rate, rate: '1e3' } }],
    ['too little', { amountMinor: 0n }],
    ['a spread of everything', { spreadBasisPoints: 10_000 }],
    ['another entity', { to: wallet({ ...of, entityId: 'off', currency: 'USD' }) }],
  ])('is refused for %s', (_what, change) => {
    expect(() => exchangePosting({ ...request, ...change })).toThrow(InvalidExchange);
  });
});
