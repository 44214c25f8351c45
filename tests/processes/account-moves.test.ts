import { listAccountRequests } from '../../db/account-request-lists';
import { askOfAccount, type AccountRequest } from '../../db/account-requests';
import { readAccount, wakeAccount } from '../../db/accounts';
import { inScope, rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { readProcess } from '../../db/processes';
import { latestTask } from '../../db/tasks';
import { platformKinds, type PlatformKind } from '../../domain/trading/capabilities';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  colleague,
  decide,
  openAccount,
  type OpenAccount,
  openTaskOf,
  seedClient,
  type TestClient,
} from './people';
import { openPosition } from './shown-deals';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('an account that moves or closes with positions open', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage({ platforms: platformKinds });
  }, 180_000);

  afterAll(() => stage.close());

  const read = (id = account.id) => stage.system((tx) => readAccount(tx, id));
  const server = () => stage.server(account.serverId as PlatformKind);
  const reading = async () => {
    const found = await stage.deps.platformFor(account.serverId).readAccount(account.login);
    if (!found) throw new Error('the log-in is gone');
    return found;
  };
  const open = () =>
    openPosition(server(), { login: Number(account.login), side: 'buy', volume: '0.01' });
  const ask = (platform: PlatformKind) =>
    inScope(stage.db, client.scope, (tx) =>
      askOfAccount(tx, account.id, { kind: 'migrate', platform }),
    );
  const requestNow = async ({ id, accountId }: AccountRequest): Promise<AccountRequest> => {
    const found = await stage.system((tx) => listAccountRequests(tx, { accountId, limit: 20 }));
    const now = found.find((each) => each.id === id);
    if (!now) throw new Error('the request is gone');
    return now;
  };
  const ended = (request: AccountRequest) =>
    until('the end of the move', async () => {
      const now = await requestNow(request);
      return (now.state === 'done' || now.state === 'refused') && now;
    });
  const accessIs = (level: string) => until(level, async () => (await read()).access === level);
  /** As a move stands whose days are over. */
  const letTimeRunOut = (request: AccountRequest) =>
    stage.system(async (tx) => {
      await rows(tx, 'update account_request set flat_by = now() where id = :id', {
        id: request.id,
      });
      await wakeAccount(tx, account.id);
    });

  async function moving(from: PlatformKind, to: PlatformKind) {
    client = await seedClient(stage);
    account = await openAccount(stage, client, { platform: from });
    await server().control('POST', '/dealer-balance', {
      login: Number(account.login),
      amount: '900.00',
    });
    const position = await open();
    const request = await ask(to);
    await accessIs('close_only');
    return { position, request };
  }

  it('opens none any more and still closes, by a right of its log-in on cTrader', async () => {
    const { position, request } = await moving('ctrader', 'mt5');
    expect((await reading()).access).toEqual({
      loginEnabled: true,
      tradingEnabled: true,
      readOnly: false,
      closeOnly: true,
    });
    await expect(open()).rejects.toThrow();
    await server().control('POST', '/close', { position });
    expect(await ended(request)).toMatchObject({ state: 'done', restraint: { by: 'login' } });
    expect(await read()).toMatchObject({ state: 'archived', closeOnlyGroup: null });
  });

  it.each(['mt5', 'mt4'] as const)('opens none in the group for closing on %s', async (from) => {
    const { position, request } = await moving(from, 'ctrader');
    const group = from === 'mt5' ? 'real\\close-usd' : 'close-usd';
    expect(await reading()).toMatchObject({ group, access: { tradingEnabled: true } });
    expect(await read()).toMatchObject({ closeOnlyGroup: group });
    await expect(open()).rejects.toThrow();
    await server().control('POST', '/close', { position });
    expect(await ended(request)).toMatchObject({
      state: 'done',
      restraint: { by: 'group', group },
    });
    expect(await reading()).toMatchObject({ group: account.group });
    const events = await stage.system((tx) => eventsOfSubject(tx, account.id));
    expect(events.map(({ type }) => type)).toContain('account.migrate_restrained');
  });

  it('asks people when positions stay open for too long, and gives them more time', async () => {
    const { request } = await moving('mt5', 'ctrader');
    await letTimeRunOut(request);
    const task = await openTaskOf(stage, request.id, 'account_migration');
    expect(task).toMatchObject({
      choices: ['wait_on', 'give_up'],
      content: { openPositions: 1, openedNoMore: true },
    });
    await until('it waits for the task', async () => {
      const process = await stage.system((tx) => readProcess(tx, workflowIds.account(account.id)));
      return process?.waitsFor === `task ${task.id}`;
    });
    await decide(stage, colleague('operations'), task, 'wait_on');
    const later = await until('more time', async () => {
      const { flatBy } = await requestNow(request);
      return Date.parse(flatBy ?? '') > Date.now() + 13 * 86_400_000 && flatBy;
    });
    expect(later).not.toBeNull();
    expect(await read()).toMatchObject({ state: 'closing', access: 'close_only' });
  });

  it('trades on when people give the move up, and may move another time', async () => {
    const { position, request } = await moving('mt5', 'ctrader');
    await letTimeRunOut(request);
    const task = await openTaskOf(stage, request.id, 'account_migration');
    await decide(stage, colleague('operations'), task, 'give_up');
    const given = await ended(request);
    expect(given).toMatchObject({ state: 'refused', reasons: ['NOT_FLAT_IN_TIME'] });
    await accessIs('full');
    expect(await read()).toMatchObject({ state: 'active', closeOnlyGroup: null });
    expect(await reading()).toMatchObject({
      group: account.group,
      access: { tradingEnabled: true },
    });
    await open();
    // The new account was opened for the move alone.
    await until('the new account to be closed', async () => {
      const target = await read(given.targetAccountId ?? '');
      return target.state === 'closed' && target.migratedFrom === null;
    });
    await server().control('POST', '/close', { position });
    const [left] = await stage.deps.platformFor('mt5').positions({ login: account.login });
    await server().control('POST', '/close', { position: Number(left?.positionId) });
    expect(await ended(await ask('mt4'))).toMatchObject({ state: 'done' });
  });

  it('drops the question when the positions are closed meanwhile', async () => {
    const { position, request } = await moving('mt4', 'ctrader');
    await letTimeRunOut(request);
    await openTaskOf(stage, request.id, 'account_migration');
    await server().control('POST', '/close', { position });
    expect(await ended(request)).toMatchObject({ state: 'done' });
    expect(
      await stage.system((tx) => latestTask(tx, request.id, 'account_migration')),
    ).toMatchObject({ state: 'cancelled', reason: 'FLAT_MEANWHILE' });
  });

  it('asks people about a closing that takes too long, and trades on when they give it up', async () => {
    client = await seedClient(stage);
    account = await openAccount(stage, client, { platform: 'mt5' });
    await server().control('POST', '/dealer-balance', {
      login: Number(account.login),
      amount: '900.00',
    });
    const position = await open();
    const closing = () =>
      inScope(stage.db, client.scope, (tx) => askOfAccount(tx, account.id, { kind: 'close' }));
    const request = await closing();
    const flatBy = await until('a day by which it is to be flat', async () => {
      const now = await requestNow(request);
      return now.flatBy ?? false;
    });
    expect(Date.parse(flatBy)).toBeGreaterThan(Date.now() + 13 * 86_400_000);
    // Until then it is its holder's: nothing keeps it from trading.
    expect(await read()).toMatchObject({ state: 'closing', access: 'full' });
    await letTimeRunOut(request);
    const task = await openTaskOf(stage, request.id, 'account_migration');
    expect(task).toMatchObject({ content: { openPositions: 1, newAccount: null } });
    await decide(stage, colleague('operations'), task, 'give_up');
    expect(await ended(request)).toMatchObject({
      state: 'refused',
      reasons: ['NOT_FLAT_IN_TIME'],
    });
    expect(await read()).toMatchObject({ state: 'active', access: 'full' });
    await server().control('POST', '/close', { position });
    expect(await ended(await closing())).toMatchObject({ state: 'done' });
  });

  it('leaves books and processes that the proofs find nothing wrong with', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
