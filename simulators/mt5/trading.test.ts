import fc from 'fast-check';
import { parseMinor } from '../brokerage/amounts';
import { Market } from '../market/market';
import { startTestServer, type TestServer } from './testing';
import type { Client } from './testing-clients';
import { SYMBOLS } from '../market/symbols';

describe('the market and its traders', () => {
  let server: TestServer;
  let client: Client;

  beforeAll(async () => {
    server = await startTestServer({ loginRange: { from: 1_000_001, to: 1_999_999 } });
    client = server.client();
    await client.login();
  });
  afterAll(() => server.stop());

  const minor = (text: string | undefined): bigint => parseMinor(text ?? '') ?? 0n;
  const sumOf = (deals: Record<string, string>[]): bigint =>
    deals.reduce((sum, deal) => {
      const parts = ['Profit', 'Commission', 'Storage', 'Fee'].map((name) => minor(deal[name]));
      return deal['Action'] === '3' ? sum : parts.reduce((total, part) => total + part, sum);
    }, 0n);

  async function expectDealsToMakeBalance(login: number): Promise<void> {
    const { record } = await client.get(`user/get?login=${login}`);
    expect(sumOf(await client.deals(login))).toBe(minor(record['Balance']));
  }

  it('quotes the same price for the same seed and moment, another for another seed', () => {
    const at = Date.UTC(2025, 8, 3, 12);
    for (const symbol of SYMBOLS) {
      const quote = new Market(1).quote(symbol, at);
      expect(new Market(1).quote(symbol, at)).toEqual(quote);
      expect(new Market(2).quote(symbol, at)).not.toEqual(quote);
      expect(quote.askPoints).toBeGreaterThan(quote.bidPoints);
      expect(Math.abs(quote.bidPoints / symbol.centrePoints - 1)).toBeLessThan(0.3);
    }
  });

  async function tradesOf(
    other: TestServer,
    period: { from: string; to: string },
  ): Promise<Record<string, string>[]> {
    const reader = other.client();
    await reader.login();
    const login = await reader.openAccount();
    await reader.balance(login, '5000');
    await other.post('/backfill', { login, ...period, trades: 60, seed: 9 });
    return (await reader.deals(login)).filter((deal) => deal['Symbol'] !== '');
  }

  it('back-fills the same trades from the same seed, on weekdays, within the period', async () => {
    const period = { from: '2025-09-01T00:00:00Z', to: '2025-09-30T23:59:59Z' };
    const run = async (): Promise<string> => {
      const other = await startTestServer();
      const trades = await tradesOf(other, period).finally(() => other.stop());
      for (const deal of trades) {
        const time = new Date(Number(deal['TimeMsc']));
        expect(time.getTime() - 10_800_000).toBeGreaterThanOrEqual(Date.parse(period.from));
        expect(time.getTime() - 10_800_000).toBeLessThanOrEqual(Date.parse(period.to));
        if (deal['Entry'] === '0') expect([0, 6]).not.toContain(time.getUTCDay());
      }
      expect(trades.length).toBeGreaterThanOrEqual(120);
      return JSON.stringify(trades);
    };
    expect(await run()).toBe(await run());
  });

  it('makes no trades for an account without money', async () => {
    const login = await client.openAccount();
    const period = { from: '2025-09-01T00:00:00Z', to: '2025-09-30T00:00:00Z' };
    const result = await server.post('/backfill', { login, ...period, trades: 10, seed: 1 });
    expect(result).toMatchObject({ status: 200, trades: 0, deals: 0, lots: '0.00' });
  });

  it('refuses to back-fill the future', async () => {
    const login = await client.openAccount();
    const period = { from: '2025-09-01T00:00:00Z', to: '2031-01-01T00:00:00Z' };
    const refused = await server.post('/backfill', { login, ...period, trades: 1, seed: 1 });
    expect(refused['status']).toBe(409);
  });

  it('keeps Σ deals equal to the balance, never below zero, whatever is back-filled', async () => {
    const group = fc.constantFrom('real\\cy-usd-std', 'real\\cy-eur-std', 'real\\off-usd-pro');
    await fc.assert(
      fc.asyncProperty(
        group,
        fc.oneof(fc.integer({ min: 100, max: 20_000 }), fc.integer({ min: 100, max: 5_000_000 })),
        fc.integer({ min: 1, max: 80 }),
        fc.constantFrom(30, 500, 3000),
        fc.integer(),
        async (name, cents, trades, leverage, seed) => {
          const login = await client.openAccount({ Group: name, Leverage: leverage });
          await client.balance(login, (cents / 100).toFixed(2));
          await client.balance(login, '7.77', 'credit', 3);
          const period = { from: '2025-09-01T00:00:00Z', to: '2025-09-30T00:00:00Z' };
          const result = await server.post('/backfill', { login, ...period, trades, seed });
          expect(result['status']).toBe(200);
          await expectDealsToMakeBalance(login);
          expect(server.exchange.book.holding(login).balanceMinor).toBeGreaterThanOrEqual(0n);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('keeps Σ deals equal to the balance while bots trade', async () => {
    const login = await client.openAccount({ Leverage: 200 });
    await client.balance(login, '800');
    await server.post('/bots', { logins: [login], on: true });
    for (let step = 0; step < 1200; step += 1) {
      server.clock.now += 250;
      server.traders.tick();
    }
    const deals = await client.deals(login);
    expect(deals.length).toBeGreaterThan(10);
    expect(deals.some((deal) => deal['Entry'] === '1')).toBe(true);
    await expectDealsToMakeBalance(login);
    await server.post('/bots', { logins: [login], on: false });
  });

  it('stops an account out when its margin level falls to the group’s limit', async () => {
    const login = await client.openAccount({ Leverage: 100 });
    await client.balance(login, '1000');
    await server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '0.50' });
    await server.post('/dealer-balance', { login, amount: '-800', type: 5 });
    server.traders.tick();
    const closing = (await client.deals(login)).find((deal) => deal['Entry'] === '1');
    expect(closing?.['Reason']).toBe('5');
    await expectDealsToMakeBalance(login);
  });

  it('shows in /state whether each account agrees with its deals', async () => {
    const login = await client.openAccount();
    await client.balance(login, '9');
    await server.post('/tamper', { kind: 'balance', login, amount: '-1' });
    const response = await fetch(`${server.control}/state`);
    const { accounts } = (await response.json()) as { accounts: Record<string, unknown>[] };
    expect(accounts.find((account) => account['login'] === login)).toMatchObject({
      balance: '8.00',
      sumOfDeals: '9.00',
      agrees: false,
    });
  });
});
