import { liftRestriction, setRestriction } from '../../db/client-restrictions';
import { inScope } from '../../db/connection';
import { readDeposit, requestDeposit, type Deposit } from '../../db/deposits';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { entriesOfAccount } from '../../db/ledger';
import { installPolicies } from '../../db/policies';
import { readProcess } from '../../db/processes';
import { latestTaskOfProcess } from '../../db/tasks';
import { wallet } from '../../domain/ledger/account';
import { parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { listOf } from './listed';
import { colleague, decide, openTaskOf, seedClient, type TestClient, walletOf } from './people';
import { byStripe, payPageOf } from './payments';
import { visa } from './simulators';
import { openStage, type Stage } from './stage';
import { until } from './until';
import { assertWeathered, runStorm } from '../storm/storm';

describe('a deposit by card', () => {
  let stage: Stage;
  let client: TestClient;

  beforeAll(async () => {
    stage = await openStage();
    stage.plant(visa.number);
    client = await seedClient(stage, { name: 'Quirina Plantedname' });
  }, 120_000);

  afterEach(() => stage.psp.clearFaults());

  afterAll(() => stage.close());

  function ask(amount: string): Promise<Deposit> {
    return inScope(stage.db, client.scope, (tx) =>
      requestDeposit(
        tx,
        {
          entityId: client.entityId,
          clientId: client.id,
          amount: { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' },
          rail: 'card',
        },
        byStripe,
      ),
    );
  }

  const read = ({ id }: Deposit) => stage.system((tx) => readDeposit(tx, id));
  const processOf = ({ id }: Deposit) =>
    stage.system((tx) => readProcess(tx, workflowIds.deposit(id)));

  function payPage(deposit: Deposit): Promise<string> {
    return payPageOf(stage, deposit);
  }

  function ended(deposit: Deposit, msMax?: number): Promise<Deposit> {
    return until(
      `the end of ${deposit.id}`,
      async () => {
        const process = await processOf(deposit);
        if (!process?.finishedAt) throw new Error(`waits for ${process?.waitsFor}`);
        return read(deposit);
      },
      msMax,
    );
  }

  async function creditsOf(deposit: Deposit): Promise<number> {
    const of = { entityId: client.entityId, clientId: client.id, currency: 'USD' };
    const entries = await stage.system((tx) => entriesOfAccount(tx, wallet(of).id, { limit: 200 }));
    return entries.filter((entry) => entry.cause === deposit.id).length;
  }

  it('is credited once although the webhook comes twice', async () => {
    const before = await walletOf(stage, client);
    const deposit = await ask('100.00');
    const page = await payPage(deposit);
    expect((await processOf(deposit))?.waitsFor).toBe('the payer at stripe');
    await stage.psp.fault('webhook_twice', { event: 'charge.succeeded' });
    await stage.psp.payAt(page);
    expect(await ended(deposit)).toMatchObject({ state: 'credited' });
    await until('the second webhook', async () => webhooksOf(deposit) === 2);
    expect(await creditsOf(deposit)).toBe(1);
    expect((await walletOf(stage, client)).balanceMinor).toBe(before.balanceMinor + 10_000n);
  });

  it('tells its client by mail, once', async () => {
    const letters = await until('the letter', async () => {
      const found = await stage.mail.to(client.email);
      return found.length > 0 && found;
    });
    expect(letters).toHaveLength(1);
    const letter = await stage.mail.read(letters[0]?.id ?? '');
    expect(letter.text).toContain('100.00');
  });

  it('asks the provider when the webhook never comes', async () => {
    await stage.psp.fault('hold_webhooks');
    const deposit = await ask('101.00');
    await stage.psp.payAt(await payPage(deposit));
    expect(await ended(deposit, 30_000)).toMatchObject({ state: 'credited' });
    expect(webhooksOf(deposit)).toBe(0);
    await stage.psp.clearFaults();
    await until('the late webhook', async () => webhooksOf(deposit) > 0);
    expect(await creditsOf(deposit)).toBe(1);
  });

  it('finds the payment whose answer was lost, and opens no second one', async () => {
    await stage.psp.fault('lose_reply_after_accept', { operation: 'payment' });
    const deposit = await ask('102.00');
    await stage.psp.payAt(await payPage(deposit));
    expect(await ended(deposit)).toMatchObject({ state: 'credited' });
    expect(await stage.psp.stateOf('intents', deposit.id)).toHaveLength(1);
    expect(
      await stage.system((tx) => intentsOfWorkflow(tx, workflowIds.deposit(deposit.id))),
    ).toMatchObject([{ attempt: 1, state: 'done' }]);
  });

  it('takes no webhook that the provider did not sign', async () => {
    const deposit = await ask('103.00');
    await stage.psp.fault('bad_signature', { event: 'charge.succeeded', times: 1 });
    await stage.psp.payAt(await payPage(deposit));
    expect(await ended(deposit)).toMatchObject({ state: 'credited' });
    expect(await creditsOf(deposit)).toBe(1);
  });

  it('goes on after a declined card', async () => {
    const deposit = await ask('104.00');
    const page = await payPage(deposit);
    await expect(
      stage.psp.payAt(page, { number: '4000000000000002', exp_month: 12, exp_year: 2039 }),
    ).rejects.toThrow('card_declined');
    expect((await read(deposit)).state).toBe('awaiting_payment');
    await stage.psp.payAt(page);
    expect(await ended(deposit)).toMatchObject({ state: 'credited' });
  });

  it('fails when the provider refuses to open a payment', async () => {
    await stage.psp.fault('refuse', { operation: 'payment', code: 'currency_not_supported' });
    const deposit = await ask('105.00');
    expect(await ended(deposit)).toMatchObject({ state: 'failed' });
    expect(await creditsOf(deposit)).toBe(0);
  });

  it('fails when the amount is more than the provider takes at once', async () => {
    const deposit = await ask('1000000.00');
    expect(await ended(deposit)).toMatchObject({
      state: 'failed',
      failure: 'amount_out_of_range',
    });
  });

  it('holds another sum than was asked for', async () => {
    const before = await walletOf(stage, client);
    const deposit = await ask('106.00');
    const page = await payPage(deposit);
    await stage.system((tx) =>
      tx.sql.raw('update deposit set amount_minor = amount_minor + 1 where id = ?', [deposit.id]),
    );
    await stage.psp.payAt(page);
    const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
    expect(task.issue).toMatchObject([{ code: 'AMOUNT_MISMATCH' }]);
    expect(await read(deposit)).toMatchObject({ state: 'held' });
    expect((await walletOf(stage, client)).balanceMinor).toBe(before.balanceMinor);
    expect((await processOf(deposit))?.waitsFor).toBe(`task ${task.id}`);
    await stage.psp.fault('lose_reply_after_accept', { operation: 'refund' });
    const once = await decide(stage, colleague('operations'), task, 'return');
    expect((await read(deposit)).state).toBe('held');
    await decide(stage, colleague('operations'), once, 'return');
    expect(await ended(deposit)).toMatchObject({ state: 'returned' });
    const intents = await stage.system((tx) =>
      intentsOfWorkflow(tx, workflowIds.deposit(deposit.id)),
    );
    expect(intents).toMatchObject([
      { kind: 'charge', state: 'done' },
      { kind: 'refund', state: 'done', amountMinor: 10_600n },
    ]);
    expect(await stage.psp.stateOf('refunds', intents[1]?.id ?? '')).toHaveLength(1);
    expect(await creditsOf(deposit)).toBe(0);
  });

  it('asks a person when the provider refuses to give a payment back, and tries again', async () => {
    const deposit = await ask('107.00');
    const page = await payPage(deposit);
    await stage.system((tx) =>
      tx.sql.raw('update deposit set amount_minor = amount_minor + 1 where id = ?', [deposit.id]),
    );
    await stage.psp.payAt(page);
    const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
    await stage.psp.fault('fail_later', { operation: 'refund' });
    const once = await decide(stage, colleague('operations'), task, 'return');
    await decide(stage, colleague('operations'), once, 'return');
    const failed = await openTaskOf(stage, `${deposit.id}/return`, 'payout_failed');
    expect(await read(deposit)).toMatchObject({ state: 'held' });
    await decide(stage, colleague('operations'), failed, 'retry');
    expect(await ended(deposit)).toMatchObject({ state: 'returned' });
  });

  it('is asked about again when the money is there, and goes back when the rules say so', async () => {
    const before = await walletOf(stage, client);
    const deposit = await ask('108.00');
    const page = await payPage(deposit);
    const { id: restriction } = await inScope(stage.db, colleague('compliance'), (tx) =>
      setRestriction(tx, {
        clientId: client.id,
        kind: 'takeover',
        scopes: ['deposit', 'withdraw'],
        reason: 'for this test',
      }),
    );
    await stage.psp.payAt(page);
    const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
    expect(task.issue).toMatchObject([{ code: 'RESTRICTED' }]);
    expect(task.choices).toEqual(['return']);
    expect(await read(deposit)).toMatchObject({ state: 'held', failure: 'RESTRICTED' });
    expect((await walletOf(stage, client)).balanceMinor).toBe(before.balanceMinor);
    const once = await decide(stage, colleague('operations'), task, 'return');
    await decide(stage, colleague('operations'), once, 'return');
    // By whatever way: what covers withdrawals covers what goes back, too.
    await waitsForReview(deposit);
    await inScope(stage.db, colleague('compliance'), (tx) =>
      liftRestriction(tx, client.id, restriction, 'cleared up'),
    );
    expect(await ended(deposit)).toMatchObject({ state: 'returned' });
  });

  const waitsForReview = (deposit: Deposit) =>
    until('a routine review', async () => {
      const process = await processOf(deposit);
      return process?.waitsFor === 'a routine review';
    });

  it("is held when another client's card pays it, and goes back to nobody whom a new list may name", async () => {
    const other = await seedClient(stage, { name: 'Otto Otherpayer' });
    const deposit = await inScope(stage.db, other.scope, (tx) =>
      requestDeposit(
        tx,
        {
          entityId: other.entityId,
          clientId: other.id,
          amount: { amountMinor: 10_900n, currency: 'USD' },
          rail: 'card',
        },
        byStripe,
      ),
    );
    await stage.psp.payAt(await payPage(deposit));
    const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
    expect(task.issue).toMatchObject([{ code: 'THIRD_PARTY_PAYER' }]);
    const before = stage.deps.screeningList;
    const list = listOf('card', 'Otto Otherpayer');
    Object.assign(stage.deps, { screeningList: () => Promise.resolve(list) });
    try {
      const once = await decide(stage, colleague('operations'), task, 'return');
      await decide(stage, colleague('operations'), once, 'return');
      await waitsForReview(deposit);
      const match = await until('the screening task', () =>
        stage.system((tx) =>
          latestTaskOfProcess(tx, workflowIds.deposit(deposit.id), 'screening_match'),
        ),
      );
      const seen = await decide(stage, colleague('compliance'), match, 'dismiss');
      await decide(stage, colleague('compliance'), seen, 'dismiss');
      expect(await ended(deposit)).toMatchObject({ state: 'returned' });
    } finally {
      Object.assign(stage.deps, { screeningList: before });
    }
  });

  it('is credited once in a storm of messages, some of them twice and some far from their place', async () => {
    const size = { payments: 27, declines: 4, duplicates: 0.1, disordered: 0.1 };
    const report = await runStorm(stage, { ...size, workersSleep: false });
    assertWeathered(report);
    expect(report.sent).toBe(300);
    expect(report.ms.max).toBeLessThanOrEqual(10_000);
  }, 180_000);

  it('is reviewed when what the policy needs is not known, and credited by two people', async () => {
    const before = await walletOf(stage, client);
    const deposit = await ask('110.00');
    const page = await payPage(deposit);
    // Limits in pounds: what the dollars come to is not known.
    await stage.system((tx) =>
      installPolicies(tx, [
        {
          kind: 'deposit',
          layer: 'entity',
          layerKey: client.entityId,
          body: {
            title: 'In pounds',
            changes: [
              {
                target: 'parameter',
                mode: 'override',
                name: 'referenceCurrency',
                value: 'GBP',
                reason: 'for this test',
              },
            ],
          },
        },
      ]),
    );
    await stage.psp.payAt(page);
    const task = await openTaskOf(stage, deposit.id, 'unmatched_deposit');
    expect(task.choices).toEqual(['credit', 'return']);
    const once = await decide(stage, colleague('operations'), task, 'credit');
    await decide(stage, colleague('operations'), once, 'credit');
    expect(await ended(deposit)).toMatchObject({ state: 'credited' });
    expect(await creditsOf(deposit)).toBe(1);
    expect((await walletOf(stage, client)).balanceMinor).toBe(before.balanceMinor + 11_000n);
  });

  it('leaves books that agree with the server, and nothing that waits for nothing', async () => {
    expect(await stage.faults()).toEqual([]);
  });

  function webhooksOf(deposit: Deposit): number {
    return stage.receiver.received.filter(
      (webhook) => webhook.operationId === deposit.id && webhook.type === 'payment_succeeded',
    ).length;
  }
});
