import { type CreateAccountRequest } from '../../../domain/trading/account';
import { type BalanceLookup, type BalanceOutcome } from '../../../domain/trading/outcome';
import { tokenOf } from '../../../domain/trading/token';
import { type BalanceOperationRequest, type TradingPlatform } from '../port';
import { type SimulatorProcess } from './spawn-simulator';

/** A platform that is put through it, and what it calls things. */
export interface Subject {
  readonly start: () => Promise<Simulator>;
  readonly group: string;
  /** Another group, whose log-ins are used up. */
  readonly fullGroup: string;
  readonly commands: { readonly balance: string; readonly createAccount: string };
}

type Simulator = Pick<SimulatorProcess, 'connect' | 'control' | 'stop'>;

const started = new Date();

/** For tests only: a simulator with a fresh account for each test, and faults that end with it. */
export class FaultyServer {
  #simulator: Simulator | undefined;
  #platform: TradingPlatform | undefined;
  #login = '';
  #tests = 0;

  constructor(readonly subject: Subject) {
    beforeAll(async () => {
      this.#simulator = await subject.start();
      this.#platform = this.#simulator.connect();
    }, 60_000);
    afterAll(() => this.simulator.stop());
    beforeEach(async () => {
      this.#tests += 1;
      const outcome = await this.platform.createAccount(this.account('acc'));
      if (outcome.kind !== 'done') throw new Error(`no account: ${outcome.reason}`);
      this.#login = outcome.login;
    });
    afterEach(async () => {
      await this.simulator.control('DELETE', '/faults');
    });
  }

  get simulator(): Simulator {
    if (!this.#simulator) throw new Error('the simulator has not started');
    return this.#simulator;
  }

  get platform(): TradingPlatform {
    if (!this.#platform) throw new Error('the simulator has not started');
    return this.#platform;
  }

  /** The account of this test. */
  get login(): string {
    return this.#login;
  }

  /** A name that no other test has. */
  named(what: string): string {
    return `${what}_${this.#tests}`;
  }

  account(name: string, group = this.subject.group): CreateAccountRequest {
    return {
      accountId: this.named(name),
      group,
      leverage: 100,
      firstName: 'A',
      lastName: 'B',
      email: 'a@example.test',
    };
  }

  async plant(kind: string, more: object = {}): Promise<void> {
    await this.simulator.control('POST', '/faults', { kind, ...more });
  }

  deposit(): BalanceOperationRequest {
    return {
      login: this.login,
      token: tokenOf(this.named('int_lost')),
      amount: { amountMinor: 25_000n, currency: 'USD' },
      kind: 'balance',
      checkMargin: true,
    };
  }

  /** Sends the deposit, or another operation of this test. */
  async send(change: Partial<BalanceOperationRequest> = {}): Promise<BalanceOutcome> {
    return await this.platform.balanceOperation({ ...this.deposit(), ...change });
  }

  /** Looks the deposit up. */
  async look(from = started): Promise<BalanceLookup> {
    const { login, token, amount } = this.deposit();
    return await this.platform.findBalanceOperation({ login, token, amount, from, to: new Date() });
  }

  /** What the server really holds. */
  async balanceMinor(): Promise<bigint | undefined> {
    return (await this.platform.readAccount(this.login))?.balance.amountMinor;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What holds on every platform when it is not known whether a balance operation was applied. */
export function describeLostBalanceOperations(server: FaultyServer): void {
  const { balance: command } = server.subject.commands;

  describe('a balance operation whose reply is lost', () => {
    it('is unknown when it was applied, and is found exactly once', async () => {
      await server.plant('lose_reply_after_apply');
      expect(await server.send()).toMatchObject({ kind: 'unknown' });
      expect(await server.look()).toMatchObject({
        kind: 'found',
        amount: { amountMinor: 25_000n, currency: 'USD' },
        cut: false,
      });
      expect(await server.balanceMinor()).toBe(25_000n);
    });

    it('is unknown when it was not applied, and is absent', async () => {
      await server.plant('lose_reply_before_apply');
      expect(await server.send()).toMatchObject({ kind: 'unknown' });
      expect(await server.look()).toEqual({ kind: 'absent' });
      expect(await server.balanceMinor()).toBe(0n);
      expect(await server.platform.balanceCheck(server.login)).toMatchObject({ agrees: true });
    });

    it('is absent while its record is delayed, with a balance check that disagrees, then found', async () => {
      await server.plant('delay_deal', { ms: 1_500 });
      await server.plant('lose_reply_after_apply');
      expect(await server.send()).toMatchObject({ kind: 'unknown' });
      expect(await server.look()).toEqual({ kind: 'absent' });
      expect(await server.platform.balanceCheck(server.login)).toMatchObject({ agrees: false });
      await pause(1_700);
      expect(await server.look()).toMatchObject({ kind: 'found' });
      expect(await server.platform.balanceCheck(server.login)).toMatchObject({ agrees: true });
    });

    it('is ambiguous when the server booked it twice', async () => {
      await server.plant('duplicate_deal');
      expect(await server.send()).toMatchObject({ kind: 'done' });
      const lookup = await server.look();
      expect(lookup).toMatchObject({ kind: 'ambiguous', doubt: 'token_repeated' });
      expect(lookup.kind === 'ambiguous' && lookup.tickets).toHaveLength(2);
    });

    it('is unknown when the answer is garbled, and found', async () => {
      await server.plant('garble_reply');
      expect(await server.send()).toMatchObject({ kind: 'unknown' });
      expect(await server.look()).toMatchObject({ kind: 'found' });
    });

    it('is unknown when the server hangs past the time limit, and found once it was applied', async () => {
      await server.plant('hang', { command, ms: 2_000 });
      expect(await server.send()).toMatchObject({ kind: 'unknown' });
      await server.platform.endSession();
      await pause(1_500);
      expect(await server.look()).toMatchObject({ kind: 'found' });
      expect(await server.balanceMinor()).toBe(25_000n);
    });

    it('is unknown on a half-open connection, and found when it was applied', async () => {
      await server.plant('half_open', { command, applied: true });
      expect(await server.send()).toMatchObject({ kind: 'unknown' });
      expect(await server.look()).toMatchObject({ kind: 'found' });
      expect(await server.balanceMinor()).toBe(25_000n);
    });

    it('is absent until the server books it, past every time limit, and is found then', async () => {
      await server.plant('apply_late', { ms: 1_500 });
      expect(await server.send()).toMatchObject({ kind: 'unknown' });
      expect(await server.look()).toEqual({ kind: 'absent' });
      expect(await server.platform.balanceCheck(server.login)).toMatchObject({ agrees: true });
      await pause(2_000);
      expect(await server.look()).toMatchObject({ kind: 'found' });
      expect(await server.balanceMinor()).toBe(25_000n);
    });

    it('goes through on a slow server', async () => {
      await server.plant('slow', { ms: 200 });
      expect(await server.send()).toMatchObject({ kind: 'done' });
      expect(await server.look()).toMatchObject({ kind: 'found' });
    });

    it('is found when the clock of the server was moved between the operation and the look', async () => {
      await server.plant('clock_offset', { seconds: 10_800 });
      await server.plant('lose_reply_after_apply');
      await server.send();
      await server.plant('clock_offset', { seconds: 7_200 });
      const later = server.simulator.connect();
      const { login, token, amount } = server.deposit();
      const window = { from: new Date(Date.now() - 5_000), to: new Date() };
      expect(await later.findBalanceOperation({ login, token, amount, ...window })).toMatchObject({
        kind: 'found',
      });
      expect(await server.look(window.from)).toMatchObject({ kind: 'found' });
    });

    it('was never sent under maintenance', async () => {
      await server.plant('maintenance');
      expect(await server.send()).toMatchObject({
        kind: 'refused',
        code: 'SERVER_UNAVAILABLE',
        notSent: true,
      });
      expect(await server.look()).toMatchObject({ kind: 'error' });
      expect(await server.platform.health()).toMatchObject({ ok: false });
      await server.simulator.control('DELETE', '/faults');
      expect(await server.look()).toEqual({ kind: 'absent' });
    });

    it('goes through after its connections were dropped while idle', async () => {
      await server.plant('drop_connection');
      expect(await server.send()).toMatchObject({ kind: 'done' });
      expect(await server.balanceMinor()).toBe(25_000n);
    });
  });
}

/** What holds where the comment of a record is all that carries the token, 31 characters of it. */
export function describeCutComments(server: FaultyServer): void {
  describe('a balance operation whose comment is cut', () => {
    it('is found by what is left when that is long enough', async () => {
      await server.plant('cut_comment', { chars: 14 });
      await server.plant('lose_reply_after_apply');
      await server.send();
      expect(await server.look()).toMatchObject({ kind: 'found', cut: true });
    });

    it.each([0, 1, 8, 11])('is ambiguous when %i characters are left', async (chars) => {
      await server.plant('cut_comment', { chars });
      await server.plant('lose_reply_after_apply');
      await server.send();
      expect(await server.look()).toMatchObject({ kind: 'ambiguous' });
    });
  });
}

/** What holds where the clock of the server is taken from its answers. */
export function describeMovedClock(server: FaultyServer): void {
  it('follows the clock of the server when it changes under a session', async () => {
    await server.plant('clock_offset', { seconds: 7_200 });
    expect((await server.platform.serverTime()).offsetSeconds).toBe(7_200);
    const before = await server.send();
    await server.plant('clock_offset', { seconds: 14_400 });
    expect((await server.platform.serverTime()).offsetSeconds).toBe(14_400);
    expect(before).toMatchObject({ kind: 'done' });
    const lookup = await server.look();
    if (lookup.kind !== 'found') throw new Error(lookup.kind);
    expect(Math.abs(Date.parse(lookup.time) - Date.now())).toBeLessThan(10_000);
  });
}

/** What holds on every platform when it is not known whether an account was made. */
export function describeLostAccounts(server: FaultyServer): void {
  const { commands, group, fullGroup } = server.subject;
  const { createAccount: command } = commands;

  describe('an account whose reply is lost', () => {
    it('is found by the id it carries, and not made twice', async () => {
      await server.plant('lose_reply_after_apply', { command });
      const account = server.account('acc_lost');
      const { accountId } = account;
      expect(await server.platform.createAccount(account)).toMatchObject({ kind: 'unknown' });
      const lookup = await server.platform.findAccount({ accountId, group });
      if (lookup.kind !== 'found') throw new Error(lookup.kind);
      expect(lookup.group).toBe(group);
      const found = await server.platform.readAccount(lookup.login);
      expect(found?.accountToken).toBe(tokenOf(accountId));
    });

    it('is absent when it never arrived', async () => {
      await server.plant('lose_reply_before_apply', { command });
      const account = server.account('acc_gone');
      const { accountId } = account;
      expect(await server.platform.createAccount(account)).toMatchObject({ kind: 'unknown' });
      expect(await server.platform.findAccount({ accountId, group })).toEqual({ kind: 'absent' });
    });

    it('is ambiguous when two log-ins carry it', async () => {
      const account = server.account('acc_two');
      await server.platform.createAccount(account);
      await server.platform.createAccount(account);
      expect(
        await server.platform.findAccount({ accountId: account.accountId, group }),
      ).toMatchObject({ kind: 'ambiguous' });
    });

    it('is refused with LOGIN_RANGE_EXHAUSTED until a person extends the range', async () => {
      const range = { group: fullGroup, from: 700_001 };
      await server.simulator.control('POST', '/login-range', { ...range, to: 700_001 });
      const first = server.account('acc_range_1', fullGroup);
      const second = server.account('acc_range_2', fullGroup);
      expect(await server.platform.createAccount(first)).toEqual({ kind: 'done', login: '700001' });
      expect(await server.platform.createAccount(second)).toMatchObject({
        kind: 'refused',
        code: 'LOGIN_RANGE_EXHAUSTED',
      });
      await server.simulator.control('POST', '/login-range', { ...range, to: 700_010 });
      expect(await server.platform.createAccount(second)).toEqual({
        kind: 'done',
        login: '700002',
      });
    });
  });
}
