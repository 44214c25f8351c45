import { rateOf, type MarketRate } from './market-rate';

const market: MarketRate = {
  serverId: 'mt5',
  symbol: 'EURUSD',
  base: 'EUR',
  quote: 'USD',
  bid: '1.08416',
  ask: '1.08424',
  at: '2026-11-27T15:00:00.000Z',
};
const asked = { from: 'EUR', to: 'USD', now: '2026-11-27T15:00:20Z', ageSecondsMax: 60 };

describe('the rate of an exchange', () => {
  it('is the middle of the market, with its source and its time', () => {
    expect(rateOf([market], asked)).toEqual({
      from: 'EUR',
      to: 'USD',
      rate: '1.0842',
      source: 'mt5 EURUSD',
      at: market.at,
    });
  });

  it('is the same market turned round the other way', () => {
    expect(rateOf([market], { ...asked, from: 'USD', to: 'EUR' })).toMatchObject({
      rate: '0.9223390518',
      source: 'mt5 EURUSD, turned round',
    });
  });

  it('is that of the server with the newest market', () => {
    const other = { ...market, serverId: 'mt4', bid: '1.09', ask: '1.09' };
    const older = { ...other, at: '2026-11-27T14:59:59Z' };
    const newer = { ...other, at: '2026-11-27T15:00:01Z' };
    expect(rateOf([market, older], asked)).toMatchObject({ source: 'mt5 EURUSD' });
    expect(rateOf([market, newer], asked)).toMatchObject({ source: 'mt4 EURUSD', rate: '1.09' });
  });

  it.each([
    ['too old', 'stale', { now: '2026-11-27T15:01:01Z' }],
    ['of a clock that is far ahead', 'stale', { now: '2026-11-27T14:59:50Z' }],
    ['of another pair', 'missing', { to: 'GBP' }],
  ])('is none where the market is %s', (_what, answer, change) => {
    expect(rateOf([market], { ...asked, ...change })).toBe(answer);
  });
});
