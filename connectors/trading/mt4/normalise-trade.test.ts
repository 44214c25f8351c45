import { clockOf } from '../../../domain/trading/server-clock';
import { MalformedAnswer } from '../fields';
import { normaliseTrade } from './normalise-trade';

const context = {
  server: 'srv-4',
  currency: 'USD',
  clock: clockOf(10_800),
  contractSizeOf: (symbol: string) => (symbol === 'EURUSD' ? '100000' : null),
  profitCurrencyOf: (symbol: string) => (symbol === 'EURUSD' ? 'USD' : null),
};

const closed = {
  order: 5021,
  login: 2_000_001,
  symbol: 'EURUSD',
  digits: 5,
  tradeCommand: 'Buy',
  volume: 123,
  volumeLots: 1.23,
  tradeRecordState: 'ClosedNormal',
  openPrice: 1.085,
  sl: 0,
  tp: 0,
  openTime: '2026-01-01T12:00:00Z',
  closeTime: '2026-01-01T14:00:01Z',
  closePrice: 1.08423,
  commission: -3.5,
  commissionAgent: -1,
  storage: -1.05,
  profit: 1000.1 + 0.2,
  taxes: 0,
  magic: 7,
  comment: 'so: 49.0%',
  tradeRecordReason: 'Client',
  activationType: 'Stopout',
  timeStamp: '2026-01-01T14:00:01Z',
  marginRate: 1.08,
};
const open = { ...closed, closeTime: '1970-01-01T00:00:00Z', tradeRecordState: 'OpenNormal' };

describe('a record of MT4', () => {
  it('that is closed is the opening and the close of a trade, which carries the money', () => {
    const [opening, closing, ...others] = normaliseTrade(closed, context);
    expect(others).toEqual([]);
    expect(opening).toMatchObject({
      server: 'srv-4',
      ticket: '10000005021',
      login: '2000001',
      orderId: '5021',
      positionId: '5021',
      kind: 'trade',
      side: 'buy',
      entry: 'in',
      reason: 'client',
      symbol: 'EURUSD',
      volume: 123_000_000n,
      volumeClosed: 0n,
      price: '1.08500',
      pricePosition: null,
      profitMinor: 0n,
      swapMinor: 0n,
      commissionMinor: 0n,
      contractSize: '100000',
      time: '2026-01-01T09:00:00.000Z',
      serverTimeMsc: Date.parse('2026-01-01T12:00:00Z'),
      modified: false,
    });
    expect(closing).toMatchObject({
      ticket: '5021',
      positionId: '5021',
      side: 'sell',
      entry: 'out',
      reason: 'stop_out',
      volume: 123_000_000n,
      volumeClosed: 123_000_000n,
      price: '1.08423',
      pricePosition: '1.08500',
      profitMinor: 100_030n,
      swapMinor: -105n,
      commissionMinor: -350n,
      feeMinor: 0n,
      bid: null,
      time: '2026-01-01T11:00:01.000Z',
      comment: 'so: 49.0%',
      modified: false,
    });
  });

  it('that is open is the opening alone, and stays the same whatever the market does', () => {
    const [opening, ...others] = normaliseTrade(open, context);
    expect(others).toEqual([]);
    const later = { ...open, closePrice: 1.09, profit: -17, storage: -2, sl: 1.07 };
    expect(normaliseTrade(later, context)).toEqual([opening]);
    expect(normaliseTrade(closed, context)[0]).toEqual(opening);
  });

  it.each([
    ['Balance', 'balance'],
    ['balance', 'balance'],
    [6, 'balance'],
    ['Credit', 'credit'],
    [7, 'credit'],
  ])('of command %s is one deal: %s', (tradeCommand, kind) => {
    const record = { ...closed, tradeCommand, symbol: '', volume: 0, commission: 0, storage: 0 };
    expect(
      normaliseTrade({ ...record, profit: -250.01, comment: 'KTOKEN' }, context),
    ).toMatchObject([
      {
        ticket: '5021',
        kind,
        side: null,
        entry: null,
        symbol: null,
        price: null,
        volume: 0n,
        profitMinor: -25_001n,
        comment: 'KTOKEN',
        time: '2026-01-01T11:00:01.000Z',
      },
    ]);
  });

  it.each(['BuyLimit', 'SellLimit', 'BuyStop', 'SellStop', 4])(
    'of a pending order (%s) is no deal',
    (tradeCommand) => {
      expect(normaliseTrade({ ...closed, tradeCommand }, context)).toEqual([]);
    },
  );

  it.each([
    ['Sell', 'sell', 'buy'],
    ['Buy', 'buy', 'sell'],
    [1, 'sell', 'buy'],
  ])('of command %s opens by %s and closes by %s', (tradeCommand, side, other) => {
    const deals = normaliseTrade({ ...closed, tradeCommand }, context);
    expect(deals.map((deal) => deal.side)).toEqual([side, other]);
  });

  it.each([
    ['SL', 'Client', 'stop_loss'],
    ['TP', 'Client', 'take_profit'],
    ['Stopout', 'Expert', 'stop_out'],
    ['None', 'Expert', 'expert'],
    ['None', 'Mobile', 'client'],
    ['None', 'Dealer', 'dealer'],
    ['None', 'Gateway', 'other'],
  ])('closed by %s of %s has the reason %s', (activationType, tradeRecordReason, reason) => {
    const deals = normaliseTrade({ ...closed, activationType, tradeRecordReason }, context);
    expect(deals.at(-1)?.reason).toBe(reason);
  });

  it('that was changed after its close says so', () => {
    const edited = { ...closed, timeStamp: '2026-01-02T08:00:00Z' };
    expect(normaliseTrade(edited, context).map((deal) => deal.modified)).toEqual([false, true]);
  });

  it('that an administrator took back is cancelled, its opening too', () => {
    const [opened] = normaliseTrade(open, context);
    const [opening, closing, ...others] = normaliseTrade(
      { ...closed, tradeRecordState: 'Deleted', profit: 0 },
      context,
    );
    expect(others).toEqual([]);
    expect(closing).toMatchObject({ ticket: '5021', kind: 'cancelled' });
    expect(opening).toMatchObject({ ticket: '10000005021', kind: 'cancelled' });
    expect(opening?.raw).not.toEqual(opened?.raw);
  });

  it('says the digits, and one for a symbol that is traded in the account’s own currency', () => {
    expect(normaliseTrade(closed, context)).toMatchObject([
      { digits: 5, profitRate: '1', bid: null, quoted: null },
      { digits: 5, profitRate: '1' },
    ]);
  });

  it('implies by its money what another profit currency was, at both ends', () => {
    const euro = { ...context, currency: 'EUR' };
    // 500 dollars, which were 460 euro.
    const won = { ...closed, volume: 100, openPrice: 1.08, closePrice: 1.085, profit: 460 };
    expect(normaliseTrade(won, euro).map(({ profitRate }) => profitRate)).toEqual(['0.92', '0.92']);
    expect(normaliseTrade({ ...won, closePrice: 1.08, profit: 0 }, euro)).toMatchObject([
      { profitRate: null },
      { profitRate: null },
    ]);
    expect(normaliseTrade({ ...open, openPrice: 1.08 }, euro)).toMatchObject([
      { profitRate: null },
    ]);
  });

  it.each([
    ['order', 0],
    ['order', '5021'],
    ['login', null],
    ['profit', '12.00'],
    ['profit', 1.234],
    ['profit', Number.MAX_VALUE],
    ['volume', 0],
    ['volume', 1.5],
    ['tradeCommand', 'Rent'],
    ['closeTime', 'yesterday'],
    ['openTime', ''],
    ['symbol', ''],
  ])('is refused when %s is %s, not guessed', (name, value) => {
    expect(() => normaliseTrade({ ...closed, [name]: value }, context)).toThrow(MalformedAnswer);
  });

  it('keeps cents of large amounts, as far as a floating-point number goes', () => {
    const deals = normaliseTrade({ ...closed, profit: 123_456_789_012.34 }, context);
    expect(deals.at(-1)?.profitMinor).toBe(12_345_678_901_234n);
  });
});
