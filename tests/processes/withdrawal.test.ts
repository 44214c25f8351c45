import { newId } from '../../domain/ids';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { inScope } from '../../db/connection';
import { readDeposit } from '../../db/deposits';
import { eventsOfSubject } from '../../db/events';
import { liftHalt, setHalt } from '../../db/halts';
import { readSimulation, simulatePolicy } from '../../db/policy-simulations';
import { draftPolicy } from '../../db/policy-versions';
import { cancelWithdrawal } from '../../db/withdrawal-end';
import type { Withdrawal } from '../../db/withdrawals';
import { describeEdits } from './edited-withdrawals';
import {
  askWithdrawal,
  bankOf as bankAccountOf,
  depositor as depositorOn,
  watch,
} from './payments';
import { colleague, decide, fund, openTaskOf, type TestClient, walletOf } from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('a withdrawal', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  afterEach(() => stage.psp.clearFaults());

  afterAll(() => stage.close());

  const depositor = (amount: string) => depositorOn(stage, amount);

  const bankOf = (client: TestClient, holderName = client.name) =>
    bankAccountOf(stage, client, holderName);
  const ask = (client: TestClient, amount: string, bankSourceId: string | null = null) =>
    askWithdrawal(stage, client, amount, bankSourceId);
  const processOf = (withdrawal: Withdrawal) => watch(stage, withdrawal).process();
  const intentsOf = (withdrawal: Withdrawal) => watch(stage, withdrawal).intents();
  const legs = (withdrawal: Withdrawal) => watch(stage, withdrawal).legs();
  const ended = (withdrawal: Withdrawal, msMax?: number) => watch(stage, withdrawal).ended(msMax);
  const waitsFor = (withdrawal: Withdrawal, words: string) =>
    watch(stage, withdrawal).waitsFor(words);

  it('goes back to the card by itself when policy allows it', async () => {
    const { client, deposit } = await depositor('200.00');
    const withdrawal = await ask(client, '150.00');
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 20_000n, heldMinor: 15_000n });
    expect(await ended(withdrawal)).toMatchObject({ state: 'paid' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 5_000n, heldMinor: 0n });
    expect(await legs(withdrawal)).toMatchObject([
      { kind: 'card_refund', depositId: deposit.id, amountMinor: 15_000n, state: 'paid' },
    ]);
    expect((await stage.system((tx) => readDeposit(tx, deposit.id))).refundedMinor).toBe(15_000n);
    const events = await stage.system((tx) => eventsOfSubject(tx, withdrawal.id));
    expect(events.map((event) => event.type)).toEqual([
      'withdrawal.requested',
      'withdrawal.auto_approved',
      'withdrawal.paying',
      'withdrawal.leg_paid',
      'withdrawal.paid',
    ]);
  });

  it('says at once that the wallet does not hold that much', async () => {
    const { client } = await depositor('20.00');
    await expect(ask(client, '20.01')).rejects.toMatchObject({
      status: 422,
      code: 'insufficient_funds',
    });
  });

  it('needs two people above the rolling limit, and not the same one twice', async () => {
    const { client } = await depositor('30000.00');
    const withdrawal = await ask(client, '26000.00');
    const task = await openTaskOf(stage, withdrawal.id, 'withdrawal_approval');
    expect(task.approvalsRequired).toBe(2);
    const first = colleague('finance');
    const once = await decide(stage, first, task, 'approve');
    await expect(decide(stage, first, once, 'approve')).rejects.toMatchObject({
      status: 409,
      code: 'four_eyes',
    });
    // Whoever tells the process past the inbox that it is decided only has it read what was committed.
    const handle = stage.temporal.client.workflow.getHandle(workflowIds.withdrawal(withdrawal.id));
    for (const said of [{ task: task.id }, { task: task.id, decision: 'approve', approvals: 2 }]) {
      await handle.signal('decided', { ...said, command: newId('command') });
    }
    await until('the process to have heard it', async () => {
      const { raw } = await handle.describe();
      return !raw.pendingWorkflowTask;
    });
    expect((await processOf(withdrawal))?.state).toBe('in_review');
    expect((await legs(withdrawal)).every(({ state }) => state === 'planned')).toBe(true);
    await decide(stage, colleague('finance'), once, 'approve');
    expect(await ended(withdrawal)).toMatchObject({ state: 'paid' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 400_000n, heldMinor: 0n });
  });

  it('releases the hold once when a person rejects it', async () => {
    const { client } = await depositor('6000.00');
    const withdrawal = await ask(client, '5500.00');
    const task = await openTaskOf(stage, withdrawal.id, 'withdrawal_approval');
    await decide(stage, colleague('finance'), task, 'reject');
    expect(await ended(withdrawal)).toMatchObject({ state: 'rejected' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 600_000n, heldMinor: 0n });
  });

  it('can be cancelled by its client before it is paid', async () => {
    const { client } = await depositor('6000.00');
    const withdrawal = await ask(client, '5500.00');
    const task = await openTaskOf(stage, withdrawal.id, 'withdrawal_approval');
    await inScope(stage.db, client.scope, (tx) => cancelWithdrawal(tx, withdrawal.id));
    expect(await ended(withdrawal)).toMatchObject({ state: 'cancelled' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 600_000n, heldMinor: 0n });
    await expect(decide(stage, colleague('finance'), task, 'approve')).rejects.toMatchObject({
      status: 409,
    });
  });

  it('cannot be cancelled from the point of no return', async () => {
    const { client } = await depositor('50.00');
    await stage.psp.fault('pending', { operation: 'refund' });
    const withdrawal = await ask(client, '50.00');
    await waitsFor(withdrawal, 'payment by stripe');
    await expect(
      inScope(stage.db, client.scope, (tx) => cancelWithdrawal(tx, withdrawal.id)),
    ).rejects.toMatchObject({ status: 409, code: 'too_late' });
    expect((await walletOf(stage, client)).heldMinor).toBe(5_000n);
    const [intent] = await intentsOf(withdrawal);
    const [refund] = await stage.psp.stateOf('refunds', intent?.id ?? '');
    await stage.psp.control('/settle', { id: refund?.id, to: 'done' });
    expect(await ended(withdrawal)).toMatchObject({ state: 'paid' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 0n, heldMinor: 0n });
  });

  it('looks up the refund whose answer was lost, and makes no second one', async () => {
    const { client, deposit } = await depositor('60.00');
    await stage.psp.fault('lose_reply_after_accept', { operation: 'refund' });
    const withdrawal = await ask(client, '60.00');
    expect(await ended(withdrawal)).toMatchObject({ state: 'paid' });
    const [intent, ...more] = await intentsOf(withdrawal);
    expect(more).toEqual([]);
    expect(await stage.psp.stateOf('refunds', intent?.id ?? '')).toHaveLength(1);
    expect((await stage.system((tx) => readDeposit(tx, deposit.id))).refundedMinor).toBe(6_000n);
  });

  it('is paid once when the webhook comes before the answer', async () => {
    const { client } = await depositor('61.00');
    await stage.psp.fault('webhook_before_answer', { operation: 'refund' });
    const withdrawal = await ask(client, '61.00');
    expect(await ended(withdrawal)).toMatchObject({ state: 'paid' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 0n, heldMinor: 0n });
  });

  it("sends the excess to the client's own bank account", async () => {
    const { client } = await depositor('100.00');
    await fund(stage, client, '80.00');
    const withdrawal = await ask(client, '180.00', await bankOf(client));
    expect(await ended(withdrawal)).toMatchObject({ state: 'paid' });
    expect(await legs(withdrawal)).toMatchObject([
      { kind: 'card_refund', amountMinor: 10_000n, state: 'paid' },
      { kind: 'bank_payout', amountMinor: 8_000n, state: 'paid' },
    ]);
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 0n, heldMinor: 0n });
  });

  it("asks two people before it pays to an account that is not in the client's name", async () => {
    const { client } = await depositor('10.00');
    await fund(stage, client, '10.00');
    const withdrawal = await ask(client, '20.00', await bankOf(client, 'Somebody Else'));
    const task = await openTaskOf(stage, withdrawal.id, 'withdrawal_approval');
    expect(task.approvalsRequired).toBe(2);
    expect(task.issue.map((issue) => issue['code'])).toContain('NOT_OWN_NAME');
  });

  it('is refused when there is an excess and no bank account', async () => {
    const { client } = await depositor('10.00');
    await fund(stage, client, '10.00');
    expect(await ended(await ask(client, '20.00'))).toMatchObject({
      state: 'rejected',
      refusal: 'BANK_ACCOUNT_NEEDED',
    });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 2_000n, heldMinor: 0n });
  });

  it('opens a task when the bank sends a payout back, and pays again when a person says so', async () => {
    const { client } = await depositor('10.00');
    await fund(stage, client, '70.00');
    await stage.psp.fault('fail_later', { operation: 'payout', code: 'AC04' });
    const withdrawal = await ask(client, '80.00', await bankOf(client));
    const task = await openTaskOf(stage, `${withdrawal.id}/leg-2`, 'payout_failed');
    expect(task.issue).toMatchObject([{ code: 'RETURNED' }]);
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 7_000n, heldMinor: 7_000n });
    await decide(stage, colleague('operations'), task, 'retry');
    expect(await ended(withdrawal)).toMatchObject({ state: 'paid' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 0n, heldMinor: 0n });
  });

  it('gives back what a refused part would have paid', async () => {
    const { client } = await depositor('10.00');
    await fund(stage, client, '70.00');
    await stage.psp.fault('refuse', { operation: 'payout', code: 'account_closed' });
    const withdrawal = await ask(client, '80.00', await bankOf(client));
    const task = await openTaskOf(stage, `${withdrawal.id}/leg-2`, 'payout_failed');
    await decide(stage, colleague('operations'), task, 'refuse');
    expect(await ended(withdrawal)).toMatchObject({ state: 'partly_paid' });
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 7_000n, heldMinor: 0n });
  });

  it('stops at a halt, and goes on when another person has lifted it', async () => {
    const { client } = await depositor('40.00');
    const first = colleague('finance');
    const halt = await inScope(stage.db, first, (tx) =>
      setHalt(tx, { scope: 'rail', key: 'stripe', reason: 'reconciliation differs' }),
    );
    const withdrawal = await ask(client, '40.00');
    await waitsFor(withdrawal, 'a halt switch to be lifted');
    expect(await intentsOf(withdrawal)).toMatchObject([{ state: 'planned', sentAt: null }]);
    await expect(inScope(stage.db, first, (tx) => liftHalt(tx, halt.id))).rejects.toMatchObject({
      status: 409,
      code: 'four_eyes',
    });
    await inScope(stage.db, colleague('finance'), (tx) => liftHalt(tx, halt.id));
    expect(await ended(withdrawal)).toMatchObject({ state: 'paid' });
  });

  describe('before it is paid', () => describeEdits(() => stage));

  it.each([
    [
      'withdrawal',
      {
        target: 'parameter',
        mode: 'override',
        name: 'autoApproveMax',
        value: '1.00',
        reason: 'tried',
      },
      ['approve', 'review'],
    ],
    [
      'routing.payout',
      {
        ...{ target: 'rule', mode: 'override', id: 'otherwise', reason: 'tried' },
        with: {
          ...{ id: 'otherwise', title: 'Nobody', when: { all: [] }, then: { decision: 'none' } },
          ...{ reason: 'NOBODY', source: 'house rule' },
        },
      },
      ['bank', 'none'],
    ],
  ] as const)(
    'can be asked about again by a draft of the %s policy',
    async (kind, change, [was, becomes]) => {
      const author = colleague('operations');
      const simulation = await inScope(stage.db, author, async (tx) => {
        const body = { title: 'Tried', changes: [change] };
        const draft = await draftPolicy(tx, {
          kind,
          layer: 'entity',
          layerKey: 'off',
          body,
          note: '',
        });
        return simulatePolicy(tx, draft.id, 1_000, { days: 31 });
      });
      const found = await until('the simulation', async () => {
        const now = await inScope(stage.db, author, (tx) => readSimulation(tx, simulation.id));
        return now.state === 'done' && now;
      });
      const cell = found.matrix.find((each) => each.was === was && each.becomes === becomes);
      expect(cell?.n).toBeGreaterThan(2);
      expect(found.changed).toBeGreaterThanOrEqual(cell?.n ?? Infinity);
      expect(found.looked).toBeGreaterThanOrEqual(found.changed);
      expect(found.unread).toBe(0);
    },
  );

  it('leaves books that agree with the server, and nothing that waits for nothing', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
