import { inScope } from '../../db/connection';
import { outboxWaiting } from '../../db/dispatch';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { saveSource } from '../../db/payment-sources';
import { openProcesses } from '../../db/processes';
import { readTransfer, type Transfer } from '../../db/transfers';
import { requestTransfer } from '../../db/transfer-requests';
import { readWithdrawal, requestWithdrawal, type Withdrawal } from '../../db/withdrawals';
import { parseAmount } from '../../domain/money';
import { startProcess } from '../../temporal-config/server/start-process';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { openTestTemporal, replayAll, type TestTemporal, workflowBundle } from '../setup/temporal';
import {
  colleague,
  decide,
  fund,
  openAccount,
  type OpenAccount,
  openTaskOf,
  seedClient,
  type TestClient,
  walletOf,
} from './people';
import { openStage, type Running, type Stage } from './stage';
import { until } from './until';

describe('what survives', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage();
    client = await seedClient(stage);
    await fund(stage, client, '1000.00');
    account = await openAccount(stage, client);
  }, 120_000);

  afterEach(() => stage.mt5.clearFaults());

  afterAll(() => stage.close());

  function ask(amount: string): Promise<Transfer> {
    return inScope(stage.db, client.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction: 'to_account',
        amount: { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' },
      }),
    );
  }

  const intentsOf = ({ id }: Transfer) =>
    stage.system((tx) => intentsOfWorkflow(tx, workflowIds.transfer(id)));

  function done(transfer: Transfer, msMax = 30_000): Promise<unknown> {
    return until(
      `the end of ${transfer.id}`,
      async () => {
        const now = await stage.system((tx) => readTransfer(tx, transfer.id));
        if (now.state !== 'done') throw new Error(now.state);
        return true;
      },
      msMax,
    );
  }

  it('a command given while no worker runs is done once, when one does', async () => {
    await stage.stopWorkers();
    const before = await stage.mt5.account(account.login);
    const transfer = await ask('10.00');
    expect(await stage.system(outboxWaiting)).toBe(1);
    expect((await walletOf(stage, client)).heldMinor).toBe(1_000n);
    const running = await stage.runWorkers();
    try {
      await done(transfer);
      expect(await stage.mt5.account(account.login)).toMatchObject({ deals: before.deals + 1 });
    } finally {
      await running.stop();
    }
  });

  it('a worker killed inside a balance operation leaves one deal', async () => {
    const before = await stage.mt5.account(account.login);
    await stage.forkWorker('worker');
    await stage.mt5.fault('hang', {
      command: 'trade/balance',
      login: Number(account.login),
      applied: true,
      ms: 8_000,
    });
    const transfer = await ask('20.00');
    await until('the operation to be under way', async () => {
      const { deals } = await stage.mt5.account(account.login);
      return deals === before.deals + 1;
    });
    await stage.supervisor.kill('worker');
    expect(await intentsOf(transfer)).toMatchObject([{ state: 'sending' }]);
    await stage.supervisor.whenReady('worker');
    await done(transfer);
    expect(await intentsOf(transfer)).toMatchObject([{ attempt: 1, state: 'done' }]);
    expect(await stage.mt5.account(account.login)).toMatchObject({
      deals: before.deals + 1,
      agrees: true,
    });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 97_000n, heldMinor: 0n });
    await stage.supervisor.stop('worker');
  });

  describe("when Temporal's data is lost in the middle", () => {
    let other: TestTemporal;
    let running: Running | undefined;

    beforeAll(async () => {
      other = await openTestTemporal();
    });

    afterAll(async () => {
      await running?.stop();
      await other.close();
    });

    it('every process goes on to the same end', async () => {
      const bankSourceId = await knownBank();
      const first = await stage.runWorkers();
      const [decided, open] = [
        await withdraw('100.00', bankSourceId),
        await withdraw('50.00', bankSourceId),
      ];
      const task = await openTaskOf(stage, decided.id, 'withdrawal_approval');
      const later = await openTaskOf(stage, open.id, 'withdrawal_approval');
      await stage.mt5.fault('lose_reply_after_apply', { login: Number(account.login) });
      const before = await stage.mt5.account(account.login);
      const transfer = await ask('30.00');
      await until('the deal', async () => {
        const { deals } = await stage.mt5.account(account.login);
        return deals === before.deals + 1;
      });
      await first.stop();
      await decide(stage, colleague('finance'), task, 'approve');

      running = await stage.runWorkers(other);
      expect(await resume()).toBeGreaterThan(3);
      await done(transfer);
      expect(await stage.mt5.account(account.login)).toMatchObject({ deals: before.deals + 1 });
      await paid(decided);
      await decide(stage, colleague('finance'), later, 'approve');
      await paid(open);
      expect(await walletOf(stage, client)).toEqual({ balanceMinor: 79_000n, heldMinor: 0n });
      // What waits for the next request, or reads for ever, has its workflow back too.
      for (const workflowId of [workflowIds.account(account.id), workflowIds.feed('mt5')]) {
        const { status } = await other.client.workflow.getHandle(workflowId).describe();
        expect(status.name).toBe('RUNNING');
      }
    });

    it('leaves histories that replay in the new one, too', async () => {
      await expect(replayAll(other, await workflowBundle())).resolves.toBeGreaterThan(4);
    });

    function withdraw(amount: string, bankSourceId: string): Promise<Withdrawal> {
      return inScope(stage.db, client.scope, (tx) =>
        requestWithdrawal(tx, {
          entityId: client.entityId,
          clientId: client.id,
          userId: client.userId,
          amount: { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' },
          bankSourceId,
        }),
      );
    }

    function paid({ id }: Withdrawal): Promise<unknown> {
      return until(`${id} to be paid`, async () => {
        const { state } = await stage.system((tx) => readWithdrawal(tx, id));
        if (state !== 'paid') throw new Error(state);
        return true;
      });
    }

    /** So new that policy lets a person look at the first payouts. */
    function knownBank(): Promise<string> {
      return stage.system((tx) =>
        saveSource(
          tx,
          { entityId: client.entityId, clientId: client.id },
          {
            kind: 'bank',
            provider: 'bank',
            bank: {
              holderName: client.name,
              country: 'DE',
              iban: 'DE89370400440532013000',
              bic: null,
            },
          },
        ),
      );
    }

    /** What `keelson resume` does: every unfinished row gets its workflow back. */
    async function resume(): Promise<number> {
      const open = await stage.system((tx) => openProcesses(tx, { limit: 1_000 }));
      for (const process of open) await startProcess(other.client, process, { again: true });
      return open.length;
    }
  });
});
