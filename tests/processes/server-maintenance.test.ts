import { readAccount } from '../../db/accounts';
import { inScope } from '../../db/connection';
import { declareServer, endDeclaration } from '../../db/declarations';
import { eventsOfSubject } from '../../db/events';
import { readFeed } from '../../db/feeds';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { readProcess } from '../../db/processes';
import { readServer } from '../../db/servers';
import { readTransfer } from '../../db/transfers';
import { requestTransfer } from '../../db/transfer-requests';
import { askOfAccount } from '../../db/account-requests';
import { parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  colleague,
  fund,
  openAccount,
  type OpenAccount,
  seedClient,
  type TestClient,
  walletOf,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

const ends = 'the maintenance of the trading server to end';

describe('while maintenance of a server is declared', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;
  const operator = colleague('operations');

  beforeAll(async () => {
    stage = await openStage();
    client = await seedClient(stage);
    await fund(stage, client, '1000.00');
    account = await openAccount(stage, client);
  }, 120_000);

  afterEach(() => stage.mt5.clearFaults());
  afterAll(() => stage.close());

  const ask = (amount: string) =>
    inScope(stage.db, client.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction: 'to_account',
        amount: { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' },
      }),
    );
  const declare = () =>
    inScope(stage.db, operator, (tx) =>
      declareServer(tx, {
        serverId: 'mt5',
        kind: 'maintenance',
        until: new Date(Date.now() + 3_600_000).toISOString(),
        reason: 'a new build',
      }),
    );
  const end = (id: string) => inScope(stage.db, operator, (tx) => endDeclaration(tx, 'mt5', id));
  const waiting = (workflowId: string, words = ends) =>
    until(`${workflowId} to wait for ${words}`, async () => {
      const process = await stage.system((tx) => readProcess(tx, workflowId));
      if (process?.waitsFor !== words) throw new Error(`waits for ${process?.waitsFor}`);
      return process;
    });
  const done = (id: string) =>
    until(`${id} to be done`, async () => {
      const transfer = await stage.system((tx) => readTransfer(tx, id));
      return transfer.state === 'done';
    });
  const deals = async () => (await stage.mt5.account(account.login)).deals;
  const feed = workflowIds.feed('mt5');

  it('nothing is sent or lost, and all of it is done once when it ends', async () => {
    const { id } = await declare();
    await waiting(feed);
    // The server is really away: whoever asked it would be noticed.
    await stage.mt5.fault('maintenance', { times: 'forever' });
    const [before, read] = [await deals(), await stage.system((tx) => readFeed(tx, 'mt5'))];
    const transfer = await ask('100.00');
    await waiting(workflowIds.transfer(transfer.id));
    await inScope(stage.db, client.scope, (tx) =>
      askOfAccount(tx, account.id, { kind: 'change_leverage', leverage: 200 }),
    );
    await waiting(workflowIds.account(account.id));
    expect(await deals()).toBe(before);
    expect((await walletOf(stage, client)).heldMinor).toBe(10_000n);
    expect(await stage.system((tx) => readServer(tx, 'mt5'))).toMatchObject({
      state: 'maintenance',
      declared: { id },
    });
    expect(await stage.system((tx) => readFeed(tx, 'mt5'))).toMatchObject({
      state: 'paused',
      watermark: read.watermark,
      lastError: null,
    });

    await stage.mt5.clearFaults();
    await end(id);
    await done(transfer.id);
    await until('the leverage', async () => {
      const { leverage } = await stage.system((tx) => readAccount(tx, account.id));
      return leverage === 200;
    });
    expect(await deals()).toBe(before + 1);
    expect(
      await stage.system((tx) => intentsOfWorkflow(tx, workflowIds.transfer(transfer.id))),
    ).toMatchObject([{ attempt: 1, state: 'done' }]);
    await waiting(feed, 'the next deals of the server');
    await until('the feed to be past the pause', async () => {
      const now = await stage.system((tx) => readFeed(tx, 'mt5'));
      return now.caughtUp && (now.watermark ?? '') > (read.watermark ?? '');
    });
    const events = await stage.system((tx) => eventsOfSubject(tx, 'feed/mt5'));
    expect(events.map(({ type }) => type)).toEqual(['feed.paused', 'feed.resumed']);
  });

  it('what was sent before it is not taken for absent, and is found afterwards', async () => {
    await stage.mt5.fault('lose_reply_after_apply', { login: Number(account.login) });
    // Hidden for as long as the work goes on, as on a server that is brought back from a copy.
    await stage.mt5.fault('delay_deal', { login: Number(account.login), ms: 4_000 });
    const transfer = await ask('50.00');
    const before = await until('it to be sent', async () => {
      const [intent] = await stage.system((tx) =>
        intentsOfWorkflow(tx, workflowIds.transfer(transfer.id)),
      );
      return intent?.state === 'unknown' && intent;
    });
    const { id } = await declare();
    await waiting(workflowIds.transfer(transfer.id));
    await until('the deal to show', async () => {
      const { deals: all } = await stage.mt5.deals(account.login);
      return all.every(({ isHidden }) => !isHidden);
    });
    await end(id);
    await done(transfer.id);
    expect(
      await stage.system((tx) => intentsOfWorkflow(tx, workflowIds.transfer(transfer.id))),
    ).toMatchObject([{ id: before.id, attempt: 1, state: 'done' }]);
    expect(await stage.faults()).toEqual([]);
  });
});
