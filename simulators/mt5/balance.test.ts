import { startTestServer, type TestServer } from './testing';
import type { Client } from './testing-clients';

describe('balance operations and deals', () => {
  let server: TestServer;
  let client: Client;
  let login: number;

  beforeAll(async () => {
    server = await startTestServer();
    client = server.client();
    await client.login();
  });
  beforeEach(async () => {
    login = await client.openAccount();
  });
  afterAll(() => server.stop());

  const account = async (): Promise<Record<string, string>> =>
    (await client.get(`user/account/get?login=${login}`)).record;

  it('moves money by sign and gives the ticket of the deal', async () => {
    const paidIn = await client.balance(login, '100.25', 'in');
    await client.balance(login, '-40.25', 'out');
    expect(await account()).toMatchObject({
      Balance: '60.00',
      Equity: '60.00',
      MarginFree: '60.00',
    });
    const { record } = await client.get(`deal/get?ticket=${paidIn.record['Ticket'] ?? ''}`);
    expect(record).toMatchObject({
      Login: String(login),
      Action: '2',
      Profit: '100.25',
      Comment: 'in',
      Symbol: '',
      TimeMsc: String(server.clock.now + 10_800_000),
    });
  });

  it('keeps 31 characters of a comment and says nothing', async () => {
    const reply = await client.balance(login, '1', 'k'.repeat(31) + 'TAIL');
    expect(reply.retcode).toBe(0);
    expect((await client.deals(login))[0]?.['Comment']).toBe('k'.repeat(31));
  });

  it('is not idempotent: the same operation twice is two deals', async () => {
    await client.balance(login, '10', 'same');
    await client.balance(login, '10', 'same');
    expect((await client.deals(login)).length).toBe(2);
    expect((await account())['Balance']).toBe('20.00');
  });

  it.each([
    ['1000000000.00', 2, 0],
    ['1000000000.01', 2, 4005],
    ['-0.01', 2, 10019],
    ['-1', 3, 10019],
    ['10', 1, 3],
    ['10', 7, 3],
    ['0', 2, 3],
    ['ten', 2, 3],
    ['1e3', 2, 3],
  ])('answers %s of type %i with %i', async (amount, type, retcode) => {
    expect((await client.balance(login, amount, '', type)).retcode).toBe(retcode);
  });

  it('answers 13 for an account that is not there', async () => {
    expect((await client.balance(99, '1')).retcode).toBe(13);
  });

  it('keeps credit apart from the balance', async () => {
    await client.balance(login, '50', 'bonus', 3);
    expect(await account()).toMatchObject({ Balance: '0.00', Credit: '50.00', Equity: '50.00' });
    expect((await client.balance(login, '-1')).retcode).toBe(10019);
  });

  it('refuses what is beyond free margin, unless told not to look', async () => {
    await client.balance(login, '1000');
    await server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '0.20' });
    const state = await account();
    expect(Number(state['Margin'])).toBeGreaterThan(500);
    expect((await client.balance(login, '-900')).retcode).toBe(10019);
    const unchecked = { login, type: 2, balance: '-900', comment: '', check_margin: 0 };
    expect((await client.post('trade/balance', unchecked)).retcode).toBe(0);
  });

  it('books honest trades: profit is price difference × contract × lots × rate, at bid and ask', async () => {
    await client.balance(login, '10000');
    const from = (server.clock.now + 10_800_000) / 1000 - 7200;
    await server.post('/trade', {
      login,
      symbol: 'USDJPY',
      side: 'sell',
      volume: '0.50',
      openAt: from,
      closeAt: from + 3600,
    });
    const [opened, closed] = (await client.deals(login)).filter((deal) => deal['Symbol'] !== '');
    expect(opened).toMatchObject({
      Action: '1',
      Entry: '0',
      Volume: '5000',
      VolumeExt: '50000000',
    });
    expect(closed).toMatchObject({ Action: '0', Entry: '1', PositionID: opened?.['PositionID'] });
    expect(opened?.['Price']).toBe(opened?.['MarketBid']);
    expect(closed?.['Price']).toBe(closed?.['MarketAsk']);
    expect(Number(closed?.['Time']) - Number(opened?.['Time'])).toBe(3600);
    const moved = Number(opened?.['Price']) - Number(closed?.['Price']);
    const profit = moved * 100_000 * 0.5 * Number(closed?.['RateProfit']);
    expect(Number(closed?.['Profit'])).toBeCloseTo(profit, 1);
    expect(closed?.['Commission']).toBe('-0.50');
    expect((await account())['Margin']).toBe('0.00');
  });

  it('shows an open position at the market and closes it in parts', async () => {
    await client.balance(login, '10000');
    const opened = await server.post('/trade', { login, symbol: 'XAUUSD', side: 'buy', volume: 1 });
    const position = Number((opened['position'] as Record<string, string>)['Position']);
    server.clock.now += 60_000;
    const [shown] = (await client.get(`position/get_batch?login=${login}`)).list;
    expect(shown).toMatchObject({ Position: String(position), Symbol: 'XAUUSD', Volume: '10000' });
    const state = await account();
    expect(state['Floating']).toBe(shown?.['Profit']);
    await server.post('/close', { position, lots: '0.25' });
    const total = `position/get_total?login=${login}`;
    expect((await client.get(total)).record['Total']).toBe('1');
    expect((await client.get(`position/get_page?login=${login}`)).list[0]?.['Volume']).toBe('7500');
    await server.post('/close', { position });
    expect((await client.get(total)).record['Total']).toBe('0');
  });

  it('closes a position when its time has come', async () => {
    await client.balance(login, '1000');
    const order = { login, symbol: 'EURUSD', side: 'buy', volume: '0.01', holdSeconds: 90 };
    await server.post('/trade', order);
    server.clock.now += 89_000;
    server.traders.tick();
    expect(server.exchange.book.positionsOf(login).length).toBe(1);
    server.clock.now += 1_000;
    server.traders.tick();
    expect(server.exchange.book.positionsOf(login).length).toBe(0);
  });

  it('refuses trades on an account with trading disabled', async () => {
    await client.balance(login, '1000');
    const { record } = await client.get(`user/get?login=${login}`);
    await client.post('user/update', { ...record, Rights: String(0x163 | 0x4) });
    const order = { login, symbol: 'EURUSD', side: 'buy', volume: '0.01' };
    expect((await server.post('/trade', order))['status']).toBe(409);
  });

  it('pages deals by time and ticket without gaps or repeats', async () => {
    for (let count = 1; count <= 7; count += 1) await client.balance(login, String(count));
    server.clock.now += 1000;
    const query = `login=${login}&from=0&to=9999999999`;
    expect((await client.get(`deal/get_total?${query}`)).record).toMatchObject({
      Total: '7',
      total: '7',
    });
    const tickets: string[] = [];
    for (let offset = 0; offset < 9; offset += 3) {
      const { list } = await client.get(`deal/get_page?${query}&offset=${offset}&total=3`);
      tickets.push(...list.map((deal) => deal['Deal'] ?? ''));
    }
    expect(tickets.length).toBe(7);
    expect(new Set(tickets).size).toBe(7);
    expect(tickets.map(Number)).toEqual([...tickets.map(Number)].sort((a, b) => a - b));
  });

  it('selects deals by server time, both ends included', async () => {
    await client.balance(login, '5');
    const time = Number((await client.deals(login))[0]?.['Time']);
    const within = async (from: number, to: number): Promise<number> =>
      (await client.get(`deal/get_batch?login=${login}&from=${from}&to=${to}`)).list.length;
    expect(await within(time, time)).toBe(1);
    expect(await within(time + 1, time + 9)).toBe(0);
    expect(await within(time - 9, time - 1)).toBe(0);
  });

  it('reports the end of each day from the deals', async () => {
    await client.balance(login, '70');
    const time = Number((await client.deals(login))[0]?.['Time']);
    server.clock.now += 2 * 86_400_000;
    const { list } = await client.get(`daily/get?login=${login}&from=${time}&to=${time + 200_000}`);
    expect(list.map((day) => [day['DailyBalance'], day['Balance']])).toEqual([
      ['70.00', '70.00'],
      ['0.00', '70.00'],
    ]);
  });

  it('compares balance and history, and finds what was tampered with', async () => {
    await client.balance(login, '70');
    const check = async (): Promise<unknown> =>
      (await client.get(`user/check_balance?login=${login}&fixflag=0`)).body['answer'];
    expect(await check()).toMatchObject({ Balance: { User: '70.000000', History: '70.000000' } });
    await server.post('/tamper', { kind: 'balance', login, amount: '5' });
    expect(await check()).toMatchObject({ Balance: { User: '75.000000', History: '70.000000' } });
    const ticket = Number((await client.deals(login))[0]?.['Deal']);
    await server.post('/tamper', { kind: 'edit_deal', ticket, profit: '71' });
    const [edited] = await client.deals(login);
    expect(edited).toMatchObject({ Profit: '71.00', ModificationFlags: '1' });
    await server.post('/tamper', { kind: 'delete_deal', ticket });
    expect(await check()).toMatchObject({ Balance: { User: '75.000000', History: '0.000000' } });
  });

  it("books a dealer's own operation, foreign to whoever watches", async () => {
    const body = { login, amount: '-3', comment: 'manual', type: 5 };
    await client.balance(login, '10');
    expect(await server.post('/dealer-balance', body)).toMatchObject({ status: 200 });
    expect((await account())['Balance']).toBe('7.00');
  });
});
