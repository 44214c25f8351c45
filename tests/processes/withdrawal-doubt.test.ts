import { performOnce } from '../../activities/outside';
import { resolveSent } from '../../activities/provider-outcome';
import { rows } from '../../db/connection';
import { intentOfStep } from '../../db/intent-readers';
import { latestTask } from '../../db/tasks';
import { newId } from '../../domain/ids';
import type { StepResult } from '../../domain/outside';
import { askWithdrawal, bankOf, depositor, watch } from './payments';
import { colleague, decide, fund, openTaskOf, walletOf } from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

/** Longer than it takes to give up on an answer and to look several times. */
const slowMs = 26_000;

describe('a withdrawal whose provider is in doubt', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  afterEach(() => stage.psp.clearFaults());

  afterAll(() => stage.close());

  it('is paid once when the provider is slow, by card and by bank', async () => {
    const card = await depositor(stage, '300.00');
    const bank = await depositor(stage, '10.00');
    await fund(stage, bank.client, '80.00');
    // The card part of the second one goes first, and at once.
    const small = await askWithdrawal(stage, bank.client, '10.00');
    await watch(stage, small).ended();
    await stage.psp.fault('slow', { operation: 'refund', ms: slowMs });
    await stage.psp.fault('slow', { operation: 'payout', ms: slowMs });
    const started = Date.now();
    const byCard = watch(stage, await askWithdrawal(stage, card.client, '300.00'));
    const byBank = watch(
      stage,
      await askWithdrawal(stage, bank.client, '80.00', await bankOf(stage, bank.client)),
    );
    const outcomes = await Promise.all([byCard.ended(60_000), byBank.ended(60_000)]);
    expect(outcomes).toMatchObject([{ state: 'paid' }, { state: 'paid' }]);
    // The slow requests are carried out only now.
    await new Promise((resolve) => setTimeout(resolve, slowMs + 1_500 - (Date.now() - started)));
    for (const [watched, table] of [
      [byCard, 'refunds'],
      [byBank, 'payouts'],
    ] as const) {
      const intents = await watched.intents();
      expect(intents).toMatchObject([{ attempt: 1, state: 'done' }]);
      expect(await stage.psp.stateOf(table, intents[0]?.id ?? '')).toHaveLength(1);
    }
    expect(await stage.psp.stateOf('charges', card.deposit.id)).toMatchObject([
      { refundedMinor: '30000' },
    ]);
    expect(await walletOf(stage, card.client)).toEqual({ balanceMinor: 0n, heldMinor: 0n });
    expect(await walletOf(stage, bank.client)).toEqual({ balanceMinor: 0n, heldMinor: 0n });
  }, 90_000);

  it('stays where it was asked again when the first request is refused late, and goes to nobody else', async () => {
    const { client } = await depositor(stage, '10.00');
    const plan = {
      ...{ workflowId: `withdrawal/${newId('withdrawal')}`, step: 'leg-1' },
      kind: 'payout',
      ...{ target: 'bank', reference: 'x', amountMinor: 100n, currency: 'USD' },
      ...{ entityId: client.entityId, clientId: client.id },
    } as const;
    let refuseFirst = () => {};
    const first = performOnce(stage.db, {
      plan,
      tokenOf: (id) => id,
      call: () =>
        new Promise((resolve) => {
          refuseFirst = () => resolve({ kind: 'refused', code: 'unsupported', reason: 'late' });
        }),
    });
    const intent = await until('the request to be sent', async () => {
      const found = await stage.system((tx) => intentOfStep(tx, plan.workflowId, plan.step));
      return found?.state === 'sending' && found;
    });
    let ended: StepResult | undefined;
    const resolved = await resolveSent(stage.db, {
      ...{ intent, subject: plan.workflowId, keyHours: null },
      lookUp: () => Promise.resolve({ kind: 'absent' }),
      repeat: async () => {
        // The repetition is under way, and will be carried out.
        refuseFirst();
        ended = await first;
        return { kind: 'done', externalId: 'po_1' };
      },
    });
    // Only what is refused goes to the next provider.
    expect(ended).toMatchObject({ kind: 'unknown' });
    expect(resolved).toMatchObject({ kind: 'done', externalId: 'po_1' });
  });

  it('asks two people when it stays unknown, and a payment they called absent is not overlooked', async () => {
    const { client } = await depositor(stage, '70.00');
    await stage.psp.fault('lose_request', { operation: 'refund', times: 1_000 });
    const asked = await askWithdrawal(stage, client, '70.00');
    const watched = watch(stage, asked);
    await watched.waitsFor('proof of what happened outside');
    const [first] = await watched.intents();
    await stage.system((tx) =>
      rows(tx, `update intent set sent_at = now() - interval '1 hour' where id = :id`, {
        id: first?.id ?? '',
      }),
    );
    const task = await openTaskOf(stage, `${asked.id}/leg-1`, 'operation_unknown');
    expect(task.choices).toEqual(['absent', 'look_again']);
    await watched.waitsFor(`task ${task.id}`);
    const once = await decide(stage, colleague('operations'), task, 'absent');
    await decide(stage, colleague('finance'), once, 'absent');
    await stage.psp.clearFaults();
    expect(await watched.ended(60_000)).toMatchObject({ state: 'paid' });
    expect(await watched.intents()).toMatchObject([
      { attempt: 1, state: 'absent', id: first?.id },
      { attempt: 2, state: 'done' },
    ]);
    expect(await walletOf(stage, client)).toEqual({ balanceMinor: 0n, heldMinor: 0n });
  }, 90_000);

  it('opens a task when a payment that was called absent happens after all', async () => {
    const { client, deposit } = await depositor(stage, '71.00');
    const asked = await askWithdrawal(stage, client, '71.00');
    const watched = watch(stage, asked);
    await watched.ended();
    const [intent] = await watched.intents();
    await stage.system((tx) =>
      rows(tx, `update intent set state = 'absent' where id = :id`, { id: intent?.id ?? '' }),
    );
    await stage.psp.control('/redeliver', { match: intent?.id });
    await new Promise((resolve) => setTimeout(resolve, 500));
    // The messages are known already, so they change nothing.
    expect(await stage.system((tx) => latestTask(tx, asked.id, 'unexpected_payment'))).toBe(
      undefined,
    );
    await stage.system((tx) =>
      rows(tx, 'update provider_event set provider_event_id = id where operation_id = :id', {
        id: intent?.id ?? '',
      }),
    );
    await stage.psp.control('/redeliver', { match: intent?.id });
    const task = await openTaskOf(stage, asked.id, 'unexpected_payment');
    expect(task.issue).toMatchObject([{ code: 'PAID_AFTER_ALL' }]);
    expect(task.content).toMatchObject({ intent: intent?.id, provider: 'stripe', amount: '71.00' });
    expect(deposit.providerRef).not.toBeNull();
    await stage.system((tx) =>
      rows(tx, `update intent set state = 'done' where id = :id`, { id: intent?.id ?? '' }),
    );
    await decide(stage, colleague('operations'), task, 'settled');
  });

  it('leaves books that agree', async () => {
    await until('the last webhook', async () => (await stage.faults()).length === 0);
  });
});
