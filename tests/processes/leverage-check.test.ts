import { listAccountRequests } from '../../db/account-request-lists';
import { askOfAccount } from '../../db/account-requests';
import { readAccount } from '../../db/accounts';
import { inScope, rows } from '../../db/connection';
import { requestTransfer } from '../../db/transfer-requests';
import type { Task } from '../../db/tasks';
import { parseAmount } from '../../domain/money';
import { taskQueues } from '../../temporal-config/task-queues';
import {
  colleague,
  decide,
  fund,
  openAccount,
  type OpenAccount,
  openTaskOf,
  seedClient,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('the daily check of leverage', () => {
  let stage: Stage;
  let checks = 0;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);
  afterAll(() => stage.close());

  async function check(): Promise<{ looked: number; inBreach: number }> {
    checks += 1;
    return stage.temporal.client.workflow.execute('leverageCheck', {
      taskQueue: taskQueues.workflows,
      workflowId: `leverage-check-${checks}`,
      args: [],
    }) as Promise<{ looked: number; inBreach: number }>;
  }

  const tasksOf = (account: OpenAccount) =>
    stage.system((tx) =>
      rows<Pick<Task, 'state' | 'reason' | 'issue'>>(
        tx,
        `select state, reason, issue from task where subject = :id and kind = 'leverage_breach' order by opened_at`,
        { id: account.id },
      ),
    );

  const trade = (account: OpenAccount, symbol: string) =>
    stage.mt5.control('POST', '/trade', {
      ...{ login: Number(account.login), symbol, side: 'buy', volume: '0.01' },
    });

  it('asks once about a symbol whose margin gives too much, until the server is set right', async () => {
    const retail = await seedClient(stage, { entityId: 'cy', currency: 'EUR' });
    await fund(stage, retail, '5000.00');
    const account = await openAccount(stage, retail);
    await stage.mt5.control('POST', '/dealer-balance', {
      login: Number(account.login),
      amount: '2000.00',
    });
    await trade(account, 'EURUSD');
    await check();
    expect(await tasksOf(account)).toEqual([]);
    await trade(account, 'XAUUSD');
    expect(await check()).toMatchObject({ looked: 1, inBreach: 1 });
    const task = await openTaskOf(stage, account.id, 'leverage_breach');
    expect(task.title).toContain(account.login);
    expect(task.issue).toMatchObject([
      {
        code: 'SYMBOL_LEVERAGE_ABOVE_CAP',
        detail: expect.stringContaining('1:30 in XAUUSD (gold), 1:20 allowed') as string,
      },
    ]);
    await check();
    expect(await tasksOf(account)).toHaveLength(1);
    await stage.mt5.control('POST', '/margin', { symbol: 'XAUUSD', rate: 1.5 });
    expect(await check()).toMatchObject({ inBreach: 0 });
    expect(await tasksOf(account)).toMatchObject([{ state: 'cancelled', reason: 'BREACH_OVER' }]);
  });

  it('holds a client abroad to their own country, in leverage and in stop-out', async () => {
    const german = await seedClient(stage, { residence: 'DE' });
    const account = await openAccount(stage, german);
    await stage.deps.platformFor('mt5').updateAccount(account.login, { leverage: 500 });
    await check();
    const task = await openTaskOf(stage, account.id, 'leverage_breach');
    expect(task.issue.map(({ code }) => code)).toEqual(['LEVERAGE_ABOVE_CAP', 'STOP_OUT_TOO_LOW']);
    await decide(stage, colleague('operations'), task, 'leave');
    await check();
    expect(await tasksOf(account)).toHaveLength(1);
    await stage.deps.platformFor('mt5').updateAccount(account.login, { leverage: 30 });
    await check();
    const left = await openTaskOf(stage, account.id, 'leverage_breach');
    expect(left.issue).toMatchObject([
      {
        code: 'STOP_OUT_TOO_LOW',
        detail: expect.stringMatching(/^stop-out at 20 % .* 50 % asked for/) as string,
      },
    ]);
    await decide(stage, colleague('operations'), left, 'mended');
    await check();
    expect(await tasksOf(account)).toMatchObject([{}, { state: 'decided' }, { state: 'open' }]);
    await inScope(stage.db, german.scope, (tx) => askOfAccount(tx, account.id, { kind: 'close' }));
    await until('the account to be closed', async () => {
      const { state } = await stage.system((tx) => readAccount(tx, account.id));
      return state === 'closed';
    });
    await check();
    expect((await tasksOf(account)).at(-1)).toMatchObject({ state: 'cancelled' });
  });

  it('steps leverage down as an equity grows, by way of the policy', async () => {
    const rich = await seedClient(stage);
    await fund(stage, rich, '300000.00');
    const account = await openAccount(stage, rich);
    await inScope(stage.db, rich.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction: 'to_account',
        amount: { amountMinor: parseAmount('250000.00', 'USD'), currency: 'USD' },
      }),
    );
    const platform = stage.deps.platformFor('mt5');
    await until('the money', async () => {
      const reading = await platform.readAccount(account.login);
      return reading?.balance.amountMinor === 25_000_000n;
    });
    await check();
    const [request] = await until('the reduction', async () => {
      const found = await stage.system((tx) =>
        listAccountRequests(tx, { accountId: account.id, limit: 5 }),
      );
      return found[0]?.state === 'done' && found;
    });
    expect(request).toMatchObject({ askedAs: 'process', ask: { leverage: 200 } });
    expect(await platform.readAccount(account.login)).toMatchObject({ leverage: 200 });
    await check();
    expect(await tasksOf(account)).toEqual([]);
  });
});
