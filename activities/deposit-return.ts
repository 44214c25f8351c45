import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import { markReturned, readDeposit, type Deposit } from '../db/deposits';
import { intentOfStep, type Intent } from '../db/intent-readers';
import type { IntentOutcome } from '../db/intents';
import { assertNotHeld } from '../db/payout-gate';
import { setProcess } from '../db/processes';
import { providerEventsOf } from '../db/provider-events';
import { latestTask, openTask, taskOfKey } from '../db/tasks';
import type { PaymentDeps } from './deposit';
import { performOnce } from './outside';
import { doneBy, resolveSent } from './provider-outcome';

/** What the provider reported and two people decided to give back. */
interface Unmatched {
  readonly deposit: Deposit;
  readonly paymentRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Gives a payment back that is not the deposit it was made for. Every function may be called again. */
export function createDepositReturnActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.deposit(id)}`);
  const stepOf = (round: number) => (round === 1 ? 'return' : `return-${round}`);
  const intentOf = (tx: Tx, id: string, round: number) =>
    intentOfStep(tx, workflowIds.deposit(id), stepOf(round));

  return {
    /** `round` counts what people asked to retry. */
    async sendReturn(id: string, round: number): Promise<StepResult> {
      const paid = await inScope(db, system(id), (tx) => readUnmatched(tx, id));
      return performOnce(db, {
        plan: {
          workflowId: workflowIds.deposit(id),
          step: stepOf(round),
          kind: 'refund',
          target: paid.deposit.provider,
          reference: id,
          entityId: paid.deposit.entityId,
          clientId: paid.deposit.clientId,
          amountMinor: paid.amountMinor,
          currency: paid.currency,
        },
        tokenOf: (intentId) => intentId,
        gate: (tx) => assertNotHeld(tx, paid.deposit.clientId),
        call: (intent) => giveBack(deps, paid, intent),
      });
    },

    async lookUpReturn(id: string, round: number): Promise<StepResult> {
      const { paid, intent } = await inScope(db, system(id), async (tx) => ({
        paid: await readUnmatched(tx, id),
        intent: await intentOf(tx, id, round),
      }));
      if (!intent) return { kind: 'absent', intentId: '' };
      const provider = deps.providerFor(paid.deposit.provider);
      return resolveSent(db, {
        intent,
        subject: `${id}/return`,
        keyHours: provider.capabilities.keyHours,
        lookUp: () =>
          provider.lookUpRefund({ operationId: intent.id, paymentRef: paid.paymentRef }),
        repeat: () => giveBack(deps, paid, intent),
        gate: (tx) => assertNotHeld(tx, paid.deposit.clientId),
      });
    },

    async reportReturn(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), (tx) =>
        setProcess(tx, workflowIds.deposit(id), {
          state: 'returning',
          waitsFor: waitingFor(result),
        }),
      );
    },

    /** Reads (or asks) whether the provider has given the money back, and ends the deposit once it has. */
    async settleReturn(
      id: string,
      round: number,
      { ask }: { ask: boolean },
    ): Promise<'waiting' | 'returned' | 'refused'> {
      const { paid, intent } = await inScope(db, system(id), async (tx) => ({
        paid: await readUnmatched(tx, id),
        intent: await intentOf(tx, id, round),
      }));
      if (paid.deposit.state === 'returned') return 'returned';
      if (intent?.state !== 'done') return 'waiting';
      const asked = ask
        ? await deps
            .providerFor(paid.deposit.provider)
            .lookUpRefund({ operationId: intent.id, paymentRef: paid.paymentRef })
        : undefined;
      return inScope(db, system(id), async (tx) => {
        const status = asked?.kind === 'found' ? asked.status : await statusOf(tx, intent);
        if (status === 'failed') return 'refused';
        if (status === 'succeeded') {
          await markReturned(tx, id, {
            providerRef: intent.externalId ?? '',
            returned: formatAmount(paid.amountMinor, paid.currency),
          });
          return 'returned';
        }
        await setProcess(tx, workflowIds.deposit(id), {
          state: 'returning',
          waitsFor: `payment by ${paid.deposit.provider}`,
        });
        return 'waiting';
      });
    },

    /** The provider will not give it back: a person mends it and says when to try again. */
    async askAboutReturn(id: string, round: number, code: string): Promise<'retry' | 'waiting'> {
      return inScope(db, system(id), async (tx) => {
        const key = `deposit_return/${id}/${round}`;
        const task =
          (await taskOfKey(tx, key)) ?? (await openReturnTask(tx, { id, round, code, key }));
        if (task.state === 'decided') return 'retry';
        await setProcess(tx, workflowIds.deposit(id), {
          state: 'returning',
          waitsFor: `task ${task.id}`,
          due: task.dueAt,
        });
        return 'waiting';
      });
    },
  };
}

async function readUnmatched(tx: Tx, id: string): Promise<Unmatched> {
  const deposit = await readDeposit(tx, id);
  const task = await latestTask(tx, id, 'unmatched_deposit');
  if (task?.decision !== 'return') throw new Error(`nobody has decided to give ${id} back`);
  const { paidMinor, paidCurrency, providerRef } = task.content;
  return {
    deposit,
    paymentRef: String(providerRef),
    amountMinor: BigInt(String(paidMinor)),
    currency: String(paidCurrency),
  };
}

async function giveBack(
  deps: PaymentDeps,
  paid: Unmatched,
  { id: operationId }: Intent,
): Promise<IntentOutcome> {
  const outcome = await deps.providerFor(paid.deposit.provider).refund({
    operationId,
    paymentRef: paid.paymentRef,
    amountMinor: paid.amountMinor,
    currency: paid.currency,
  });
  return outcome.kind === 'done' ? doneBy(outcome) : outcome;
}

/** The provider's last word by its own clock, or what it answered at once. */
async function statusOf(tx: Tx, intent: Intent): Promise<string | undefined> {
  const last = (await providerEventsOf(tx, intent.id)).at(-1)?.normalised['status'];
  if (typeof last === 'string') return last;
  const { outcome } = intent;
  if (outcome === null || typeof outcome !== 'object' || !('detail' in outcome)) return undefined;
  const { detail } = outcome;
  return detail !== null && typeof detail === 'object' && 'status' in detail
    ? String(detail.status)
    : undefined;
}

async function openReturnTask(
  tx: Tx,
  { id, round, code, key }: { id: string; round: number; code: string; key: string },
) {
  const deposit = await readDeposit(tx, id);
  return openTask(tx, {
    kind: 'payout_failed',
    subject: `${id}/return`,
    workflowId: workflowIds.deposit(id),
    entityId: deposit.entityId,
    clientId: deposit.clientId,
    title: 'A provider refused to give a payment back',
    issue: [{ code, detail: 'The payment is still held; nothing of it was given back.' }],
    content: { deposit: id, round, code },
    choices: ['retry'],
    key,
  });
}

export type DepositReturnActivities = ReturnType<typeof createDepositReturnActivities>;
