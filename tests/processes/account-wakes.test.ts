import { askOfAccount } from '../../db/account-requests';
import { readAccount } from '../../db/accounts';
import { inScope, rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { readProcess } from '../../db/processes';
import { requestWithdrawal } from '../../db/withdrawals';
import { parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { fund, openAccount, type OpenAccount, seedClient, type TestClient } from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('deals wake the accounts that they concern', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  beforeEach(async () => {
    client = await seedClient(stage, { entityId: 'cy' });
    account = await openAccount(stage, client);
  });

  afterAll(() => stage.close());

  const read = () => stage.system((tx) => readAccount(tx, account.id));
  /** A dealer's correction, which may take a balance below zero as a stop-out in a gap does. */
  const dealer = (amount: string) =>
    stage.mt5.control('POST', '/dealer-balance', {
      login: Number(account.login),
      amount,
      type: 5,
      comment: 'dealer',
    });
  const open = () =>
    stage.mt5.control('POST', '/trade', {
      login: Number(account.login),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '0.01',
    });
  const closeAll = async () => {
    for (const { positionId } of await stage.deps
      .platformFor('mt5')
      .positions({ login: account.login }))
      await stage.mt5.control('POST', '/close', { position: Number(positionId) });
  };
  /** As an account stands that fell asleep long ago; nothing is due on it for a month. */
  const sleeps = () =>
    stage.system((tx) =>
      rows(
        tx,
        `update trading_account set state = 'dormant', dormant_since = now() - interval '10 days',
           activated_at = now() - interval '300 days', created_at = now() - interval '300 days',
           due_at = now() + interval '20 days' where id = :id`,
        { id: account.id },
      ),
    );
  const awake = () => until('active', async () => (await read()).state === 'active');

  it('notices a balance below zero without anything being due', async () => {
    await dealer('-40.00');
    await until('the balance to be zero', async () => {
      const reading = await stage.deps.platformFor('mt5').readAccount(account.login);
      return reading?.balance.amountMinor === 0n;
    });
  });

  it('reactivates a dormant account at its first trade, not at the next fee day', async () => {
    await dealer('500.00');
    await sleeps();
    await open();
    await awake();
    const events = await stage.system((tx) => eventsOfSubject(tx, account.id));
    expect(events.map(({ type }) => type)).toContain('account.reactivated');
    expect((await read()).dormantSince).toBeNull();
  });

  it('reactivates it when its holder asks for money out of the wallet', async () => {
    await fund(stage, client, '50.00');
    await sleeps();
    await inScope(stage.db, client.scope, (tx) =>
      requestWithdrawal(tx, {
        entityId: client.entityId,
        clientId: client.id,
        userId: client.userId,
        amount: { amountMinor: parseAmount('10.00', 'USD'), currency: 'USD' },
        bankSourceId: null,
      }),
    );
    await awake();
  });

  it('leaves a dormant account asleep when only the house moves its balance', async () => {
    await sleeps();
    await dealer('5.00');
    await until('the deal to be posted', async () => {
      const [row] = await stage.system((tx) =>
        rows<{ n: number }>(
          tx,
          `select count(*)::int as n from deal d join deal_ticket t using (server_id, ticket)
           where d.account_id = :id and t.posted_transaction is not null`,
          { id: account.id },
        ),
      );
      return (row?.n ?? 0) > 0;
    });
    expect((await read()).state).toBe('dormant');
  });

  it('closes an account at once when its last position is closed, however long it has waited', async () => {
    await dealer('500.00');
    await open();
    await inScope(stage.db, client.scope, (tx) => askOfAccount(tx, account.id, { kind: 'close' }));
    await until('it waits for the position', async () => {
      const process = await stage.system((tx) => readProcess(tx, workflowIds.account(account.id)));
      return process?.waitsFor?.includes('1 open positions');
    });
    // After a week and more it looks by itself every quarter of an hour only.
    await stage.system((tx) =>
      rows(
        tx,
        `update account_request set working_since = now() - interval '10 days' where account_id = :id`,
        { id: account.id },
      ),
    );
    await until('the next look is far away', async () => {
      const process = await stage.system((tx) => readProcess(tx, workflowIds.account(account.id)));
      return Date.parse(process?.due ?? '') > Date.now() + 60_000;
    });
    await closeAll();
    await until('the end', async () => (await read()).state === 'closed');
  });
});
