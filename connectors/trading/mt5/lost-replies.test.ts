import { type CreateAccountRequest } from '../../../domain/trading/account';
import { type BalanceLookup, type BalanceOutcome } from '../../../domain/trading/outcome';
import { tokenOf } from '../../../domain/trading/token';
import { type BalanceOperationRequest, type TradingPlatform } from '../port';
import { type SimulatorProcess, startSimulator, wires } from './testing/simulator-process';

const group = 'real\\off-usd-std';
const started = new Date();
describe.each(wires)('over %s', (wire) => {
  let simulator: SimulatorProcess;
  let platform: TradingPlatform;
  let login: string;
  let operations = 0;

  beforeAll(async () => {
    simulator = await startSimulator(['--seed', '1'], wire);
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

  /** The answer of the write goes into the look-up, and what the server really holds is checked beside it. */
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

    it('is unknown when it was not applied, and is absent', async () => {
      await plant('lose_reply_before_apply');
      expect(await send()).toMatchObject({ kind: 'unknown' });
      expect(await look()).toEqual({ kind: 'absent' });
      expect(await balanceMinor()).toBe(0n);
      expect(await platform.balanceCheck(login)).toMatchObject({ agrees: true });
    });

    it('is absent while the deal is delayed, with a balance check that disagrees, then found', async () => {
      await plant('delay_deal', { ms: 1_500 });
      await plant('lose_reply_after_apply');
      expect(await send()).toMatchObject({ kind: 'unknown' });
      expect(await look()).toEqual({ kind: 'absent' });
      expect(await platform.balanceCheck(login)).toMatchObject({ agrees: false });
      await new Promise((resolve) => setTimeout(resolve, 1_700));
      expect(await look()).toMatchObject({ kind: 'found' });
    });

    it('is found by a cut comment that is long enough', async () => {
      await plant('cut_comment', { chars: 14 });
      await plant('lose_reply_after_apply');
      await send();
      expect(await look()).toMatchObject({ kind: 'found', cut: true });
    });

    it.each([0, 1, 8, 11])(
      'is ambiguous when %i characters of the comment are left',
      async (chars) => {
        await plant('cut_comment', { chars });
        await plant('lose_reply_after_apply');
        await send();
        expect(await look()).toMatchObject({ kind: 'ambiguous' });
      },
    );

    it('is ambiguous when the server booked it twice', async () => {
      await plant('duplicate_deal');
      expect(await send()).toMatchObject({ kind: 'done' });
      const lookup = await look();
      expect(lookup).toMatchObject({ kind: 'ambiguous' });
      expect(lookup.kind === 'ambiguous' && lookup.tickets).toHaveLength(2);
    });

    it('is unknown when the answer is garbled, and found', async () => {
      await plant('garble_reply');
      expect(await send()).toMatchObject({ kind: 'unknown' });
      expect(await look()).toMatchObject({ kind: 'found' });
    });

    it('is unknown when the server hangs past the time limit, and found once it was applied', async () => {
      await plant('hang', { command: 'trade/balance', ms: 2_000 });
      expect(await send()).toMatchObject({ kind: 'unknown' });
      await platform.endSession();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(await look()).toMatchObject({ kind: 'found' });
      expect(await balanceMinor()).toBe(25_000n);
    });

    it.each([true, false])(
      'is unknown on a half-open connection, applied or not: %s',
      async (applied) => {
        await plant('half_open', { command: 'trade/balance', applied });
        expect(await send()).toMatchObject({ kind: 'unknown' });
        expect(await look()).toMatchObject({ kind: applied ? 'found' : 'absent' });
      },
    );

    it.each([2, 7, 9, 10, 12, 17, 12001])('is unknown after retcode %i', async (retcode) => {
      await plant('refuse', { retcode, applied: true });
      expect(await send()).toMatchObject({ kind: 'unknown', platformCode: retcode });
      expect(await look()).toMatchObject({ kind: 'found' });
    });

    it.each([
      [3, 'INVALID_PARAMETERS'],
      [8, 'PERMISSION_DENIED'],
      [13, 'NOT_FOUND'],
      [4005, 'MAXIMUM_AMOUNT'],
      [10019, 'NOT_ENOUGH_MONEY'],
    ])('is refused by retcode %i, and absent', async (retcode, code) => {
      await plant('refuse', { retcode });
      expect(await send()).toMatchObject({ kind: 'refused', code, notSent: false });
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

    it('follows the clock of the server when it changes under a session', async () => {
      await plant('clock_offset', { seconds: 7_200 });
      expect((await platform.serverTime()).offsetSeconds).toBe(7_200);
      const before = await send();
      await plant('clock_offset', { seconds: 14_400 });
      expect((await platform.serverTime()).offsetSeconds).toBe(14_400);
      expect(before).toMatchObject({ kind: 'done' });
      const lookup = await look();
      if (lookup.kind !== 'found') throw new Error(lookup.kind);
      expect(Math.abs(Date.parse(lookup.time) - Date.now())).toBeLessThan(10_000);
    });

    it('was never sent when every connection is refused', async () => {
      await plant('maintenance');
      expect(await send()).toMatchObject({
        kind: 'refused',
        code: 'SERVER_UNAVAILABLE',
        notSent: true,
      });
      expect(await look()).toMatchObject({ kind: 'error' });
      await simulator.control('DELETE', '/faults');
      expect(await look()).toEqual({ kind: 'absent' });
    });

    it('goes through after the session was dropped while idle', async () => {
      await plant('drop_connection');
      expect(await send()).toMatchObject({ kind: 'done' });
      expect(await balanceMinor()).toBe(25_000n);
    });

    it('is read on after the session was dropped in the middle of a read', async () => {
      await plant('drop_connection', { command: 'user/get', times: 1 });
      expect((await platform.readAccount(login))?.login).toBe(login);
    });
  });

  describe('an account whose reply is lost', () => {
    it('is found by the id it carries, and not made twice', async () => {
      await plant('lose_reply_after_apply', { command: 'user/add' });
      const accountId = `acc_lost_${operations}`;
      expect(await platform.createAccount(account(accountId))).toMatchObject({ kind: 'unknown' });
      const lookup = await platform.findAccount({ accountId, group });
      if (lookup.kind !== 'found') throw new Error(lookup.kind);
      expect(lookup.group).toBe(group);
      expect((await platform.readAccount(lookup.login))?.accountToken).toBe(tokenOf(accountId));
    });

    it('is absent when it never arrived', async () => {
      await plant('lose_reply_before_apply', { command: 'user/add' });
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
      const full = 'real\\off-usd-pro';
      await simulator.control('POST', '/login-range', { group: full, from: 700_001, to: 700_001 });
      const first = { ...account(`acc_range_1_${operations}`), group: full };
      const second = { ...account(`acc_range_2_${operations}`), group: full };
      expect(await platform.createAccount(first)).toEqual({ kind: 'done', login: '700001' });
      expect(await platform.createAccount(second)).toMatchObject({
        kind: 'refused',
        code: 'LOGIN_RANGE_EXHAUSTED',
        platformCode: 3002,
      });
      await simulator.control('POST', '/login-range', { group: full, from: 700_001, to: 700_010 });
      expect(await platform.createAccount(second)).toEqual({ kind: 'done', login: '700002' });
    });
  });
});
