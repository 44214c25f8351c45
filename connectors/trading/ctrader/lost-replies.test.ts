import { type CreateAccountRequest } from '../../../domain/trading/account';
import { type BalanceLookup, type BalanceOutcome } from '../../../domain/trading/outcome';
import { tokenOf } from '../../../domain/trading/token';
import { type BalanceOperationRequest, type TradingPlatform } from '../port';
import { type SimulatorProcess, startSimulator } from './testing/simulator-process';

const group = 'off-std/USD';
const started = new Date();
let simulator: SimulatorProcess;
let platform: TradingPlatform;
let login: string;
let operations = 0;

beforeAll(async () => {
  simulator = await startSimulator(['--seed', '1']);
  platform = simulator.connect();
}, 60_000);

afterAll(async () => {
  await simulator.stop();
});

beforeEach(async () => {
  operations += 1;
  const outcome = await platform.createAccount(account(`acc_${operations}`));
  if (outcome.kind !== 'done') throw new Error(`no account: ${outcome.reason}`);
  login = outcome.login;
});

afterEach(async () => {
  await simulator.control('DELETE', '/faults');
});

function account(accountId: string): CreateAccountRequest {
  return {
    accountId,
    group,
    leverage: 100,
    firstName: 'A',
    lastName: 'B',
    email: 'a@example.test',
  };
}

async function plant(kind: string, more: object = {}): Promise<void> {
  await simulator.control('POST', '/faults', { kind, ...more });
}

function deposit(): BalanceOperationRequest {
  return {
    login,
    token: tokenOf(`int_lost_${operations}`),
    amount: { amountMinor: 25_000n, currency: 'USD' },
    kind: 'balance',
    checkMargin: true,
  };
}

async function send(change: Partial<BalanceOperationRequest> = {}): Promise<BalanceOutcome> {
  return await platform.balanceOperation({ ...deposit(), ...change });
}

async function look(from = started): Promise<BalanceLookup> {
  const { token, amount } = deposit();
  return await platform.findBalanceOperation({ login, token, amount, from, to: new Date() });
}

async function balanceMinor(): Promise<bigint | undefined> {
  return (await platform.readAccount(login))?.balance.amountMinor;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('a balance operation whose reply is lost', () => {
  it('is unknown when it was applied, and is found exactly once', async () => {
    await plant('lose_reply_after_apply');
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(await look()).toMatchObject({
      kind: 'found',
      amount: { amountMinor: 25_000n, currency: 'USD' },
      cut: false,
    });
    expect(await balanceMinor()).toBe(25_000n);
  });

  it('is found as credit and as a debit too', async () => {
    await send();
    const token = tokenOf(`int_credit_${operations}`);
    const amount = { amountMinor: -5_000n, currency: 'USD' };
    await plant('lose_reply_after_apply', { times: 2 });
    expect(await send({ token, amount, checkMargin: false })).toMatchObject({ kind: 'unknown' });
    const other = tokenOf(`int_bonus_${operations}`);
    const lent = { amountMinor: 7_000n, currency: 'USD' };
    expect(await send({ token: other, amount: lent, kind: 'credit' })).toMatchObject({
      kind: 'unknown',
    });
    const window = { login, from: started, to: new Date() };
    expect(await platform.findBalanceOperation({ ...window, token, amount })).toMatchObject({
      kind: 'found',
      amount,
    });
    expect(
      await platform.findBalanceOperation({ ...window, token: other, amount: lent }),
    ).toMatchObject({ kind: 'found', amount: lent });
    expect(await platform.balanceCheck(login)).toMatchObject({
      agrees: true,
      balance: { amountMinor: 20_000n },
      credit: { amountMinor: 7_000n },
    });
  });

  it('is unknown when it was not applied, and is absent', async () => {
    await plant('lose_reply_before_apply');
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(await look()).toEqual({ kind: 'absent' });
    expect(await balanceMinor()).toBe(0n);
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: true });
  });

  it('is absent while its entry is delayed, and the missing version says that it is not over', async () => {
    await plant('delay_deal', { ms: 1_500 });
    await plant('lose_reply_after_apply');
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(await look()).toEqual({ kind: 'absent' });
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: false });
    await pause(1_700);
    expect(await look()).toMatchObject({ kind: 'found' });
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: true });
  });

  it('is absent until the server books it, long after the connection was lost', async () => {
    await plant('apply_late', { ms: 1_000 });
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(await look()).toEqual({ kind: 'absent' });
    await pause(1_600);
    expect(await look()).toMatchObject({ kind: 'found' });
    expect(await balanceMinor()).toBe(25_000n);
  });

  it.each([0, 8, 14])(
    'is found whole by its external id when %i characters of the comment are left',
    async (chars) => {
      await plant('cut_comment', { chars });
      await plant('lose_reply_after_apply');
      await send();
      expect(await look()).toMatchObject({ kind: 'found', cut: false });
    },
  );

  it('is ambiguous when the server booked it twice: the external id is not looked at', async () => {
    await plant('duplicate_deal');
    expect(await send()).toMatchObject({ kind: 'done' });
    const lookup = await look();
    expect(lookup).toMatchObject({ kind: 'ambiguous', doubt: 'token_repeated' });
    expect(lookup.kind === 'ambiguous' && lookup.tickets).toHaveLength(2);
  });

  it('is one operation when the server delivers its entry twice', async () => {
    await plant('deliver_twice');
    expect(await send()).toMatchObject({ kind: 'done' });
    expect(await look()).toMatchObject({ kind: 'found' });
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: true });
  });

  it('is ambiguous when it stands there with another amount', async () => {
    expect(await send({ amount: { amountMinor: 24_999n, currency: 'USD' } })).toMatchObject({
      kind: 'done',
    });
    expect(await look()).toMatchObject({ kind: 'ambiguous', doubt: 'other_amount' });
  });

  it('is unknown when the answer is garbled, and found', async () => {
    await plant('garble_reply');
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(await look()).toMatchObject({ kind: 'found' });
  });

  it('is unknown when the server hangs past the time limit, and found once it was applied', async () => {
    await plant('hang', { command: 'changebalance', ms: 2_000 });
    expect(await send()).toMatchObject({ kind: 'unknown' });
    await platform.endSession();
    await pause(1_500);
    expect(await look()).toMatchObject({ kind: 'found' });
    expect(await balanceMinor()).toBe(25_000n);
  });

  it('is unknown on a half-open socket, and the next calls take another one', async () => {
    await plant('half_open', { command: 'changebalance', applied: true });
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(await look()).toMatchObject({ kind: 'found' });
    expect(await balanceMinor()).toBe(25_000n);
  });

  it.each(['REQUEST_FREQUENCY_EXCEEDED', 'UNKNOWN_ERROR', 'SOMETHING_NEW'])(
    'is unknown after %s',
    async (code) => {
      await plant('refuse', { code, applied: true });
      expect(await send()).toMatchObject({ kind: 'unknown' });
      expect(await look()).toMatchObject({ kind: 'found' });
    },
  );

  it('is unknown after an error of the server without a code of its own', async () => {
    await plant('refuse', { applied: true });
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(await look()).toMatchObject({ kind: 'found' });
  });

  it.each([
    ['INVALID_REQUEST', 'INVALID_PARAMETERS', null],
    ['NOT_ENOUGH_RIGHTS', 'PERMISSION_DENIED', 2],
    ['TRADER_NOT_FOUND', 'NOT_FOUND', 11],
    ['CHANGE_BALANCE_BAD_AMOUNT', 'MAXIMUM_AMOUNT', 6],
    ['NOT_ENOUGH_MONEY', 'NOT_ENOUGH_MONEY', 1],
  ])('is refused by %s, and absent', async (code, refusal, platformCode) => {
    await plant('refuse', { code });
    expect(await send()).toMatchObject({
      kind: 'refused',
      code: refusal,
      platformCode,
      notSent: false,
    });
    expect(await look()).toEqual({ kind: 'absent' });
  });

  it('is found when the clock of the server was moved between the operation and the look', async () => {
    await plant('clock_offset', { seconds: 10_800 });
    await plant('lose_reply_after_apply');
    await send();
    await plant('clock_offset', { seconds: 7_200 });
    const later = simulator.connect();
    const { token, amount } = deposit();
    const window = { from: new Date(Date.now() - 5_000), to: new Date() };
    expect(await later.findBalanceOperation({ login, token, amount, ...window })).toMatchObject({
      kind: 'found',
    });
    expect(await look(window.from)).toMatchObject({ kind: 'found' });
  });

  it('was never sent under maintenance', async () => {
    await plant('maintenance');
    expect(await send()).toMatchObject({
      kind: 'refused',
      code: 'SERVER_UNAVAILABLE',
      notSent: true,
    });
    expect(await look()).toMatchObject({ kind: 'error' });
    expect(await platform.health()).toMatchObject({ ok: false });
    await simulator.control('DELETE', '/faults');
    expect(await look()).toEqual({ kind: 'absent' });
  });

  it('goes through after both connections were dropped while idle, and after the token expired', async () => {
    await plant('drop_connection');
    expect(await send()).toMatchObject({ kind: 'done' });
    await simulator.control('POST', '/expire-tokens');
    const token = tokenOf(`int_again_${operations}`);
    expect(await send({ token })).toMatchObject({ kind: 'done' });
    expect(await balanceMinor()).toBe(50_000n);
  });

  it('goes through on a slow server', async () => {
    await plant('slow', { ms: 200 });
    expect(await send()).toMatchObject({ kind: 'done' });
    expect(await look()).toMatchObject({ kind: 'found' });
  });
});

describe('reads of the Manager API', () => {
  it('are done again when the connection is dropped in the middle', async () => {
    await plant('drop_connection', { command: 'balance/history', times: 1 });
    expect(await look()).toEqual({ kind: 'absent' });
  });

  it('end at their deadline on a half-open socket, and the next one opens another', async () => {
    const impatient = simulator.connect({
      timeouts: { connectMs: 2_000, readMs: 400, writeMs: 1_000 },
    });
    expect(await impatient.balanceCheck(login)).toMatchObject({ agrees: true });
    await plant('half_open', { command: 'balance/history' });
    await expect(impatient.balanceCheck(login)).rejects.toThrow('no answer in 400 ms');
    expect(await impatient.balanceCheck(login)).toMatchObject({ agrees: true });
  });

  it('run side by side, each with its own answer', async () => {
    await send();
    await plant('slow', { ms: 50 });
    const times = await Promise.all(Array.from({ length: 20 }, () => platform.serverTime()));
    expect(times).toHaveLength(20);
    const [checks, groups] = await Promise.all([platform.balanceCheck(login), platform.groups()]);
    expect(checks.agrees).toBe(true);
    expect(groups.map(({ name }) => name)).toContain(group);
  });
});

describe('an account whose reply is lost', () => {
  it('is found by the id it carries, and not made twice', async () => {
    await plant('lose_reply_after_apply', { command: 'traders/create' });
    const accountId = `acc_lost_${operations}`;
    expect(await platform.createAccount(account(accountId))).toMatchObject({ kind: 'unknown' });
    const lookup = await platform.findAccount({ accountId, group });
    if (lookup.kind !== 'found') throw new Error(lookup.kind);
    expect(lookup.group).toBe(group);
    expect((await platform.readAccount(lookup.login))?.accountToken).toBe(tokenOf(accountId));
  });

  it('is absent when it never arrived', async () => {
    await plant('lose_reply_before_apply', { command: 'traders/create' });
    const accountId = `acc_gone_${operations}`;
    expect(await platform.createAccount(account(accountId))).toMatchObject({ kind: 'unknown' });
    expect(await platform.findAccount({ accountId, group })).toEqual({ kind: 'absent' });
  });

  it('is ambiguous when two log-ins carry it', async () => {
    const accountId = `acc_two_${operations}`;
    await platform.createAccount(account(accountId));
    await platform.createAccount(account(accountId));
    expect(await platform.findAccount({ accountId, group })).toMatchObject({ kind: 'ambiguous' });
  });

  it('is refused with LOGIN_RANGE_EXHAUSTED until a person extends the range', async () => {
    const full = 'off-pro/USD';
    await simulator.control('POST', '/login-range', { group: full, from: 700_001, to: 700_001 });
    const first = { ...account(`acc_range_1_${operations}`), group: full };
    const second = { ...account(`acc_range_2_${operations}`), group: full };
    expect(await platform.createAccount(first)).toEqual({ kind: 'done', login: '700001' });
    expect(await platform.createAccount(second)).toMatchObject({
      kind: 'refused',
      code: 'LOGIN_RANGE_EXHAUSTED',
    });
    await simulator.control('POST', '/login-range', { group: full, from: 700_001, to: 700_010 });
    expect(await platform.createAccount(second)).toEqual({ kind: 'done', login: '700002' });
  });
});
