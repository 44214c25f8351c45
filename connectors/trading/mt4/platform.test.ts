import { type CreateAccountRequest } from '../../../domain/trading/account';
import { tokenOf } from '../../../domain/trading/token';
import { PlatformAuthRefused, type TradingPlatform } from '../port';
import { type SimulatorProcess, startSimulator } from './testing/simulator-process';

const group = 'cy-usd-std';
let simulator: SimulatorProcess;
let platform: TradingPlatform;
let accounts = 0;

beforeAll(async () => {
  simulator = await startSimulator(['--seed', '1', '--clock-offset', '10800']);
  platform = simulator.connect();
}, 60_000);

afterAll(async () => {
  await simulator.stop();
});

function request(change: Partial<CreateAccountRequest> = {}): CreateAccountRequest {
  accounts += 1;
  return {
    accountId: `acc_platform_${accounts}`,
    group,
    leverage: 30,
    firstName: 'Ada',
    lastName: 'Lovelace',
    email: 'ada@example.test',
    ...change,
  };
}

async function newLogin(change: Partial<CreateAccountRequest> = {}): Promise<string> {
  const outcome = await platform.createAccount(request(change));
  if (outcome.kind !== 'done') throw new Error(`no account: ${outcome.kind}`);
  return outcome.login;
}

async function fund(login: string, amountMinor: bigint, currency = 'USD'): Promise<string> {
  const outcome = await platform.balanceOperation({
    login,
    token: tokenOf(`int_fund_${login}_${amountMinor}`),
    amount: { amountMinor, currency },
    kind: 'balance',
    checkMargin: true,
  });
  if (outcome.kind !== 'done') throw new Error(`no money: ${JSON.stringify(outcome)}`);
  return outcome.ticket;
}

describe('MetaTrader 4 behind the port', () => {
  it('lists groups and symbols in neutral words', async () => {
    const groups = await platform.groups();
    expect(groups.map(({ name }) => name)).toEqual([...simulator.groups].sort());
    expect(groups.find(({ name }) => name === group)).toEqual({
      name: group,
      currency: 'USD',
      currencyDigits: 2,
      marginMode: 'hedging',
      marginCall: '100.00',
      stopOut: '50.00',
      defaultLeverage: 100,
    });
    expect((await platform.symbols()).find(({ name }) => name === 'EURUSD')).toMatchObject({
      digits: 5,
      contractSize: '100000',
      baseCurrency: 'EUR',
      profitCurrency: 'USD',
    });
  });

  it('opens an account, reads it, freezes it, blocks it and changes its leverage', async () => {
    const asked = request();
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
    expect(
      await platform.updateAccount(login, { leverage: 20, access: { tradingEnabled: false } }),
    ).toEqual({ kind: 'done' });
    expect(await platform.updateAccount(login, { access: { loginEnabled: false } })).toEqual({
      kind: 'done',
    });
    expect(await platform.readAccount(login)).toMatchObject({
      leverage: 20,
      access: { loginEnabled: false, tradingEnabled: false, readOnly: false },
      accountToken: tokenOf(asked.accountId),
      balance: { amountMinor: 5_000n, currency: 'USD' },
    });
  });

  it('moves an account to a group of its currency and is refused another currency', async () => {
    const login = await newLogin();
    expect(await platform.updateAccount(login, { group: 'cy-usd-pro' })).toEqual({
      kind: 'done',
    });
    expect((await platform.readAccount(login))?.group).toBe('cy-usd-pro');
    expect(await platform.updateAccount(login, { group: 'cy-eur-std' })).toMatchObject({
      kind: 'refused',
      code: 'OTHER_CURRENCY',
      notSent: true,
    });
  });

  it('knows no account where there is none', async () => {
    expect(await platform.readAccount('999998')).toBeNull();
    expect(await platform.updateAccount('999998', { leverage: 5 })).toMatchObject({
      kind: 'refused',
      code: 'NOT_FOUND',
    });
  });

  it('sets a password that the policy takes and sends no other', async () => {
    const login = await newLogin();
    const password = platform.generatePassword();
    expect(await platform.setPassword({ login, kind: 'main', password })).toEqual({ kind: 'done' });
    expect(await platform.setPassword({ login, kind: 'main', password: 'weak' })).toMatchObject({
      kind: 'refused',
      code: 'PASSWORD_REJECTED',
      notSent: true,
    });
  });

  it('books money in and out and refuses what is not there', async () => {
    const login = await newLogin();
    await fund(login, 123_456n);
    const out = await platform.balanceOperation({
      login,
      token: tokenOf(`int_out_${login}`),
      amount: { amountMinor: -23_456n, currency: 'USD' },
      kind: 'balance',
      checkMargin: true,
    });
    expect(out).toMatchObject({ kind: 'done' });
    const order = {
      login,
      token: tokenOf(`int_over_${login}`),
      kind: 'balance',
      checkMargin: true,
    } as const;
    expect(
      await platform.balanceOperation({
        ...order,
        amount: { amountMinor: -100_001n, currency: 'USD' },
      }),
    ).toMatchObject({
      kind: 'refused',
      code: 'NOT_ENOUGH_MONEY',
      notSent: true,
    });
    expect(
      await platform.balanceOperation({
        ...order,
        checkMargin: false,
        amount: { amountMinor: -100_001n, currency: 'USD' },
      }),
    ).toMatchObject({
      kind: 'refused',
      code: 'NOT_ENOUGH_MONEY',
      platformCode: 134,
      notSent: false,
    });
    expect(
      await platform.balanceOperation({
        ...order,
        token: tokenOf(`int_most_${login}`),
        amount: { amountMinor: 100_000_000_001n, currency: 'USD' },
      }),
    ).toMatchObject({
      kind: 'refused',
      code: 'INVALID_PARAMETERS',
      platformCode: 3,
    });
    expect(
      await platform.balanceOperation({ ...order, amount: { amountMinor: 100n, currency: 'EUR' } }),
    ).toMatchObject({
      kind: 'refused',
      code: 'OTHER_CURRENCY',
      notSent: true,
    });
    expect(await platform.balanceCheck(login)).toEqual({
      login,
      agrees: true,
      balance: { amountMinor: 100_000n, currency: 'USD' },
      balanceByHistory: { amountMinor: 100_000n, currency: 'USD' },
      credit: { amountMinor: 0n, currency: 'USD' },
      creditByHistory: { amountMinor: 0n, currency: 'USD' },
    });
  });

  it('sees through the balance check that somebody touched the balance', async () => {
    const login = await newLogin();
    await fund(login, 10_000n);
    await simulator.control('POST', '/tamper', {
      kind: 'balance',
      login: Number(login),
      amount: '1.00',
    });
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: false });
  });

  it('reads positions with their money and sides', async () => {
    const login = await newLogin();
    await fund(login, 1_000_000n);
    await simulator.control('POST', '/trade', {
      login: Number(login),
      symbol: 'EURUSD',
      side: 'sell',
      volume: '0.15',
    });
    const [position, ...others] = await platform.positions({ login });
    expect(others).toEqual([]);
    expect(position).toMatchObject({
      login,
      symbol: 'EURUSD',
      side: 'sell',
      volume: 15_000_000n,
      currency: 'USD',
    });
    expect(Math.abs(Date.parse(position?.openedAt ?? '') - Date.now())).toBeLessThan(10_000);
    expect((await platform.positions({ group })).map(({ positionId }) => positionId)).toContain(
      position?.positionId,
    );
  });

  it('tells health and time, and why there is none', async () => {
    expect(await platform.health()).toMatchObject({ ok: true, offsetSeconds: 10_800 });
    const time = await platform.serverTime();
    expect(Math.abs(time.serverTimeMsc - 10_800_000 - Date.now())).toBeLessThan(2_000);
    const stranger = simulator.connect({ clientSecret: 'not-the-right-one' });
    expect(await stranger.health()).toMatchObject({
      ok: false,
      reason: 'no session: the client was refused',
    });
    await expect(stranger.groups()).rejects.toBeInstanceOf(PlatformAuthRefused);
  });
});
