import {
  describeCutComments,
  describeLostAccounts,
  describeLostBalanceOperations,
  describeMovedClock,
  FaultyServer,
} from '../testing/lost-replies';
import { startSimulator, wires } from './testing/simulator-process';

describe.each(wires)('over %s', (wire) => {
  const server = new FaultyServer({
    start: () => startSimulator(['--seed', '1'], wire),
    group: 'real\\off-usd-std',
    fullGroup: 'real\\off-usd-pro',
    commands: { balance: 'trade/balance', createAccount: 'user/add' },
  });
  describeLostBalanceOperations(server);
  describeCutComments(server);
  describeMovedClock(server);
  describeLostAccounts(server);

  it('leaves an operation absent that a half-open connection swallowed', async () => {
    await server.plant('half_open', { command: 'trade/balance', applied: false });
    expect(await server.send()).toMatchObject({ kind: 'unknown' });
    expect(await server.look()).toMatchObject({ kind: 'absent' });
  });

  it.each([2, 7, 9, 10, 12, 17, 12001])('knows nothing after retcode %i', async (retcode) => {
    await server.plant('refuse', { retcode, applied: true });
    expect(await server.send()).toMatchObject({ kind: 'unknown', platformCode: retcode });
    expect(await server.look()).toMatchObject({ kind: 'found' });
  });

  it.each([
    [3, 'INVALID_PARAMETERS'],
    [8, 'PERMISSION_DENIED'],
    [13, 'NOT_FOUND'],
    [4005, 'MAXIMUM_AMOUNT'],
    [10019, 'NOT_ENOUGH_MONEY'],
  ])('takes retcode %i for a refusal', async (retcode, code) => {
    await server.plant('refuse', { retcode });
    expect(await server.send()).toMatchObject({ kind: 'refused', code, notSent: false });
    expect(await server.look()).toEqual({ kind: 'absent' });
  });

  it('reads on after the session was dropped in the middle of a read', async () => {
    await server.plant('drop_connection', { command: 'user/get', times: 1 });
    expect((await server.platform.readAccount(server.login))?.login).toBe(server.login);
  });
});
