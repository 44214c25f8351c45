import { pageOf } from '../../connectors/psp/testing/page-of';
import { failDeposit, readDeposit, type Deposit } from '../../db/deposits';
import { readProcess } from '../../db/processes';
import { rows } from '../../db/connection';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { askDeposit, cardOf, payPageOf } from './payments';
import { colleague, decide, openTaskOf, seedClient, type TestClient, walletOf } from './people';
import { visa } from './simulators';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('a deposit at its deadline', () => {
  let stage: Stage;
  let client: TestClient;

  beforeAll(async () => {
    stage = await openStage();
    stage.plant(visa.number);
    client = await seedClient(stage, { name: 'Quirina Plantedname' });
  }, 120_000);

  afterEach(() => stage.psp.clearFaults());

  afterAll(() => stage.close());

  const read = ({ id }: Deposit) => stage.system((tx) => readDeposit(tx, id));
  const processOf = ({ id }: Deposit) =>
    stage.system((tx) => readProcess(tx, workflowIds.deposit(id)));

  /** A deposit with a page to pay on, asked for longer ago than a page stays open. */
  async function overdue(amount: string): Promise<{ deposit: Deposit; page: string }> {
    const deposit = await askDeposit(stage, client, amount);
    const page = await payPageOf(stage, deposit);
    await stage.system((tx) =>
      rows(tx, `update deposit set created_at = now() - interval '25 hours' where id = :id`, {
        id: deposit.id,
      }),
    );
    return { deposit, page };
  }

  const ended = (deposit: Deposit) =>
    until(
      `the end of ${deposit.id}`,
      async () => {
        const process = await processOf(deposit);
        if (!process?.finishedAt) throw new Error(`waits for ${process?.waitsFor}`);
        return read(deposit);
      },
      30_000,
    );

  const closed = (deposit: Deposit) =>
    until(
      `the workflow of ${deposit.id} to be closed`,
      async () => {
        const handle = stage.temporal.client.workflow.getHandle(workflowIds.deposit(deposit.id));
        return (await handle.describe()).status.name === 'COMPLETED';
      },
      30_000,
    );

  it('is given up when its provider has cancelled the payment, so that nobody can pay it any more', async () => {
    const { deposit, page } = await overdue('100.00');
    expect(await ended(deposit)).toMatchObject({ state: 'failed', failure: 'EXPIRED' });
    expect(await stage.psp.stateOf('intents', deposit.id)).toMatchObject([{ status: 'canceled' }]);
    await expect(stage.psp.payAt(page, cardOf(client))).rejects.toThrow('cannot be confirmed');
  }, 60_000);

  it('waits while the provider cannot be asked to cancel it', async () => {
    await stage.psp.fault('error_before_accept', { operation: 'pay', times: 1 });
    const { deposit } = await overdue('101.00');
    await until(
      'the first attempt to cancel',
      async () => (await processOf(deposit))?.waitsFor === 'stripe to cancel the payment',
    );
    expect((await read(deposit)).state).toBe('awaiting_payment');
    expect(await ended(deposit)).toMatchObject({ state: 'failed', failure: 'EXPIRED' });
  }, 60_000);

  it('is credited when the payer was quicker than the cancelling', async () => {
    const before = await walletOf(stage, client);
    await stage.psp.fault('hold_webhooks');
    const asked = await askDeposit(stage, client, '102.00');
    await stage.psp.payAt(await payPageOf(stage, asked), cardOf(client));
    await stage.system((tx) =>
      rows(tx, `update deposit set created_at = now() - interval '25 hours' where id = :id`, {
        id: asked.id,
      }),
    );
    expect(await ended(asked)).toMatchObject({ state: 'credited' });
    expect((await walletOf(stage, client)).balanceMinor).toBe(before.balanceMinor + 10_200n);
  }, 60_000);

  it('is held when the payment is told after its end, and credited when two people say so', async () => {
    const before = await walletOf(stage, client);
    await stage.psp.fault('hold_webhooks');
    const deposit = await askDeposit(stage, client, '103.00');
    const page = await payPageOf(stage, deposit);
    // As if it had ended a moment before the message was committed.
    await stage.system((tx) => failDeposit(tx, deposit.id, 'EXPIRED'));
    await stage.psp.payAt(page, cardOf(client));
    await closed(deposit);
    await stage.psp.clearFaults();
    const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
    expect(task.issue).toMatchObject([{ code: 'PAID_LATE' }]);
    expect(task.choices).toEqual(['credit', 'return']);
    expect(await read(deposit)).toMatchObject({ state: 'held', failure: 'PAID_LATE' });
    expect((await processOf(deposit))?.waitsFor).toBe(`task ${task.id}`);
    const once = await decide(stage, colleague('operations'), task, 'credit');
    await decide(stage, colleague('operations'), once, 'credit');
    expect(await ended(deposit)).toMatchObject({ state: 'credited' });
    expect((await walletOf(stage, client)).balanceMinor).toBe(before.balanceMinor + 10_300n);
  }, 60_000);

  it('is not needed for people to hear of a payment that belongs to none', async () => {
    const made = await stage.deps.providerFor('stripe').createPayment({
      operationId: 'dep_of-somebody-else',
      amountMinor: 10_400n,
      currency: 'USD',
      description: 'not ours',
      returnUrl: 'http://127.0.0.1:9/',
    });
    if (made.kind !== 'done') throw new Error(made.reason);
    await stage.psp.payAt(pageOf(made), cardOf(client));
    const task = await until('the task', async () => {
      const [row] = await stage.system((tx) =>
        rows<{ issue: unknown; content: unknown }>(
          tx,
          `select issue, content from task where kind = 'unexpected_payment'`,
        ),
      );
      return row;
    });
    expect(task.issue).toMatchObject([{ code: 'NO_DEPOSIT' }]);
    expect(task.content).toMatchObject({ providerRef: made.providerRef, amount: '104.00' });
  });

  it('leaves books that agree', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
