import { impliedProfitRate, rateByBase, rateByQuote } from './profit-rate';

describe('the rate of a deal', () => {
  const yen = {
    side: 'buy',
    priceOpen: '151.250',
    priceClose: '151.750',
    contractSize: '100000',
    volume: 50_000_000n,
    currency: 'USD',
  } as const;

  it('is what its own money implies', () => {
    // 0.5 yen on 50,000: 25,000 yen, which were 165.29 dollars.
    expect(impliedProfitRate({ ...yen, profitMinor: 16_529n })).toBe('0.0066116');
    expect(impliedProfitRate({ ...yen, side: 'sell', profitMinor: -16_529n })).toBe('0.0066116');
  });

  it.each([
    ['the price has not moved', { priceClose: '151.250', profitMinor: 16_529n }],
    ['the money is a few cents', { priceClose: '151.251', profitMinor: 33n }],
    ['the money goes the other way', { profitMinor: -16_529n }],
  ])('is not told when %s', (_what, change) => {
    expect(impliedProfitRate({ ...yen, ...change })).toBeNull();
  });

  it('follows from the rate of the base and the price', () => {
    expect(rateByBase('1.0977', '1.0977')).toBe('1');
    expect(rateByBase('1', '151.250')).toBe('0.0066115702');
    expect(rateByBase('0', '151.250')).toBeNull();
  });

  it('follows from a quote, as it is or turned round', () => {
    expect(rateByQuote({ bid: '1.0838', ask: '1.0842' }, 'as_is')).toBe('1.084');
    expect(rateByQuote({ bid: '1.25', ask: '1.25' }, 'turned_round')).toBe('0.8');
    expect(rateByQuote({ bid: '0', ask: '0' }, 'as_is')).toBeNull();
  });
});
