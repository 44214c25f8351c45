import { md5, startTestServer, type TestServer, TRADER } from './testing';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  await server.stop();
});

async function openAccount(fields: object = {}): Promise<number> {
  const made = await server.call('POST', 'traders', { ...TRADER, ...fields });
  if (made.status !== 201) throw new Error(made.text);
  return Number(made.json['login']);
}

function deposit(login: number, preciseAmount: number, more: object = {}) {
  const body = { login, preciseAmount, type: 'DEPOSIT', ...more };
  return server.call('POST', `traders/${login}/changebalance`, body);
}

function codeOf({ json }: { json: Record<string, unknown> }): unknown {
  return (json['error'] as { errorCode?: string } | undefined)?.errorCode;
}

describe('WebServices of the simulator', () => {
  it('makes an account, and tells its money as integers', async () => {
    const login = await openAccount({ description: 'token' });
    expect(login).toBe(500_001);
    expect(await deposit(login, 1_234.56)).toMatchObject({ status: 200 });
    const { json } = await server.call('GET', `traders/${login}`);
    expect(json).toMatchObject({
      login,
      groupName: 'cy-std',
      depositCurrency: 'USD',
      balance: 123_456,
      moneyDigits: 2,
      leverageInCents: 3_000,
      accessRights: 'FULL_ACCESS',
      description: 'token',
    });
  });

  it('asks for a token and for what an account needs', async () => {
    expect(await server.call('GET', 'symbols?token=wrong')).toMatchObject({ status: 401 });
    const { leverageInCents: _left, ...rest } = TRADER;
    const missing = await server.call('POST', 'traders', rest);
    expect([missing.status, codeOf(missing)]).toEqual([400, 'INVALID_REQUEST']);
    const nowhere = await server.call('POST', 'traders', { ...TRADER, groupName: 'nowhere' });
    expect([nowhere.status, codeOf(nowhere)]).toEqual([404, 'TRADER_GROUP_NOT_FOUND']);
  });

  it('changes what PATCH names, and resets with PUT what is left out', async () => {
    const login = await openAccount({ name: 'Ada', description: 'token' });
    expect(await server.call('PATCH', `traders/${login}`, { leverageInCents: 500 })).toMatchObject({
      status: 204,
    });
    expect((await server.call('GET', `traders/${login}`)).json).toMatchObject({
      leverageInCents: 500,
      name: 'Ada',
      description: 'token',
    });
    await server.call('PUT', `traders/${login}`, { ...TRADER, lastName: 'Byron' });
    expect((await server.call('GET', `traders/${login}`)).json).toMatchObject({
      leverageInCents: 3_000,
      name: '',
      lastName: 'Byron',
      description: '',
    });
  });

  it('refuses more than the balance and looks at no margin', async () => {
    const login = await openAccount();
    await deposit(login, 1_000);
    await server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '0.2' });
    const over = await deposit(login, 1_000.01, { type: 'WITHDRAW' });
    expect([over.status, codeOf(over)]).toEqual([400, 'NOT_ENOUGH_MONEY']);
    expect(await deposit(login, 900, { type: 'WITHDRAW' })).toMatchObject({ status: 200 });
    for (const amount of [0, -5]) {
      expect(codeOf(await deposit(login, amount))).toBe('CHANGE_BALANCE_BAD_AMOUNT');
    }
  });

  it('books the same externalId twice: nobody promised otherwise', async () => {
    const login = await openAccount();
    const first = await deposit(login, 10, { externalId: 'one' });
    const second = await deposit(login, 10, { externalId: 'one' });
    expect(first.json['balanceHistoryId']).not.toBe(second.json['balanceHistoryId']);
    expect((await server.call('GET', `traders/${login}`)).json['balance']).toBe(2_000);
  });

  it('takes passwords by their MD5, refuses known weak ones, and proves them to a cTID', async () => {
    const login = await openAccount();
    const path = `traders/${login}/changepassword`;
    const weak = await server.call('POST', path, { login, hashedPassword: md5('password') });
    expect(codeOf(weak)).toBe('INVALID_REQUEST');
    const hashedPassword = md5('Another-456');
    expect(await server.call('POST', path, { login, hashedPassword })).toMatchObject({
      status: 204,
    });
    const user = await server.call('POST', '../../cid/ctid/create', { email: 'a@example.test' });
    expect(user.json['userId']).toEqual(expect.any(Number));
    const link = { traderLogin: login, userId: user.json['userId'], returnAccountDetails: true };
    const withHash = (traderPasswordHash: string) =>
      server.call('POST', '../../cid/ctid/link', { ...link, traderPasswordHash });
    expect(await withHash(TRADER.hashedPassword)).toMatchObject({ status: 403 });
    expect((await withHash(hashedPassword)).json).toEqual({ ctidTraderAccountId: login });
  });

  it('finds every password too weak while weak_password lasts', async () => {
    const login = await openAccount();
    await server.post('/faults', { kind: 'weak_password' });
    const made = await server.call('POST', 'traders', TRADER);
    expect([made.status, codeOf(made)]).toEqual([400, 'INVALID_REQUEST']);
    const body = { login, hashedPassword: md5('Strong-1a') };
    expect(codeOf(await server.call('POST', `traders/${login}/changepassword`, body))).toBe(
      'INVALID_REQUEST',
    );
  });

  it('lists accounts by registration and group', async () => {
    const first = await openAccount();
    server.clock.now += 60_000;
    const second = await openAccount({ groupName: 'off-std' });
    const list = async (query: string): Promise<unknown[]> => {
      const { json } = await server.call('GET', `traders?${query}`);
      return (json['trader'] as { login: number }[]).map(({ login }) => login);
    };
    const day = 'from=2025-10-15T00:00:00.000&to=2025-10-16T00:00:00.000';
    expect(await list(day)).toEqual([first, second]);
    expect(await list(`${day}&groupId=13`)).toEqual([second]);
    expect(await list('from=2025-10-15T10:00:30.000&to=2025-10-16T00:00:00.000')).toEqual([second]);
  });

  it('reports open and closed positions as CSV, closed ones of two days at most', async () => {
    const login = await openAccount();
    await deposit(login, 10_000);
    await server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '0.1' });
    await server.post('/trade', {
      login,
      symbol: 'EURUSD',
      side: 'sell',
      volume: '0.25',
      openAt: '2025-10-15T08:00:00Z',
      closeAt: '2025-10-15T09:00:00Z',
    });
    const [header, row, ...more] = (await server.call('GET', 'openPositions')).text.split('\n');
    expect(header?.split(',').slice(0, 7).join()).toBe(
      'login,positionId,openTimestamp,entryPrice,direction,volume,symbol',
    );
    expect(row).toMatch(/^500001,\d+,2025-10-15T10:00:00.000,\d\.\d{5},BUY,10000,EURUSD,/);
    expect(more).toEqual(['']);
    const closed = await server.call(
      'GET',
      'closedPositions?from=2025-10-15T00:00:00.000&to=2025-10-16T00:00:00.000',
    );
    expect(closed.text.split('\n')[0]).toBe(
      'login,positionId,dealId,openTimestamp,closeTimestamp,entryPrice,closePrice,direction,volume,symbol,commission,swap,pnl,depositConversionRate,usdConversionRate,bookType,stake,spreadBetting',
    );
    expect(closed.text.split('\n')[1]).toMatch(
      /^500001,\d+,\d+,2025-10-15T08:00:00.000,2025-10-15T09:00:00.000,.*,SELL,25000,EURUSD,-0\.50,/,
    );
    const long = 'closedPositions?from=2025-10-01T00:00:00.000&to=2025-10-16T00:00:00.000';
    expect(codeOf(await server.call('GET', long))).toBe('INCORRECT_BOUNDARIES');
  });

  it('has no log-in left when the range is full, and keeps accounts with open positions', async () => {
    await server.post('/login-range', { group: 'off-pro/USD', from: 600_001, to: 600_001 });
    const login = await openAccount({ groupName: 'off-pro' });
    const next = await server.call('POST', 'traders', { ...TRADER, groupName: 'off-pro' });
    expect(codeOf(next)).toBe('LOGINS_EXHAUSTED');
    await deposit(login, 1_000);
    await server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '0.1' });
    const kept = await server.call('DELETE', `traders/${login}`);
    expect(codeOf(kept)).toBe('TRADER_HAS_POSITIONS');
  });
});
