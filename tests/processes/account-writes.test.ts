import { listAccountRequests } from '../../db/account-request-lists';
import { askOfAccount, requestPassword } from '../../db/account-requests';
import { readAccount } from '../../db/accounts';
import { setRestriction } from '../../db/client-restrictions';
import { inScope } from '../../db/connection';
import { liftHalt, setHalt } from '../../db/halts';
import { intentsOfWorkflow, unresolvedIntents } from '../../db/intent-readers';
import { readProcess } from '../../db/processes';
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
import { openStage, type Stage } from './stage';
import { until } from './until';

/** How the server calls a change of a log-in, for faults that strike it alone. */
const update = 'user/update';

describe('what an account sets at its server', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage({ settleWindowMs: 1_500 });
  }, 120_000);

  beforeEach(async () => {
    client = await seedClient(stage);
    account = await openAccount(stage, client);
  });

  afterEach(() => stage.mt5.clearFaults());
  afterAll(() => stage.close());

  const read = () => stage.system((tx) => readAccount(tx, account.id));
  const server = () => stage.deps.platformFor('mt5').readAccount(account.login);
  const changes = async () => {
    const intents = await stage.system((tx) =>
      intentsOfWorkflow(tx, workflowIds.account(account.id)),
    );
    return intents.filter(({ kind }) => kind === 'update_account' || kind === 'set_password');
  };
  const waitsFor = (words: RegExp) =>
    until(`it waits for ${words.source}`, async () => {
      const process = await stage.system((tx) => readProcess(tx, workflowIds.account(account.id)));
      return words.test(process?.waitsFor ?? '') && process;
    });
  const ask = (leverage: number) =>
    inScope(stage.db, client.scope, (tx) =>
      askOfAccount(tx, account.id, { kind: 'change_leverage', leverage }),
    );
  const freeze = () =>
    inScope(stage.db, colleague('compliance'), (tx) =>
      setRestriction(tx, {
        clientId: client.id,
        accountId: account.id,
        kind: 'manual_review',
        scopes: ['trade'],
        reason: 'a look at it',
      }),
    );
  const frozen = () => until('frozen', async () => (await read()).access === 'frozen');

  it('writes each change down before it is sent, with what is wanted', async () => {
    await ask(200);
    await until('the change', async () => (await read()).leverage === 200);
    expect(await changes()).toMatchObject([
      {
        kind: 'update_account',
        target: 'mt5',
        reference: account.login,
        state: 'done',
        externalId: account.login,
        wanted: { what: 'settings', group: account.group, leverage: 200 },
      },
    ]);
  });

  it('holds changes back while the server is halted, and says what it waits for', async () => {
    const halt = await inScope(stage.db, colleague('finance'), (tx) =>
      setHalt(tx, { scope: 'server', key: 'mt5', reason: 'maintenance' }),
    );
    await freeze();
    await waitsFor(/a halt switch to be lifted/);
    expect((await server())?.access.tradingEnabled).toBe(true);
    expect(await changes()).toMatchObject([{ state: 'planned', step: 'access/1/frozen' }]);
    await inScope(stage.db, colleague('finance'), (tx) => liftHalt(tx, halt.id));
    await frozen();
    expect((await server())?.access.tradingEnabled).toBe(false);
  });

  it('finds a change whose answer was lost by reading the log-in back, and does not send it again', async () => {
    await stage.mt5.fault('lose_reply_after_apply', { command: update });
    await freeze();
    await frozen();
    expect(await changes()).toMatchObject([{ state: 'done', attempt: 1 }]);
  });

  it('sends a change again once it cannot come any more', async () => {
    await stage.mt5.fault('lose_reply_before_apply', { command: update });
    const since = Date.now();
    await freeze();
    await waitsFor(/proof of what happened outside/);
    expect(
      (await stage.system((tx) => unresolvedIntents(tx, { target: 'mt5', limit: 10 }))).map(
        ({ kind, reference }) => ({ kind, reference }),
      ),
    ).toEqual([{ kind: 'update_account', reference: account.login }]);
    await frozen();
    expect(Date.now() - since).toBeGreaterThan(1_500);
    expect(await changes()).toMatchObject([
      { state: 'absent', attempt: 1 },
      { state: 'done', attempt: 2 },
    ]);
  });

  it('sets nothing else while the end of a change is not known', async () => {
    await stage.mt5.fault('lose_reply_before_apply', { command: update });
    await ask(300);
    await waitsFor(/proof of what happened outside/);
    await freeze();
    await frozen();
    await until('the leverage', async () => (await read()).leverage === 300);
    const sent = (await changes()).map(({ step, state }) => ({ step, state }));
    expect(sent[0]?.state).toBe('absent');
    expect(sent.slice(1).every(({ state }) => state === 'done')).toBe(true);
    expect(await server()).toMatchObject({ leverage: 300, access: { tradingEnabled: false } });
  });

  it('sets a password whose answer was lost once more, when the window is over', async () => {
    await stage.mt5.fault('lose_reply_after_apply', { command: 'user/change_password' });
    await inScope(stage.db, client.scope, (tx) =>
      requestPassword(tx, { accountId: account.id, password: 'Str0ng-pass!' }),
    );
    const [request] = await until('the password', async () => {
      const found = await stage.system((tx) =>
        listAccountRequests(tx, { accountId: account.id, limit: 5 }),
      );
      return found[0]?.state === 'done' && found;
    });
    expect(await changes()).toMatchObject([
      { kind: 'set_password', step: `password/${request?.id ?? ''}`, state: 'absent' },
      { kind: 'set_password', state: 'done', attempt: 2 },
    ]);
    expect(JSON.stringify(await changes())).not.toContain('Str0ng');
  });

  it('names the server it waits for at the first attempt that fails, and since when', async () => {
    await stage.mt5.fault('maintenance', { times: 'forever' });
    await ask(250);
    const first = await waitsFor(/the trading server to answer \(assess\)/);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const later = await waitsFor(/the trading server to answer \(assess\)/);
    expect(later.since).toBe(first.since);
    await stage.mt5.clearFaults();
    await until('the change', async () => (await read()).leverage === 250);
  });

  it('asks operations when the server refuses a freeze, and tries again when they say so', async () => {
    await stage.mt5.fault('refuse', { command: update, retcode: 8 });
    await freeze();
    const task = await openTaskOf(stage, account.id, 'account_access');
    expect(task).toMatchObject({ issue: [{ code: 'PERMISSION_DENIED' }], choices: ['retry'] });
    await waitsFor(new RegExp(`task ${task.id}`));
    await decide(stage, colleague('operations'), task, 'retry');
    await frozen();
    expect((await changes()).map(({ state }) => state)).toEqual(['refused', 'done']);
  });

  it('leaves nothing that the proofs complain about', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
