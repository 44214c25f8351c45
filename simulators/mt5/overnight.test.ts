import { startTestServer, type TestServer } from './testing';
import type { Client } from './testing-clients';

/** Wednesday, ten minutes to midnight of server time (three hours ahead of UTC). */
const LATE = Date.UTC(2025, 9, 15, 20, 50);
const FRIDAY_NIGHT = Date.UTC(2025, 9, 17, 20, 50);
const SATURDAY = Date.UTC(2025, 9, 18, 9);
const MONDAY = Date.UTC(2025, 9, 20, 9);

describe('a server that keeps hours', () => {
  let server: TestServer;
  let client: Client;
  let login: number;

  beforeAll(async () => {
    server = await startTestServer({ calendar: 'market' });
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    server.clock.now = LATE;
    client = server.client();
    await client.login();
    login = await client.openAccount({ Leverage: 100 });
    await client.balance(login, '5000');
  });

  const trade = (more: object = {}): Promise<Record<string, unknown>> =>
    server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '1.00', ...more });

  const passTo = (moment: number): void => {
    server.clock.now = moment;
    server.traders.tick();
  };

  it('charges a position when its own clock passes midnight, once', async () => {
    await trade();
    passTo(LATE + 5 * 60_000);
    expect(server.exchange.book.positionsOf(login)[0]?.swapMinor).toBeUndefined();
    passTo(LATE + 15 * 60_000);
    passTo(LATE + 16 * 60_000);
    const { record } = await client.get(`user/account/get?login=${login}`);
    expect(record).toMatchObject({ Storage: '-21.90' });
    const floating = Number(record['Profit']) + Number(record['Storage']);
    expect(Number(record['Floating'])).toBeCloseTo(floating, 2);
    expect(Number(record['Equity'])).toBeCloseTo(Number(record['Balance']) + floating, 2);
  });

  it('pays for the nights of a weekend on Wednesday, and for none on Saturday and Sunday', async () => {
    server.clock.now = FRIDAY_NIGHT;
    await trade();
    passTo(MONDAY);
    expect(server.exchange.book.positionsOf(login)[0]?.swapMinor).toBe(-730n);
  });

  it('closes what falls due at the weekend when the market opens', async () => {
    server.clock.now = FRIDAY_NIGHT;
    await trade({ holdSeconds: 3_600 });
    passTo(SATURDAY);
    expect(server.exchange.book.positionsOf(login)).toHaveLength(1);
    passTo(MONDAY);
    expect(server.exchange.book.positionsOf(login)).toHaveLength(0);
  });

  it('stops nobody out while the market rests', async () => {
    server.clock.now = FRIDAY_NIGHT;
    await trade();
    passTo(SATURDAY);
    await server.post('/dealer-balance', { login, amount: '-4500', type: 5 });
    passTo(SATURDAY + 60_000);
    expect(server.exchange.book.positionsOf(login)).toHaveLength(1);
    passTo(MONDAY);
    expect(server.exchange.book.positionsOf(login)).toHaveLength(0);
  });

  it('back-fills within its hours, and the swaps are in the balance', async () => {
    const period = { from: '2025-09-01T00:00:00Z', to: '2025-09-30T00:00:00Z' };
    await server.post('/backfill', { login, ...period, trades: 80, seed: 5 });
    const deals = (await client.deals(login)).filter((deal) => deal['Symbol'] === 'GER40');
    for (const deal of deals) {
      const minute = Math.floor((Number(deal['Time']) % 86_400) / 60);
      expect(minute).toBeGreaterThanOrEqual(75);
      expect(minute).toBeLessThan(1_365);
    }
    expect(deals.length).toBeGreaterThan(0);
    expect(server.exchange.book.sumOfDeals(login)).toEqual(server.exchange.book.holding(login));
  });

  it('tells of its sessions and swaps', async () => {
    const { record } = await client.get('symbol/get?symbol=GER40');
    expect(record).toMatchObject({ SwapMode: '1', SwapLong: '-11.50', Swap3Day: '5' });
    const none: object[] = [];
    const day = [{ Open: '75', Close: '1365' }];
    expect(record['SessionsTrades']).toEqual([none, day, day, day, day, day, none]);
  });
});
