import { proposeWriteOff } from '../../db/chargeback-write-off';
import { chargebacksOf, type Chargeback } from '../../db/chargebacks';
import { readClientFacts } from '../../db/client-facts';
import { inScope } from '../../db/connection';
import { readDeposit, type Deposit } from '../../db/deposits';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { entriesOfAccount, postTransaction, readBalance } from '../../db/ledger';
import { returnSources } from '../../db/return-sources';
import { readProcess } from '../../db/processes';
import { cancelRefund } from '../../db/refund-end';
import { readRefund, requestRefund, type Refund } from '../../db/refunds';
import { restrictionsOf } from '../../db/restrictions';
import { decide as decideAsApi } from '../../db/task-decisions';
import { cancelWithdrawal } from '../../db/withdrawal-end';
import type { StaffScope } from '../../domain/access/scope';
import { newId } from '../../domain/ids';
import { house, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { askDeposit, askWithdrawal, cardOf, depositor, payPageOf, usd, watch } from './payments';
import { colleague, decide, fund, openTaskOf, type TestClient, walletOf } from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('a deposit that goes back', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
    stage.plant('Quirina called about it');
  }, 120_000);

  afterEach(() => stage.psp.clearFaults());

  afterAll(() => stage.close());

  const ofDeposit = ({ id }: Deposit) => stage.system((tx) => readDeposit(tx, id));

  describe('by a refund', () => {
    const refund = (
      deposit: Deposit,
      amount: string,
      who: StaffScope = colleague('operations'),
    ): Promise<Refund> =>
      inScope(stage.db, who, (tx) =>
        requestRefund(
          tx,
          { depositId: deposit.id, ...usd(amount), reason: 'Quirina called about it' },
          stage.deps.providers,
        ),
      );
    const approval = ({ id }: Refund) => openTaskOf(stage, id, 'refund_approval');
    const approve = async (asked: Refund) =>
      decide(stage, colleague('finance'), await approval(asked), 'approve');
    const ended = ({ id }: Refund): Promise<Refund> =>
      until(`the end of ${id}`, async () => {
        const process = await stage.system((tx) => readProcess(tx, workflowIds.refund(id)));
        if (!process?.finishedAt) throw new Error(`waits for ${process?.waitsFor}`);
        return stage.system((tx) => readRefund(tx, id));
      });
    const intentsOf = ({ id }: Refund) =>
      stage.system((tx) => intentsOfWorkflow(tx, workflowIds.refund(id)));

    it('is asked by one person, approved by another, and paid once out of its hold', async () => {
      const { client, deposit } = await depositor(stage, '500.00');
      const asker = colleague('operations', 'finance');
      const asked = await refund(deposit, '120.00', asker);
      expect(await walletOf(stage, client)).toEqual({ balanceMinor: 50_000n, heldMinor: 12_000n });
      const task = await approval(asked);
      await expect(decide(stage, asker, task, 'approve')).rejects.toMatchObject({
        status: 409,
        code: 'four_eyes',
      });
      await decide(stage, colleague('finance'), task, 'approve');
      expect(await ended(asked)).toMatchObject({ state: 'paid' });
      expect(await walletOf(stage, client)).toEqual({ balanceMinor: 38_000n, heldMinor: 0n });
      expect(await ofDeposit(deposit)).toMatchObject({ refundedMinor: 12_000n });
      const [source] = await stage.system((tx) => returnSources(tx, ownerOf(client), 'USD'));
      expect(source?.capacityMinor).toBe(38_000n);
    });

    it('never gives more than was deposited, asked for twice at once', async () => {
      const { client, deposit } = await depositor(stage, '200.00');
      await fund(stage, client, '1000.00');
      const both = await Promise.allSettled([refund(deposit, '150.00'), refund(deposit, '150.00')]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { status: 422, code: 'more_than_deposited', extra: { left: '50.00' } },
      });
      const [asked] = both.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      if (!asked) throw new Error('neither was taken');
      const cancelled = await inScope(stage.db, colleague('operations'), (tx) =>
        cancelRefund(tx, asked.id),
      );
      expect(cancelled.state).toBe('cancelled');
      await ended(asked);
      expect(await walletOf(stage, client)).toEqual({ balanceMinor: 120_000n, heldMinor: 0n });
      await expect(refund(deposit, '200.01')).rejects.toMatchObject({
        code: 'more_than_deposited',
      });
    });

    it('takes no money that the wallet does not have', async () => {
      const { client, deposit } = await depositor(stage, '300.00');
      await spend(client, '250.00');
      await expect(refund(deposit, '60.00')).rejects.toMatchObject({
        status: 422,
        code: 'insufficient_funds',
      });
    });

    it('is looked up when the answer was lost, and not sent again', async () => {
      const { deposit } = await depositor(stage, '100.00');
      await stage.psp.fault('lose_reply_after_accept', { operation: 'refund' });
      const asked = await refund(deposit, '100.00');
      await approve(asked);
      expect(await ended(asked)).toMatchObject({ state: 'paid' });
      const [intent, ...more] = await intentsOf(asked);
      expect(more).toEqual([]);
      expect(await stage.psp.stateOf('refunds', intent?.id ?? '')).toHaveLength(1);
    });

    it('frees what was held once, when its provider refuses and people give it up', async () => {
      const { client, deposit } = await depositor(stage, '100.00');
      await stage.psp.fault('fail_later', { operation: 'refund' });
      const asked = await refund(deposit, '100.00');
      await approve(asked);
      const failed = await openTaskOf(stage, `${asked.id}/return`, 'payout_failed');
      expect((await walletOf(stage, client)).heldMinor).toBe(10_000n);
      await decide(stage, colleague('operations'), failed, 'refuse');
      expect(await ended(asked)).toMatchObject({ state: 'refused' });
      expect(await walletOf(stage, client)).toEqual({ balanceMinor: 10_000n, heldMinor: 0n });
      await refund(deposit, '100.00');
    });
  });

  describe('by a chargeback', () => {
    const dispute = async (deposit: Deposit, daysLater = 45): Promise<string> => {
      const body = { side: 'stripe', reference: deposit.id, daysLater };
      return ((await stage.psp.control('/charge-back', body)) as { id: string }).id;
    };
    const say = (id: string, to: 'under_review' | 'won' | 'lost') =>
      stage.psp.control('/dispute', { dispute: id, to });
    const chargebackOf = (
      deposit: Deposit,
      expected: (found: Chargeback) => boolean = () => true,
    ): Promise<Chargeback> =>
      until(`the chargeback of ${deposit.id}`, async () => {
        const [found] = await stage.system((tx) => chargebacksOf(tx, deposit.id));
        if (!found || !expected(found)) throw new Error(`it is ${found?.state}, ${found?.told}`);
        return found;
      });
    const processOf = ({ id }: Chargeback) =>
      stage.system((tx) => readProcess(tx, workflowIds.chargeback(id)));
    const overAs = (chargeback: Chargeback, outcome: string) =>
      until(`${chargeback.id} to end`, async () => {
        const process = await processOf(chargeback);
        if (process?.outcome !== outcome) throw new Error(`waits for ${process?.waitsFor}`);
        return true;
      });
    const owedIn = async (client: TestClient): Promise<bigint> => {
      const of = { entityId: client.entityId, currency: 'USD' };
      const account = house('receivable', of, client.id);
      return (await stage.system((tx) => readBalance(tx, account))).balanceMinor;
    };
    const givenUp = async (): Promise<bigint> => {
      const account = house('bad_debt', { entityId: 'off', currency: 'USD' });
      return (await stage.system((tx) => readBalance(tx, account))).balanceMinor;
    };
    const barred = async (client: TestClient) =>
      (await stage.system((tx) => restrictionsOf(tx, client.id)))
        .filter(({ liftedAt }) => liftedAt === null)
        .map(({ kind, scopes }) => ({ kind, scopes }));
    const withheld = [{ kind: 'chargeback', scopes: ['trade', 'withdraw'] }];
    const bookings = async (client: TestClient, { id }: Chargeback): Promise<bigint[]> => {
      const entries = await stage.system((tx) =>
        entriesOfAccount(tx, wallet(ownerOf(client)).id, { limit: 100 }),
      );
      return entries.filter(({ cause }) => cause === id).map(({ amountMinor }) => amountMinor);
    };

    it('takes the sum out of the wallet once, though it is told twice; gives it back when it is won', async () => {
      const { client, deposit } = await depositor(stage, '500.00');
      await fund(stage, client, '100.00');
      await stage.psp.fault('webhook_twice', { event: 'charge.dispute.created' });
      const id = await dispute(deposit);
      const opened = await chargebackOf(deposit);
      await until('the second message', async () => toldOf(id) === 2);
      expect(opened).toMatchObject({ takenMinor: 50_000n, owedMinor: 0n, feeMinor: 1_500n });
      expect(await bookings(client, opened)).toEqual([-50_000n]);
      expect((await walletOf(stage, client)).balanceMinor).toBe(10_000n);
      expect(await barred(client)).toEqual(withheld);
      const facts = await stage.system((tx) => readClientFacts(tx, client.id));
      expect(facts.openChargebacks).toBe(1);
      const [source] = await stage.system((tx) => returnSources(tx, ownerOf(client), 'USD'));
      expect(source?.capacityMinor).toBe(0n);

      const task = await openTaskOf(stage, opened.id, 'chargeback');
      expect(task.dueAt).toBe(opened.evidenceDueAt);
      await decide(stage, colleague('operations'), task, 'contest');
      await until('the provider to be waited for', async () =>
        (await processOf(opened))?.waitsFor?.includes('stripe'),
      );
      await say(id, 'under_review');
      await say(id, 'won');
      expect(await chargebackOf(deposit, ({ state }) => state === 'won')).toMatchObject({
        takenMinor: 0n,
        owedMinor: 0n,
        feeMinor: 1_500n,
      });
      await overAs(opened, 'won');
      expect((await walletOf(stage, client)).balanceMinor).toBe(60_000n);
      expect(await barred(client)).toEqual([]);
    });

    it('leaves what is held alone: the rest is owed, and paid when it is free again', async () => {
      const { client, deposit } = await depositor(stage, '6000.00');
      const withdrawal = await askWithdrawal(stage, client, '5500.00');
      const task = await openTaskOf(stage, withdrawal.id, 'withdrawal_approval');
      const id = await dispute(deposit);
      const opened = await chargebackOf(deposit);
      expect(opened).toMatchObject({ takenMinor: 50_000n, owedMinor: 550_000n });
      expect(await owedIn(client)).toBe(-550_000n);
      expect(await walletOf(stage, client)).toEqual({
        balanceMinor: 550_000n,
        heldMinor: 550_000n,
      });
      await expect(
        inScope(stage.db, colleague('finance'), (tx) =>
          decideAsApi(tx, {
            taskId: task.id,
            expectedVersion: task.version,
            contentHash: task.contentHash,
            decision: 'approve',
            reason: 'TEST',
          }),
        ),
      ).rejects.toMatchObject({ status: 409, code: 'routine_review' });
      await inScope(stage.db, client.scope, (tx) => cancelWithdrawal(tx, withdrawal.id));
      expect(await watch(stage, withdrawal).ended()).toMatchObject({ state: 'cancelled' });
      await chargebackOf(deposit, ({ owedMinor }) => owedMinor === 0n);
      expect(await owedIn(client)).toBe(0n);
      expect((await walletOf(stage, client)).balanceMinor).toBe(0n);
      await say(id, 'lost');
      await overAs(opened, 'lost');
      expect(await barred(client)).toEqual(withheld);
    });

    it('is owed when nothing is left, and paid by what the client pays in', async () => {
      const { client, deposit } = await depositor(stage, '400.00');
      await spend(client, '400.00');
      const id = await dispute(deposit);
      const opened = await chargebackOf(deposit);
      expect(opened).toMatchObject({ takenMinor: 0n, owedMinor: 40_000n });
      const task = await openTaskOf(stage, opened.id, 'chargeback');
      await decide(stage, colleague('operations'), task, 'accept');
      await until('what is owed to be waited for', async () =>
        (await processOf(opened))?.waitsFor?.includes('the client'),
      );
      const later = await askDeposit(stage, client, '150.00');
      await stage.psp.payAt(await payPageOf(stage, later), cardOf(client));
      await chargebackOf(deposit, ({ owedMinor }) => owedMinor === 25_000n);
      expect(await owedIn(client)).toBe(-25_000n);
      expect((await walletOf(stage, client)).balanceMinor).toBe(0n);

      const asker = colleague('finance');
      const propose = () =>
        inScope(stage.db, asker, (tx) => proposeWriteOff(tx, opened.id, 'TEST'));
      await propose();
      await expect(propose()).rejects.toMatchObject({ status: 409, code: 'already_asked' });
      const writeOff = await openTaskOf(stage, opened.id, 'write_off_approval');
      const approveAs = (who: StaffScope) =>
        inScope(stage.db, who, (tx) =>
          decideAsApi(tx, {
            ...{ taskId: writeOff.id, expectedVersion: writeOff.version, decision: 'approve' },
            ...{ contentHash: writeOff.contentHash, reason: 'TEST' },
          }),
        );
      await expect(approveAs(asker)).rejects.toMatchObject({ status: 409, code: 'four_eyes' });
      await approveAs(colleague('finance'));
      const over = { takenMinor: 15_000n, owedMinor: 0n, writtenOffMinor: 25_000n };
      expect(await chargebackOf(deposit)).toMatchObject(over);
      expect([await owedIn(client), await givenUp()]).toEqual([0n, -25_000n]);
      await overAs(opened, 'accepted');
      // Won after all: the client has again what the wallet gave, and the house what it gave up.
      await say(id, 'won');
      await overAs(opened, 'won');
      expect((await walletOf(stage, client)).balanceMinor).toBe(15_000n);
      expect([await owedIn(client), await givenUp()]).toEqual([0n, 0n]);
    });

    it.each(['won', 'lost'] as const)(
      'changes nothing twice when the provider’s “%s” comes before its opening',
      async (end) => {
        const { client, deposit } = await depositor(stage, '250.00');
        await stage.psp.fault('hold_webhooks', { event: 'charge.dispute.created' });
        const id = await dispute(deposit);
        await say(id, end);
        const ended = await chargebackOf(deposit, ({ state }) => state === end);
        await overAs(ended, end);
        await stage.psp.clearFaults();
        await until('the late opening', async () => toldOf(id) === 2);
        const left = end === 'won' ? 25_000n : 0n;
        expect(await chargebackOf(deposit)).toMatchObject({ state: end });
        expect((await walletOf(stage, client)).balanceMinor).toBe(left);
        expect(await barred(client)).toEqual(end === 'won' ? [] : withheld);
      },
    );

    it('of a payment that nobody knows is a task', async () => {
      const { deposit } = await depositor(stage, '20.00');
      await stage.system((tx) =>
        tx.sql.raw(`update deposit set provider_ref = 'pi_other' where id = ?`, [deposit.id]),
      );
      const id = await dispute(deposit);
      await until('the message', async () => toldOf(id) === 1);
      expect(await stage.system((tx) => chargebacksOf(tx, deposit.id))).toEqual([]);
      const tasks = await stage.system((tx) =>
        tx.sql('task').where('opened_key', `unexpected_payment/stripe/${id}`).select('kind'),
      );
      expect(tasks).toEqual([{ kind: 'unexpected_payment' }]);
      await stage.system((tx) =>
        tx.sql.raw(
          `update deposit set provider_ref = (select normalised ->> 'providerRef' from provider_event
             where operation_id = deposit.id and type = 'payment_succeeded' limit 1) where id = ?`,
          [deposit.id],
        ),
      );
    });
  });

  it('leaves books that agree with the server, and nothing that waits for nothing', async () => {
    expect(await stage.faults()).toEqual([]);
  });

  function ownerOf({ id, entityId, currency }: TestClient) {
    return { entityId, clientId: id, currency };
  }

  /** Takes money out of the wallet past all processes, as losses would. */
  async function spend(client: TestClient, amount: string): Promise<void> {
    const of = ownerOf(client);
    await stage.system((tx) =>
      postTransaction(tx, {
        key: newId('command'),
        kind: 'correction',
        entityId: client.entityId,
        clientId: client.id,
        cause: 'seed',
        legs: move(wallet(of), house('psp_clearing', of, 'seed'), usd(amount).amountMinor),
      }),
    );
  }

  function toldOf(disputeRef: string): number {
    return stage.receiver.received.filter((webhook) => webhook.providerRef === disputeRef).length;
  }
});
