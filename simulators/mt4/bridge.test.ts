import { type Client, PLATFORM, startTestServer, type TestServer } from './testing';

let server: TestServer;
let client: Client;

beforeAll(async () => {
  server = await startTestServer();
  client = server.client();
  await client.login();
});

afterAll(async () => {
  await server.stop();
});

describe('the bridge', () => {
  it('tells where tokens come from, and lets nobody in without one', async () => {
    const stranger = server.client();
    const { body } = await stranger.send('GET', '/.well-known/openid-configuration');
    expect(body['token_endpoint']).toBe(`${server.rest}/connect/token`);
    expect((await stranger.get('ServerTime')).status).toBe(401);
    const refused = await stranger.login({ id: 'test-client', secret: 'another' });
    expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect((await stranger.get('ServerTime')).status).toBe(401);
  });

  it('ends a token after an hour', async () => {
    const other = server.client();
    await other.login();
    expect((await other.get('ServerTime')).status).toBe(200);
    server.clock.now += 3_600_001;
    expect((await other.get('ServerTime')).status).toBe(401);
    server.clock.now -= 3_600_001;
  });

  it('answers with HTTP 200 and an envelope, good or bad', async () => {
    const good = await client.get('ServerTime');
    expect(good.body).toEqual({
      data: '2025-10-15T13:00:00Z',
      error: null,
      meta: { activityId: expect.any(String), paging: null },
    });
    expect(good.headers['x-request-timeout-applied']).toBe('10');
    for (const [path, code] of [
      ['UserRecordGet/77', 'NotFound'],
      ['UserRecordGet/x', 'Validation'],
      ['NoSuchThing', 'NotFound'],
      ['UsersRequest?limit=0', 'Validation'],
      ['TradesUserHistory/77?fromTime=yesterday', 'NotFound'],
      ['TickInfoLast/NOPE', 'NotFound'],
    ] as const) {
      expect(await client.get(path)).toMatchObject({ status: 200, code, body: { data: null } });
    }
    const elsewhere = await client.send(
      'GET',
      `/api/v2/MT4/${PLATFORM.replace('3', '4')}/ServerTime`,
    );
    expect(elsewhere).toMatchObject({ status: 200, code: 'NotFound' });
  });

  it.each(['0.5', '301', 'soon'])('refuses a deadline of %s seconds', async (seconds) => {
    const path = `/api/v2/MT4/${PLATFORM}/ServerTime`;
    const reply = await client.send('GET', path, undefined, { 'X-Request-Timeout': seconds });
    expect(reply.code).toBe('Validation');
  });

  it('pages by a cursor that new rows do not shift', async () => {
    const logins = [await client.openAccount(), await client.openAccount()];
    const first = await client.get('UsersRequest?limit=1');
    expect(first.list).toHaveLength(1);
    logins.push(await client.openAccount());
    const seen = first.list.map((user) => user['login']);
    for (let { cursor } = first; cursor !== null;) {
      const page = await client.get(`UsersRequest?limit=1&cursor=${cursor}`);
      seen.push(...page.list.map((user) => user['login']));
      cursor = page.cursor;
    }
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen).toEqual(expect.arrayContaining(logins));
  });

  it('opens, patches, replaces and reads a record', async () => {
    const login = await client.openAccount({ country: 'Cyprus', comment: 'x'.repeat(80) });
    const made = (await client.get(`UserRecordGet/${login}`)).record;
    expect(made).toMatchObject({
      login,
      group: 'cy-usd-std',
      leverage: 30,
      enableFlags: 3,
      balance: 0,
    });
    expect(String(made['comment'])).toHaveLength(63);
    await client.patch(`UserRecord/${login}`, { leverage: 20, enableFlags: 7, unknown: 1 });
    const patched = (await client.get(`UserRecordsRequest?logins=${login}&logins=9`)).list;
    expect(patched).toMatchObject([{ leverage: 20, enableFlags: 7, country: 'Cyprus' }]);
    await client.post(`UserRecordUpdate/${login}`, { name: 'Ada', leverage: 10 });
    const replaced = (await client.get(`UserRecordGet/${login}`)).record;
    expect(replaced).toMatchObject({ name: 'Ada', leverage: 10, country: '', group: 'cy-usd-std' });
    const euro = await client.patch(`UserRecord/${login}`, { group: 'cy-eur-std' });
    expect(euro).toMatchObject({ code: 'MT4Error', managerCode: 'InvalidData' });
  });

  it.each([
    ['abcd', false],
    ['abcdef', false],
    ['abcd1', true],
    ['Abcdefghijklmn1', true],
    ['Abcdefghijklmn12', false],
  ])('judges the password %s as %s', async (password, good) => {
    const login = await client.openAccount();
    const reply = await client.post(`UserPasswordSet/${login}`, password);
    expect(reply.code).toBe(good ? null : 'MT4Error');
    expect((await client.post(`UserPasswordCheck/${login}`, password)).body['data']).toBe(good);
  });

  it('has no free log-in when the range is full', async () => {
    await server.post('/login-range', { group: 'off-usd-pro', from: 900_001, to: 900_001 });
    expect(await client.openAccount({ group: 'off-usd-pro' })).toBe(900_001);
    const full = await client.post('UserRecordNew', { group: 'off-usd-pro' });
    expect(full).toMatchObject({ code: 'MT4Error', managerCode: 'InvalidData' });
  });
});

describe('money and trades', () => {
  it('books balance and credit, cuts the comment and refuses what is not there', async () => {
    const login = await client.openAccount();
    const comment = 'a comment that is longer than thirty-one characters';
    const paid = await client.balance(login, 1000.5, { comment });
    expect(paid.record).toMatchObject({ order: expect.any(Number), orderBy: login });
    await client.balance(login, 50, { credit: true });
    expect((await client.get(`UserRecordGet/${login}`)).record).toMatchObject({
      balance: 1000.5,
      credit: 50,
    });
    const broke = await client.balance(login, -1000.51);
    expect(broke).toMatchObject({ code: 'MT4Error', managerCode: 'TradeNoMoney' });
    expect(await client.balance(99, 5)).toMatchObject({ managerCode: 'BadAccountInfo' });
    expect(await client.balance(login, 0)).toMatchObject({ managerCode: 'InvalidData' });
    const odd = { tradeTransactionType: 'BrBorrow', orderBy: login, price: 5 };
    expect((await client.post('TradeTransaction', odd)).code).toBe('Validation');
    const history = (await client.get(`TradesUserHistory/${login}`)).list;
    expect(history).toMatchObject([
      {
        order: paid.record['order'],
        tradeCommand: 'Balance',
        profit: 1000.5,
        comment: comment.slice(0, 31),
      },
      { tradeCommand: 'Credit', profit: 50 },
    ]);
    expect((await client.get(`AdmBalanceCheck/${login}`)).record).toEqual({ login, diff: 0 });
  });

  it('keeps one record a trade, and the balance is what the closed ones add up to', async () => {
    const login = await client.openAccount();
    await client.balance(login, 10_000);
    await server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '1.00' });
    const [open] = (await client.get(`TradesGetByLogin/${login}/cy-usd-std`)).list;
    expect(open).toMatchObject({
      volume: 100,
      tradeCommand: 'Buy',
      tradeRecordState: 'OpenNormal',
    });
    expect((await client.get(`UserRecordGet/${login}`)).record['balance']).toBe(10_000);
    server.clock.now += 60_000;
    await server.post('/close', { position: open?.['order'], lots: '0.30' });
    const [rest] = (await client.get('TradesRequest?group=cy-usd-std')).list;
    expect(rest).toMatchObject({ login, volume: 70, comment: `from #${String(open?.['order'])}` });
    expect(rest?.['order']).not.toBe(open?.['order']);
    await server.post('/close', { position: open?.['order'] });
    const history = (await client.get(`TradesUserHistory/${login}`)).list;
    const trades = history.filter((trade) => trade['tradeCommand'] === 'Buy');
    expect(trades).toMatchObject([
      { order: open?.['order'], volume: 30, commission: -0.6, tradeRecordState: 'ClosedPart' },
      { order: rest?.['order'], volume: 70, commission: -1.4, openTime: open?.['openTime'] },
    ]);
    const sum = history.reduce(
      (total, trade) => total + Number(trade['profit']) + Number(trade['commission']),
      0,
    );
    const { balance } = (await client.get(`UserRecordGet/${login}`)).record;
    expect(sum).toBeCloseTo(Number(balance), 6);
  });

  it('shows a month of trades by the time of their close', async () => {
    const login = await client.openAccount();
    await client.balance(login, 50_000);
    const to = new Date(server.clock.now - 86_400_000).toISOString();
    const from = new Date(server.clock.now - 30 * 86_400_000).toISOString();
    await server.post('/backfill', { login, from, to, trades: 40, seed: 3 });
    const all = (await client.get(`TradesUserHistory/${login}`)).list;
    expect(all.length).toBeGreaterThan(40);
    const middle = '2025-10-01T00:00:00';
    const before = await client.get(`TradesUserHistory/${login}?toTime=2025-09-30T23:59:59`);
    const after = await client.get(`TradesUserHistory/${login}?fromTime=${middle}`);
    expect(before.list.length).toBeGreaterThan(5);
    expect(before.list.length + after.list.length).toBe(all.length);
    expect((await client.get(`AdmBalanceCheck/${login}`)).record['diff']).toBe(0);
  });

  it('shows when a record was edited, and leaves a deleted one out', async () => {
    const login = await client.openAccount();
    const order = (await client.balance(login, 10)).record['order'];
    server.clock.now += 5_000;
    await server.post('/tamper', { kind: 'edit_deal', ticket: order, comment: 'edited' });
    const [edited] = (await client.get(`TradesUserHistory/${login}`)).list;
    expect(edited?.['comment']).toBe('edited');
    expect(
      Date.parse(String(edited?.['timeStamp'])) - Date.parse(String(edited?.['closeTime'])),
    ).toBe(5_000);
    await server.post('/tamper', { kind: 'delete_deal', ticket: order });
    expect((await client.get(`TradesUserHistory/${login}`)).list).toEqual([]);
    expect((await client.get(`AdmBalanceCheck/${login}`)).record['diff']).toBe(-10);
    expect((await client.get(`AdmBalanceCheck?logins=${login}`)).list).toEqual([
      { login, diff: -10 },
    ]);
  });
});
