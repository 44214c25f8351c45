import {
  describeCutComments,
  describeLostAccounts,
  describeLostBalanceOperations,
  describeMovedClock,
  FaultyServer,
  pause,
} from '../testing/lost-replies';
import { startSimulator } from './testing/simulator-process';

const server = new FaultyServer({
  start: () => startSimulator(['--seed', '1']),
  group: 'off-usd-std',
  fullGroup: 'off-usd-pro',
  commands: { balance: 'TradeTransaction', createAccount: 'UserRecordNew' },
});
describeLostBalanceOperations(server);
describeCutComments(server);
describeMovedClock(server);
describeLostAccounts(server);

describe('a balance operation through the bridge', () => {
  it('is found once when every record is delivered twice', async () => {
    await server.plant('lose_reply_after_apply');
    await server.send({ kind: 'credit' });
    await server.plant('deliver_twice');
    expect(await server.look()).toMatchObject({ kind: 'found' });
    expect(await server.platform.balanceCheck(server.login)).toMatchObject({ agrees: true });
    const accountId = server.named('acc');
    expect(
      await server.platform.findAccount({ accountId, group: server.subject.group }),
    ).toMatchObject({
      kind: 'found',
      login: server.login,
    });
    const day = { from: new Date(0), to: new Date(Date.now() + 86_400_000) };
    expect(await server.platform.dealTotals({ login: server.login, ...day })).toMatchObject({
      count: 1,
      creditMinor: 25_000n,
    });
  });

  it.each([2, 4, 6, 8, 9, 128, 137, 141, 999])('is unknown after result %i', async (retcode) => {
    await server.plant('refuse', { retcode, applied: true });
    expect(await server.send()).toMatchObject({ kind: 'unknown', platformCode: retcode });
    expect(await server.look()).toMatchObject({ kind: 'found' });
  });

  it.each([
    [3, 'INVALID_PARAMETERS'],
    [7, 'PERMISSION_DENIED'],
    [64, 'PERMISSION_DENIED'],
    [65, 'NOT_FOUND'],
    [134, 'NOT_ENOUGH_MONEY'],
  ])('is refused by result %i, and absent', async (retcode, code) => {
    await server.plant('refuse', { retcode });
    expect(await server.send()).toMatchObject({
      kind: 'refused',
      code,
      platformCode: retcode,
      notSent: false,
    });
    expect(await server.look()).toEqual({ kind: 'absent' });
  });

  it.each([
    ['OutcomeUnknown', 'unknown'],
    ['OutcomeUnknown', 'in-progress'],
    ['Timeout', 'timeout'],
    ['Timeout', undefined],
    ['Busy', undefined],
    ['Internal', undefined],
    ['NoConnect', undefined],
    ['SomethingNew', undefined],
    ['Validation', 'unknown'],
  ])('is unknown when the bridge says %s and outcome %s', async (code, outcome) => {
    await server.plant('refuse', {
      code,
      ...(outcome === undefined ? {} : { outcome }),
      applied: true,
    });
    expect(await server.send()).toMatchObject({ kind: 'unknown' });
    expect(await server.look()).toMatchObject({ kind: 'found' });
  });

  it('was never at the server when the bridge says that it did not start', async () => {
    await server.plant('refuse', { code: 'Busy', outcome: 'not-started' });
    expect(await server.send()).toMatchObject({
      kind: 'refused',
      code: 'SERVER_UNAVAILABLE',
      notSent: true,
    });
    expect(await server.look()).toEqual({ kind: 'absent' });
    expect(await server.send()).toMatchObject({ kind: 'done' });
    expect(await server.balanceMinor()).toBe(25_000n);
  });

  it('is answered, and not applied again, when it is sent once more and the bridge remembers', async () => {
    await server.plant('lose_reply_after_apply');
    expect(await server.send()).toMatchObject({ kind: 'unknown' });
    const again = await server.send();
    expect(again).toMatchObject({ kind: 'done' });
    expect(await server.look()).toMatchObject({
      kind: 'found',
      ticket: again.kind === 'done' && again.ticket,
    });
    expect(await server.balanceMinor()).toBe(25_000n);
  });

  it('cannot be looked up on a half-open connection, and can on the next', async () => {
    await server.send();
    await server.plant('half_open', { command: 'TradesUserHistory' });
    expect(await server.look()).toMatchObject({ kind: 'error' });
    expect(await server.look()).toMatchObject({ kind: 'found' });
  });

  it('is looked up among credits as well, which the check compares by their records', async () => {
    await server.plant('delay_deal', { ms: 1_500 });
    await server.plant('lose_reply_after_apply');
    expect(await server.send({ kind: 'credit' })).toMatchObject({ kind: 'unknown' });
    expect(await server.platform.balanceCheck(server.login)).toMatchObject({
      agrees: false,
      credit: { amountMinor: 25_000n },
      creditByHistory: { amountMinor: 0n },
    });
    await pause(1_700);
    expect(await server.look()).toMatchObject({ kind: 'found' });
    expect(await server.platform.balanceCheck(server.login)).toMatchObject({ agrees: true });
    expect(await server.platform.readAccount(server.login)).toMatchObject({
      balance: { amountMinor: 0n },
      credit: { amountMinor: 25_000n },
      equity: { amountMinor: 25_000n },
    });
  });

  it('reads on when its token has ended, and writes with another', async () => {
    await server.simulator.control('POST', '/expire-tokens', {});
    expect((await server.platform.readAccount(server.login))?.login).toBe(server.login);
    await server.simulator.control('POST', '/expire-tokens', {});
    expect(await server.send()).toMatchObject({ kind: 'done' });
    expect(await server.balanceMinor()).toBe(25_000n);
  });

  it('is read on when the bridge is busy for a moment, and given up when it stays so', async () => {
    await server.plant('refuse', { command: 'UserRecordsRequest', code: 'Busy', times: 2 });
    expect((await server.platform.readAccount(server.login))?.login).toBe(server.login);
    await server.plant('refuse', { command: 'UserRecordsRequest', code: 'Busy', times: 'forever' });
    await expect(server.platform.readAccount(server.login)).rejects.toThrow('Busy');
  });

  it('is read on after the connection was dropped in the middle of a read', async () => {
    await server.plant('drop_connection', { command: 'UserRecordsRequest', times: 1 });
    expect((await server.platform.readAccount(server.login))?.login).toBe(server.login);
  });
});
