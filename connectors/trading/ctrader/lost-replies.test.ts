import { tokenOf } from '../../../domain/trading/token';
import {
  describeLostAccounts,
  describeLostBalanceOperations,
  FaultyServer,
} from '../testing/lost-replies';
import { startSimulator } from './testing/simulator-process';

const started = new Date();
const server = new FaultyServer({
  start: () => startSimulator(['--seed', '1']),
  group: 'off-std/USD',
  fullGroup: 'off-pro/USD',
  commands: { balance: 'changebalance', createAccount: 'traders/create' },
});
describeLostBalanceOperations(server);
describeLostAccounts(server);

describe('a balance operation through WebServices', () => {
  it('is found as credit and as a debit too', async () => {
    await server.send();
    const token = tokenOf(server.named('int_credit'));
    const amount = { amountMinor: -5_000n, currency: 'USD' };
    await server.plant('lose_reply_after_apply', { times: 2 });
    expect(await server.send({ token, amount, checkMargin: false })).toMatchObject({
      kind: 'unknown',
    });
    const other = tokenOf(server.named('int_bonus'));
    const lent = { amountMinor: 7_000n, currency: 'USD' };
    expect(await server.send({ token: other, amount: lent, kind: 'credit' })).toMatchObject({
      kind: 'unknown',
    });
    const window = { login: server.login, from: started, to: new Date() };
    expect(await server.platform.findBalanceOperation({ ...window, token, amount })).toMatchObject({
      kind: 'found',
      amount,
    });
    expect(
      await server.platform.findBalanceOperation({ ...window, token: other, amount: lent }),
    ).toMatchObject({ kind: 'found', amount: lent });
    expect(await server.platform.balanceCheck(server.login)).toMatchObject({
      agrees: true,
      balance: { amountMinor: 20_000n },
      credit: { amountMinor: 7_000n },
    });
  });

  it.each([0, 8, 14])(
    'is found whole by its external id when %i characters of the comment are left',
    async (chars) => {
      await server.plant('cut_comment', { chars });
      await server.plant('lose_reply_after_apply');
      await server.send();
      expect(await server.look()).toMatchObject({ kind: 'found', cut: false });
    },
  );

  it('is one operation when the server delivers its entry twice', async () => {
    await server.plant('deliver_twice');
    expect(await server.send()).toMatchObject({ kind: 'done' });
    expect(await server.look()).toMatchObject({ kind: 'found' });
    expect(await server.platform.balanceCheck(server.login)).toMatchObject({ agrees: true });
  });

  it('is ambiguous when it stands there with another amount', async () => {
    expect(await server.send({ amount: { amountMinor: 24_999n, currency: 'USD' } })).toMatchObject({
      kind: 'done',
    });
    expect(await server.look()).toMatchObject({ kind: 'ambiguous', doubt: 'other_amount' });
  });

  it.each(['REQUEST_FREQUENCY_EXCEEDED', 'UNKNOWN_ERROR', 'SOMETHING_NEW'])(
    'is unknown after %s',
    async (code) => {
      await server.plant('refuse', { code, applied: true });
      expect(await server.send()).toMatchObject({ kind: 'unknown' });
      expect(await server.look()).toMatchObject({ kind: 'found' });
    },
  );

  it('is unknown after an error of the server without a code of its own', async () => {
    await server.plant('refuse', { applied: true });
    expect(await server.send()).toMatchObject({ kind: 'unknown' });
    expect(await server.look()).toMatchObject({ kind: 'found' });
  });

  it.each([
    ['INVALID_REQUEST', 'INVALID_PARAMETERS', null],
    ['NOT_ENOUGH_RIGHTS', 'PERMISSION_DENIED', 2],
    ['TRADER_NOT_FOUND', 'NOT_FOUND', 11],
    ['CHANGE_BALANCE_BAD_AMOUNT', 'MAXIMUM_AMOUNT', 6],
    ['NOT_ENOUGH_MONEY', 'NOT_ENOUGH_MONEY', 1],
  ])('is refused by %s, and absent', async (code, refusal, platformCode) => {
    await server.plant('refuse', { code });
    expect(await server.send()).toMatchObject({
      kind: 'refused',
      code: refusal,
      platformCode,
      notSent: false,
    });
    expect(await server.look()).toEqual({ kind: 'absent' });
  });

  it('goes through after both connections were dropped while idle, and after the token expired', async () => {
    await server.plant('drop_connection');
    expect(await server.send()).toMatchObject({ kind: 'done' });
    await server.simulator.control('POST', '/expire-tokens');
    const token = tokenOf(server.named('int_again'));
    expect(await server.send({ token })).toMatchObject({ kind: 'done' });
    expect(await server.balanceMinor()).toBe(50_000n);
  });
});

describe('reads of the Manager API', () => {
  it('are done again when the connection is dropped in the middle', async () => {
    await server.plant('drop_connection', { command: 'balance/history', times: 1 });
    expect(await server.look()).toEqual({ kind: 'absent' });
  });

  it('end at their deadline on a half-open socket, and the next one opens another', async () => {
    const impatient = server.simulator.connect({
      timeouts: { connectMs: 2_000, readMs: 400, writeMs: 1_000 },
    });
    expect(await impatient.balanceCheck(server.login)).toMatchObject({ agrees: true });
    await server.plant('half_open', { command: 'balance/history' });
    await expect(impatient.balanceCheck(server.login)).rejects.toThrow('no answer in 400 ms');
    expect(await impatient.balanceCheck(server.login)).toMatchObject({ agrees: true });
  });

  it('run side by side, each with its own answer', async () => {
    await server.send();
    await server.plant('slow', { ms: 50 });
    const times = await Promise.all(Array.from({ length: 20 }, () => server.platform.serverTime()));
    expect(times).toHaveLength(20);
    const [checks, groups] = await Promise.all([
      server.platform.balanceCheck(server.login),
      server.platform.groups(),
    ]);
    expect(checks.agrees).toBe(true);
    expect(groups.map(({ name }) => name)).toContain(server.subject.group);
  });
});
