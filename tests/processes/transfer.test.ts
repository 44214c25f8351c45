import { inScope } from '../../db/connection';
import { readTransfer, requestTransfer, type Transfer } from '../../db/transfers';
import { readProcess } from '../../db/processes';
import { parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  fund,
  openAccount,
  type OpenAccount,
  seedClient,
  type TestClient,
  walletOf,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('a transfer between wallet and trading account', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage();
    client = await seedClient(stage);
    await fund(stage, client, '1000.00');
    account = await openAccount(stage, client);
  }, 120_000);

  afterAll(() => stage.close());

  async function ask(direction: 'to_account' | 'to_wallet', amount: string): Promise<Transfer> {
    return inScope(stage.db, client.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction,
        amount: { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' },
      }),
    );
  }

  function ended(transfer: Transfer): Promise<Transfer> {
    return until(`the end of ${transfer.id}`, async () => {
      const process = await stage.system((tx) =>
        readProcess(tx, workflowIds.transfer(transfer.id)),
      );
      const now = await stage.system((tx) => readTransfer(tx, transfer.id));
      if (now.state !== 'done' && now.state !== 'refused')
        throw new Error(`${now.state}, waits for ${process?.waitsFor}`);
      return now;
    });
  }

  it('is one deal on the server and one posting', async () => {
    const transfer = await ask('to_account', '100.00');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    expect(await stage.mt5.account(account.login)).toMatchObject({ balance: '100.00', deals: 1 });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 90_000n, heldMinor: 0n });
  });
});
