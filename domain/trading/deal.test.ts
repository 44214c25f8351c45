import { type Deal, nothingTraded, totalDeals } from './deal';

function deal(change: Partial<Deal>): Deal {
  return {
    ...nothingTraded,
    server: 'srv',
    ticket: '1',
    login: '7',
    kind: 'trade',
    side: 'buy',
    entry: 'in',
    reason: 'client',
    symbol: 'EURUSD',
    volume: 100_000_000n,
    price: '1.1',
    currency: 'USD',
    contractSize: '100000.00',
    time: '2026-01-01T00:00:00.000Z',
    serverTimeMsc: 1,
    comment: '',
    raw: {},
    ...change,
  };
}

describe('totals of a log-in', () => {
  it('adds everything but credits into the balance', () => {
    const totals = totalDeals('7', 'USD', [
      deal({ kind: 'balance', profitMinor: 100_000n }),
      deal({ kind: 'credit', profitMinor: 5_000n }),
      deal({ kind: 'trade', commissionMinor: -350n }),
      deal({
        kind: 'trade',
        profitMinor: 1_200n,
        swapMinor: -30n,
        commissionMinor: -350n,
        feeMinor: -5n,
      }),
    ]);
    expect(totals).toEqual({
      login: '7',
      currency: 'USD',
      count: 4,
      profitMinor: 106_200n,
      swapMinor: -30n,
      commissionMinor: -700n,
      feeMinor: -5n,
      balanceMinor: 100_465n,
      creditMinor: 5_000n,
    });
  });

  it('refuses to add a deal of another log-in or currency', () => {
    expect(() => totalDeals('8', 'USD', [deal({})])).toThrow(RangeError);
    expect(() => totalDeals('7', 'EUR', [deal({})])).toThrow(RangeError);
  });
});
