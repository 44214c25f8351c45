import { tokenOf } from '../../../domain/trading/token';
import { PlatformAuthRefused, type TradingPlatform } from '../port';
import { type Fixture, startFixture } from './testing/fixture';
import { type SimulatorProcess } from './testing/simulator-process';

const group = 'cy-std/USD';
const euros = 'cy-std/EUR';
let simulator: SimulatorProcess;
let platform: TradingPlatform;
let request: Fixture['request'];
let newLogin: Fixture['newLogin'];
let fund: Fixture['fund'];
let trade: Fixture['trade'];

beforeAll(async () => {
  ({ simulator, platform, request, newLogin, fund, trade } = await startFixture(group, [
    '--seed',
    '1',
    '--clock-offset',
    '7200',
  ]));
}, 60_000);

afterAll(async () => {
  await simulator.stop();
});

afterEach(async () => {
  await simulator.control('DELETE', '/faults');
});

describe('cTrader behind the port', () => {
  it('declares what its server does and does not do', () => {
    expect(platform.capabilities).toMatchObject({
      kind: 'ctrader',
      balanceRecovery: 'external_id',
      marginCheckedDebits: false,
      investorPassword: false,
      history: 'deals',
    });
  });

  it('lists each group with each currency in which accounts may be held, and symbols', async () => {
    const groups = await platform.groups();
    expect(groups.map(({ name }) => name).sort()).toEqual([...simulator.groups].sort());
    expect(groups.find(({ name }) => name === group)).toEqual({
      name: group,
      currency: 'USD',
      currencyDigits: 2,
      marginMode: 'hedging',
      marginCall: '0',
      stopOut: '50',
      defaultLeverage: null,
    });
    expect((await platform.symbols()).find(({ name }) => name === 'EURUSD')).toMatchObject({
      digits: 5,
      contractSize: '100000',
      baseCurrency: 'EUR',
      profitCurrency: 'USD',
    });
  });

  it('opens an account, reads it, freezes it, blocks it and changes its leverage', async () => {
    const asked = request({ country: 'Cyprus', phone: '+35722000000' });
    const outcome = await platform.createAccount(asked);
    if (outcome.kind !== 'done') throw new Error(outcome.reason);
    const { login } = outcome;
    const opened = await platform.readAccount(login);
    expect(opened).toMatchObject({
      login,
      group,
      currency: 'USD',
      leverage: 30,
      accountToken: tokenOf(asked.accountId),
      access: { loginEnabled: true, tradingEnabled: true, readOnly: false },
      balance: { amountMinor: 0n, currency: 'USD' },
    });
    expect(Math.abs(Date.parse(opened?.registeredAt ?? '') - Date.now())).toBeLessThan(10_000);

    await fund(login, 5_000n);
    const frozen = { leverage: 20, access: { tradingEnabled: false } };
    expect(await platform.updateAccount(login, frozen)).toEqual({ kind: 'done' });
    expect(await platform.readAccount(login)).toMatchObject({
      leverage: 20,
      access: { loginEnabled: true, tradingEnabled: false, readOnly: false },
      accountToken: tokenOf(asked.accountId),
      balance: { amountMinor: 5_000n, currency: 'USD' },
    });
    const blocked = { access: { loginEnabled: false } };
    expect(await platform.updateAccount(login, blocked)).toEqual({ kind: 'done' });
    expect((await platform.readAccount(login))?.access.loginEnabled).toBe(false);
  });

  it('moves an account to a group of its currency and sends no other', async () => {
    const login = await newLogin();
    expect(await platform.updateAccount(login, { group: 'cy-pro/USD' })).toEqual({ kind: 'done' });
    expect((await platform.readAccount(login))?.group).toBe('cy-pro/USD');
    expect(await platform.updateAccount(login, { group: euros })).toMatchObject({
      kind: 'refused',
      code: 'OTHER_CURRENCY',
      notSent: true,
    });
  });

  it('refuses without sending a group without currency and a log-in of our choice', async () => {
    for (const change of [{ group: 'cy-std' }, { login: '123456' }]) {
      expect(await platform.createAccount(request(change))).toMatchObject({
        kind: 'refused',
        code: 'INVALID_PARAMETERS',
        notSent: true,
      });
    }
    expect(await platform.createAccount(request({ group: 'nowhere/USD' }))).toMatchObject({
      kind: 'refused',
      code: 'NOT_FOUND',
      notSent: false,
    });
  });

  it('knows no account where there is none', async () => {
    expect(await platform.readAccount('999998')).toBeNull();
    expect(await platform.updateAccount('999998', { leverage: 5 })).toMatchObject({
      kind: 'refused',
      code: 'NOT_FOUND',
    });
    const gone = { login: '999998', token: tokenOf('int_gone'), kind: 'balance' } as const;
    const amount = { amountMinor: 100n, currency: 'USD' };
    expect(await platform.balanceOperation({ ...gone, amount, checkMargin: true })).toMatchObject({
      kind: 'refused',
      code: 'NOT_FOUND',
      notSent: true,
    });
    const window = { from: new Date(0), to: new Date() };
    expect(await platform.findBalanceOperation({ ...gone, amount, ...window })).toMatchObject({
      kind: 'error',
    });
  });

  it('sets a password that the policy takes, sends no weak one, and has none for looking', async () => {
    const login = await newLogin();
    const password = platform.generatePassword();
    expect(await platform.setPassword({ login, kind: 'main', password })).toEqual({ kind: 'done' });
    expect(await platform.setPassword({ login, kind: 'main', password: 'weak' })).toMatchObject({
      code: 'PASSWORD_REJECTED',
      notSent: true,
    });
    expect(await platform.setPassword({ login, kind: 'investor', password })).toMatchObject({
      code: 'INVALID_PARAMETERS',
      notSent: true,
    });
    const fault = { kind: 'refuse', command: 'changepassword', code: 'INVALID_REQUEST' };
    await simulator.control('POST', '/faults', fault);
    expect(await platform.setPassword({ login, kind: 'main', password })).toMatchObject({
      code: 'PASSWORD_REJECTED',
      notSent: false,
    });
  });

  it('books money in and out and refuses what is not there', async () => {
    const login = await newLogin();
    await fund(login, 123_456n);
    const order = {
      login,
      token: tokenOf(`int_out_${login}`),
      kind: 'balance',
      checkMargin: true,
    } as const;
    const usd = (amountMinor: bigint) => ({ amountMinor, currency: 'USD' });
    expect(await platform.balanceOperation({ ...order, amount: usd(-23_456n) })).toMatchObject({
      kind: 'done',
    });
    expect(
      await platform.balanceOperation({ ...order, amount: usd(-100_001n), checkMargin: false }),
    ).toMatchObject({
      kind: 'refused',
      code: 'NOT_ENOUGH_MONEY',
      platformCode: 1,
      notSent: false,
    });
    expect(
      await platform.balanceOperation({ ...order, amount: usd(100_000_000_001n) }),
    ).toMatchObject({ kind: 'refused', code: 'MAXIMUM_AMOUNT' });
    expect(
      await platform.balanceOperation({ ...order, amount: { amountMinor: 100n, currency: 'EUR' } }),
    ).toMatchObject({ kind: 'refused', code: 'OTHER_CURRENCY', notSent: true });
    expect(await platform.balanceOperation({ ...order, amount: usd(0n) })).toMatchObject({
      code: 'INVALID_PARAMETERS',
      notSent: true,
    });
    expect(await platform.balanceCheck(login)).toEqual({
      login,
      agrees: true,
      balance: usd(100_000n),
      balanceByHistory: usd(100_000n),
      credit: usd(0n),
      creditByHistory: usd(0n),
    });
  });

  it('looks at the free margin itself before a debit, since the server does not', async () => {
    const login = await newLogin();
    await fund(login, 100_000n);
    await trade(login, { volume: '0.2' });
    const reading = await platform.readAccount(login);
    const margin = reading?.margin.amountMinor ?? 0n;
    expect(margin).toBeGreaterThan(50_000n);
    const debit = {
      login,
      token: tokenOf(`int_margin_${login}`),
      amount: { amountMinor: -60_000n, currency: 'USD' },
      kind: 'balance',
    } as const;
    expect(await platform.balanceOperation({ ...debit, checkMargin: true })).toMatchObject({
      kind: 'refused',
      code: 'NOT_ENOUGH_MONEY',
      notSent: true,
    });
    expect(await platform.balanceOperation({ ...debit, checkMargin: false })).toMatchObject({
      kind: 'done',
    });
  });

  it('keeps the kind of an operation and gives each a ticket of its own', async () => {
    const login = await newLogin();
    const kinds = ['balance', 'credit', 'charge', 'correction', 'bonus'] as const;
    await fund(login, 90_000n);
    for (const kind of kinds) {
      const amount = { amountMinor: kind === 'charge' ? -1_000n : 1_000n, currency: 'USD' };
      const token = tokenOf(`int_kind_${kind}_${login}`);
      const order = { login, token, amount, kind, checkMargin: true };
      expect(await platform.balanceOperation(order)).toMatchObject({ kind: 'done' });
    }
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const options = { overlapSeconds: 0, limit: 100, logins: [login] };
    const { deals } = await platform.dealsSince({ serverTime: 0 }, options);
    expect(deals.slice(1).map(({ kind }) => kind)).toEqual(kinds);
    expect(new Set(deals.map(({ ticket }) => BigInt(ticket) % 2n))).toEqual(new Set([1n]));
    expect(await platform.readAccount(login)).toMatchObject({
      balance: { amountMinor: 92_000n },
      credit: { amountMinor: 1_000n },
    });
  });

  it('sees through the balance check that somebody touched the balance', async () => {
    const login = await newLogin();
    await fund(login, 10_000n);
    const tampered = { kind: 'balance', login: Number(login), amount: '1.00' };
    await simulator.control('POST', '/tamper', tampered);
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: false });
  });

  it('sees by the missing version that an entry of no consequence is gone', async () => {
    const login = await newLogin();
    const first = BigInt(await fund(login, 10_000n));
    await fund(login, 20_000n);
    await simulator.control('POST', '/tamper', {
      kind: 'delete_deal',
      ticket: Number(first / 2n),
    });
    const back = { kind: 'balance', login: Number(login), amount: '-100.00' };
    await simulator.control('POST', '/tamper', back);
    expect(await platform.balanceCheck(login)).toMatchObject({
      agrees: false,
      balance: { amountMinor: 20_000n },
      balanceByHistory: { amountMinor: 20_000n },
    });
  });

  it('tells health and time, and why there is none', async () => {
    expect(await platform.health()).toMatchObject({ ok: true, offsetSeconds: 7_200 });
    const time = await platform.serverTime();
    expect(Math.abs(time.serverTimeMsc - 7_200_000 - Date.now())).toBeLessThan(2_000);
    const stranger = simulator.connect({ password: 'Not-The-Right-1' });
    expect(await stranger.health()).toMatchObject({
      ok: false,
      reason: expect.stringContaining('AUTHENTICATION_FAILED'),
    });
    await expect(stranger.groups()).rejects.toBeInstanceOf(PlatformAuthRefused);
    await expect(stranger.readAccount('1')).rejects.toBeInstanceOf(PlatformAuthRefused);
  });

  it('trusts the certificate of its authority and no other, on either wire', async () => {
    const stranger = simulator.connect({ caPath: null });
    expect(await stranger.health()).toMatchObject({ ok: false });
    await expect(stranger.readAccount('1')).rejects.toThrow('cannot connect');
    await expect(stranger.serverTime()).rejects.toThrow('cannot connect');
  });

  it('ends its sessions for good when it is closed', async () => {
    const other = simulator.connect();
    expect(await other.health()).toMatchObject({ ok: true });
    await other.endSession();
    expect(await other.health()).toMatchObject({ ok: true });
    await other.close();
    expect(await other.health()).toEqual({ ok: false, reason: 'the session is closed' });
  });
});
