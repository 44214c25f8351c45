import { accountRights, type AccountRight } from '../../domain/trading/account';
import type { PlatformKind } from '../../domain/trading/capabilities';
import { tokenOf } from '../../domain/trading/token';
import type { TradingPlatform } from './port';
import { startSimulator as startCtrader } from './ctrader/testing/simulator-process';
import { startSimulator as startMt4 } from './mt4/testing/simulator-process';
import { startSimulator as startMt5 } from './mt5/testing/simulator-process';

interface Shown {
  readonly login: number;
  readonly rights: number;
  readonly swapFree: boolean;
}

interface Simulated {
  connect(): TradingPlatform;
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** How each is started, two groups of one currency and one for closing alone, and the bit of the server behind each right that can be denied. */
const platforms = [
  {
    kind: 'mt5',
    start: startMt5,
    groups: ['real\\off-usd-std', 'real\\off-usd-pro'],
    closing: 'real\\close-usd',
    bits: { experts: 0x40, trailing_stops: 0x20, reports: 0x100, change_password: 0x2, trade: 0x4 },
  },
  {
    kind: 'mt4',
    start: startMt4,
    groups: ['off-usd-std', 'off-usd-pro'],
    closing: 'close-usd',
    bits: { change_password: 0x2, trade: 0x4 },
  },
  {
    kind: 'ctrader',
    start: startCtrader,
    groups: ['off-std/USD', 'off-pro/USD'],
    closing: '',
    bits: { trade: 0x4 },
  },
] as const satisfies readonly {
  kind: PlatformKind;
  start: () => Promise<Simulated>;
  groups: readonly [string, string];
  closing: string;
  bits: Partial<Record<AccountRight, number>>;
}[];

describe.each(platforms)('what $kind says it can', ({ start, groups, closing, bits }) => {
  let simulator: Simulated;
  let platform: TradingPlatform;
  let accounts = 0;

  beforeAll(async () => {
    simulator = await start();
    platform = simulator.connect();
  }, 60_000);

  afterAll(() => simulator.stop());

  async function newLogin(change: { rights?: readonly AccountRight[]; swapFree?: boolean } = {}) {
    accounts += 1;
    const made = await platform.createAccount({
      accountId: `acc_capabilities_${accounts}`,
      group: groups[0],
      leverage: 100,
      firstName: 'Ada',
      lastName: 'Lovelace',
      email: 'ada@example.test',
      ...change,
    });
    if (made.kind !== 'done') throw new Error(JSON.stringify(made));
    return made.login;
  }

  async function shown(login: string): Promise<Shown> {
    const { accounts: all } = (await simulator.control('GET', '/state')) as { accounts: Shown[] };
    const found = all.find((account) => String(account.login) === login);
    if (!found) throw new Error(`no log-in ${login}`);
    return found;
  }

  const operation = (login: string, name: string, change: object = {}) =>
    platform.balanceOperation({
      login,
      token: tokenOf(`int_${name}_${login}`),
      amount: { amountMinor: 100_000n, currency: 'USD' },
      kind: 'balance',
      checkMargin: true,
      ...change,
    });

  it('denies to one log-in the rights that it names, and those alone', async () => {
    const { rights } = platform.capabilities;
    const all = (await shown(await newLogin({ rights: accountRights }))).rights;
    for (const right of accountRights) {
      const rest = accountRights.filter((other) => other !== right);
      const without = (await shown(await newLogin({ rights: rest }))).rights;
      const bit = Object.entries(bits).find(([name]) => name === right)?.[1] ?? 0;
      expect([right, (all ^ without) & ~0x4000]).toEqual([right, bit]);
      if (bit !== 0) expect(rights).toContain(right);
    }
    const readable = await platform.readAccount(
      await newLogin({ rights: accountRights.filter((right) => right !== 'trade') }),
    );
    expect(readable?.access).toMatchObject({ loginEnabled: true, tradingEnabled: false });
  });

  it('tells the latest market of the symbols that it has, and when that was', async () => {
    const quotes = await platform.quotes(['EURUSD', 'NOSUCH']);
    expect(quotes).toEqual([
      {
        symbol: 'EURUSD',
        bid: expect.stringMatching(/^\d\.\d+$/) as unknown,
        ask: expect.stringMatching(/^\d\.\d+$/) as unknown,
        at: expect.stringMatching(/Z$/) as unknown,
      },
    ]);
    const [{ bid, ask, at } = { bid: '', ask: '', at: '' }] = quotes;
    expect(Number(ask)).toBeGreaterThan(Number(bid));
    // The simulators' clocks are hours off; what is told is in UTC.
    expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(5_000);
  });

  it('makes a log-in swap-free by itself where it says so', async () => {
    const isByLogin = platform.capabilities.swapFree === 'login';
    expect((await shown(await newLogin({ swapFree: true }))).swapFree).toBe(isByLogin);
    expect((await shown(await newLogin())).swapFree).toBe(false);
  });

  it('keeps comments long enough for our token, and finds an operation by it', async () => {
    const login = await newLogin();
    const token = tokenOf(`int_money_${login}`);
    expect(token.length).toBeLessThanOrEqual(platform.capabilities.commentCharactersMax);
    const done = await operation(login, 'money');
    expect(done.kind).toBe('done');
    const found = await platform.findBalanceOperation({
      login,
      token,
      amount: { amountMinor: 100_000n, currency: 'USD' },
      from: new Date(Date.now() - 60_000),
      to: new Date(Date.now() + 2_000),
    });
    expect(found).toMatchObject({
      kind: 'found',
      ticket: done.kind === 'done' ? done.ticket : '',
    });
  });

  it('refuses a debit beyond the free margin when that is asked, whoever looks', async () => {
    const login = await newLogin();
    await operation(login, 'in');
    await simulator.control('POST', '/trade', {
      ...{ login: Number(login), symbol: 'EURUSD', side: 'buy', volume: '0.80' },
    });
    const debit = { amount: { amountMinor: -90_000n, currency: 'USD' } };
    expect(await operation(login, 'out', debit)).toMatchObject({
      kind: 'refused',
      code: 'NOT_ENOUGH_MONEY',
    });
  });

  it('takes no credit away that open positions stand on, whoever looks', async () => {
    const login = await newLogin();
    await operation(login, 'lent', { kind: 'credit' });
    await simulator.control('POST', '/trade', {
      ...{ login: Number(login), symbol: 'EURUSD', side: 'buy', volume: '0.80' },
    });
    const back = (amountMinor: bigint) =>
      ({ kind: 'credit', amount: { amountMinor, currency: 'USD' } }) as const;
    expect(await operation(login, 'back', back(-90_000n))).toMatchObject({
      kind: 'refused',
      code: 'NOT_ENOUGH_MONEY',
    });
    expect(await operation(login, 'back-a-little', back(-100n))).toMatchObject({ kind: 'done' });
    expect(await platform.readAccount(login)).toMatchObject({ credit: { amountMinor: 99_900n } });
  });

  it('has a second password where it says so', async () => {
    const password = platform.generatePassword();
    const outcome = await platform.setPassword({
      login: await newLogin(),
      kind: 'investor',
      password,
    });
    expect(outcome.kind).toBe(platform.capabilities.investorPassword ? 'done' : 'refused');
  });

  it('moves a log-in to another group of its currency', async () => {
    const login = await newLogin();
    expect(platform.capabilities.groupMove).toBe(true);
    expect(await platform.updateAccount(login, { group: groups[1] })).toEqual({ kind: 'done' });
    expect(await platform.readAccount(login)).toMatchObject({ group: groups[1] });
  });

  it('keeps a log-in from opening while it may close, as it says it can', async () => {
    const login = await newLogin();
    await operation(login, 'to-close');
    const open = () =>
      simulator.control('POST', '/trade', {
        ...{ login: Number(login), symbol: 'EURUSD', side: 'buy', volume: '0.01' },
      });
    await open();
    const byLogin = await platform.updateAccount(login, { access: { closeOnly: true } });
    if (platform.capabilities.closeOnly === 'login') {
      expect(byLogin).toEqual({ kind: 'done' });
      expect(await platform.readAccount(login)).toMatchObject({ access: { closeOnly: true } });
    } else {
      expect(byLogin).toMatchObject({ kind: 'refused', notSent: true });
      expect(await platform.updateAccount(login, { group: closing })).toEqual({ kind: 'done' });
    }
    await expect(open()).rejects.toThrow();
    const [position] = await platform.positions({ login });
    await simulator.control('POST', '/close', { position: Number(position?.positionId) });
    expect(await platform.positions({ login })).toEqual([]);
  });

  it('lends credit', async () => {
    const login = await newLogin();
    expect(platform.capabilities.credit).toBe(true);
    expect(await operation(login, 'credit', { kind: 'credit' })).toMatchObject({ kind: 'done' });
    expect(await platform.readAccount(login)).toMatchObject({
      credit: { amountMinor: 100_000n },
      balance: { amountMinor: 0n },
    });
  });

  it('puts the market of now beside a deal that was just made', async () => {
    const login = await newLogin();
    await operation(login, 'to-trade');
    await simulator.control('POST', '/trade', {
      ...{ login: Number(login), symbol: 'USDJPY', side: 'sell', volume: '0.10' },
    });
    await new Promise((done) => setTimeout(done, 1_500));
    const { serverTimeMsc } = await platform.serverTime();
    const read = () =>
      platform.dealsSince(
        { serverTime: Math.floor(serverTimeMsc / 1_000) - 30 },
        { overlapSeconds: 0, limit: 100, logins: [login] },
      );
    const openingOf = async () => (await read()).deals.find(({ kind }) => kind === 'trade');
    const opening = await openingOf();
    expect(opening).toMatchObject({ entry: 'in', symbol: 'USDJPY', digits: 3 });
    expect(Number(opening?.ask) - Number(opening?.bid)).toBeGreaterThan(0);
    expect(Number(opening?.profitRate)).toBeCloseTo(1 / Number(opening?.price), 5);
    expect(opening?.quoted).toBe(platform.capabilities.kind === 'mt5' ? 'deal' : 'tick');
    // Read again it has the market that it had, not that of later.
    expect(await openingOf()).toMatchObject({ bid: opening?.bid, ask: opening?.ask });
  });
});
