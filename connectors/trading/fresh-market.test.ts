import { type Deal, nothingTraded } from '../../domain/trading/deal';
import { FreshMarket, type Market } from './fresh-market';
import { PlatformUnavailable } from './port';

const nowMsc = 1_700_000_000_000;

function trade(change: Partial<Deal> = {}): Deal {
  return {
    ...nothingTraded,
    server: 'srv',
    ticket: '1',
    login: '7',
    orderId: '1',
    positionId: '1',
    kind: 'trade',
    side: 'buy',
    entry: 'in',
    reason: 'client',
    symbol: 'EURUSD',
    volume: 100_000_000n,
    price: '1.1',
    currency: 'USD',
    digits: 5,
    contractSize: '100000',
    time: new Date(nowMsc).toISOString(),
    serverTimeMsc: nowMsc - 1_000,
    comment: '',
    raw: {},
    ...change,
  };
}

const market: Market = {
  ticks: new Map([['EURUSD', { bid: '1.0999', ask: '1.1001' }]]),
  rateOf: () => '1',
};
const at = (read: () => Promise<Market>) => ({ serverTimeMsc: nowMsc, read });

describe('the market beside deals', () => {
  it('is asked for once, for deals just made, and stays with them', async () => {
    const fresh = new FreshMarket();
    let asked = 0;
    const read = () => {
      asked += 1;
      return Promise.resolve(market);
    };
    const first = await fresh.attach([trade()], at(read));
    expect(first).toMatchObject([
      { bid: '1.0999', ask: '1.1001', quoted: 'tick', profitRate: '1' },
    ]);
    expect(await fresh.attach([trade({ comment: 'again' })], at(read))).toMatchObject([
      { bid: '1.0999', comment: 'again' },
    ]);
    expect(asked).toBe(1);
  });

  it('is not that of a deal of before, of what is no trade, or of a symbol that has none', async () => {
    const fresh = new FreshMarket();
    const deals = [
      trade({ ticket: '2', serverTimeMsc: nowMsc - 60_000 }),
      trade({ ticket: '3', kind: 'balance', symbol: null }),
      trade({ ticket: '4', symbol: 'NOPE' }),
    ];
    const read = await fresh.attach(
      deals,
      at(() => Promise.resolve(market)),
    );
    expect(read.map(({ bid, quoted }) => [bid, quoted])).toEqual(Array(3).fill([null, null]));
  });

  it('leaves a rate that the deal itself says', async () => {
    const deals = [trade({ profitRate: '0.92' })];
    expect(
      await new FreshMarket().attach(
        deals,
        at(() => Promise.resolve(market)),
      ),
    ).toMatchObject([{ profitRate: '0.92', quoted: 'tick' }]);
  });

  it('holds nobody up when it cannot be had', async () => {
    const away = () => Promise.reject(new PlatformUnavailable('away'));
    expect(await new FreshMarket().attach([trade()], at(away))).toMatchObject([
      { bid: null, quoted: null },
    ]);
  });
});
