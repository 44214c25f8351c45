import { waitingFor, type StepResult } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import { enqueueSignal } from '../db/dispatch';
import { intentOfStep, type Intent } from '../db/intent-readers';
import type { IntentOutcome } from '../db/intents';
import { assertNotHeld, notNow } from '../db/payout-gate';
import { finishProcess, setProcess } from '../db/processes';
import {
  bankProvider,
  markReceiptReturned,
  payeeOfPayer,
  payerOfReceipt,
  readReceipt,
  type Receipt,
} from '../db/receipts';
import { openTask, taskOfKey } from '../db/tasks';
import type { PaymentDeps } from './deposit';
import { statusOf, stepOfRound } from './give-back';
import { performOnce } from './outside';
import { isPayerClear } from './payer-screening';
import { doneBy, resolveSent } from './provider-outcome';
import { creditorOf } from './withdrawal-provider';

/** Sends money back to the account that it was paid from. Every function may be called again. */
export function createReceiptReturnActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.receiptReturn(id)}`);
  const read = (id: string, round: number) =>
    inScope(db, system(id), async (tx) => ({
      receipt: await readReceipt(tx, id),
      intent: await intentOfStep(tx, workflowIds.receiptReturn(id), stepOfRound('return', round)),
    }));
  const gate = (receipt: Receipt, isClear: boolean) => async (tx: Tx) => {
    if (receipt.clientId !== null) await assertNotHeld(tx, receipt.clientId);
    if (!isClear) throw notNow();
  };
  const isClear = async (receipt: Receipt) => isPayerClear(db, receipt, await deps.screeningList());

  return {
    /** `round` counts what people asked to try again. */
    async sendReceiptReturn(id: string, round: number): Promise<StepResult> {
      const { receipt, intent: standing } = await read(id, round);
      // What was sent before is not sent again, whoever it went to.
      const mayGo =
        standing !== undefined && standing.state !== 'planned' ? true : await isClear(receipt);
      return performOnce(db, {
        plan: {
          workflowId: workflowIds.receiptReturn(id),
          step: stepOfRound('return', round),
          kind: 'payout',
          target: bankProvider,
          reference: id,
          entityId: receipt.entityId,
          clientId: receipt.clientId,
          amountMinor: receipt.amountMinor,
          currency: receipt.currency,
        },
        tokenOf: (intentId) => intentId,
        gate: gate(receipt, mayGo),
        call: (intent) => payBack(deps, receipt, intent),
      });
    },

    async lookUpReceiptReturn(id: string, round: number): Promise<StepResult> {
      const { receipt, intent } = await read(id, round);
      if (!intent) return { kind: 'absent', intentId: '' };
      const provider = deps.providerFor(bankProvider);
      return resolveSent(db, {
        intent,
        subject: `${id}/return`,
        keyHours: provider.capabilities.keyHours,
        lookUp: () => provider.lookUpPayout({ operationId: intent.id }),
        repeat: () => payBack(deps, receipt, intent),
        gate: gate(receipt, await isClear(receipt)),
      });
    },

    async reportReceiptReturn(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), (tx) =>
        setProcess(tx, workflowIds.receiptReturn(id), {
          state: 'returning',
          waitsFor: waitingFor(result),
        }),
      );
    },

    /** Reads (or asks) whether the bank has paid, and takes the money out of the books once it has. */
    async settleReceiptReturn(
      id: string,
      round: number,
      { ask }: { ask: boolean },
    ): Promise<'waiting' | 'returned' | 'refused'> {
      const { receipt, intent } = await read(id, round);
      if (receipt.state === 'returned') return 'returned';
      if (intent?.state !== 'done') return 'waiting';
      const asked = ask
        ? await deps.providerFor(bankProvider).lookUpPayout({ operationId: intent.id })
        : undefined;
      return inScope(db, system(id), async (tx) => {
        const status = asked?.kind === 'found' ? asked.status : await statusOf(tx, intent);
        if (status === 'returned') return 'refused';
        if (status !== 'paid') {
          await setProcess(tx, workflowIds.receiptReturn(id), {
            state: 'returning',
            waitsFor: `payment by ${bankProvider}`,
          });
          return 'waiting';
        }
        await end(tx, receipt, intent);
        return 'returned';
      });
    },

    /** The bank did not pay it: a person mends it and says when to try again. */
    async askAboutReceiptReturn(
      id: string,
      round: number,
      code: string,
    ): Promise<'retry' | 'waiting'> {
      return inScope(db, system(id), async (tx) => {
        const key = `receipt_return/${id}/${round}`;
        const { entityId, clientId } = await readReceipt(tx, id);
        const task =
          (await taskOfKey(tx, key)) ??
          (await openTask(tx, {
            kind: 'payout_failed',
            subject: `${id}/return`,
            workflowId: workflowIds.receiptReturn(id),
            ...{ entityId, clientId, key },
            title: 'The bank did not pay money back to its payer',
            issue: [{ code, detail: 'It is still unallocated; nothing of it has left.' }],
            content: { receipt: id, round, code },
            choices: ['retry'],
          }));
        if (task.state === 'decided') return 'retry';
        await setProcess(tx, workflowIds.receiptReturn(id), {
          state: 'returning',
          waitsFor: `task ${task.id}`,
          due: task.dueAt,
        });
        return 'waiting';
      });
    },
  };
}

async function payBack(
  deps: PaymentDeps,
  receipt: Receipt,
  { id: operationId }: Intent,
): Promise<IntentOutcome> {
  const scope = systemScope(`workflow:${workflowIds.receiptReturn(receipt.id)}`);
  const payer = await inScope(deps.db, scope, (tx) => payerOfReceipt(tx, receipt.id));
  const payee = payer && payeeOfPayer(payer);
  if (!payee) {
    return { kind: 'refused', code: 'NO_PAYER_ACCOUNT', reason: 'the bank does not tell it' };
  }
  const outcome = await deps.providerFor(bankProvider).payout({
    operationId,
    amountMinor: receipt.amountMinor,
    currency: receipt.currency,
    destination: {
      kind: 'bank_account',
      ...creditorOf(payee),
    },
    remittance: `Return of your transfer ${receipt.bankReference ?? receipt.id}`,
  });
  return outcome.kind === 'done' ? doneBy(outcome) : outcome;
}

async function end(tx: Tx, receipt: Receipt, intent: Intent): Promise<void> {
  await markReceiptReturned(tx, receipt, intent.externalId ?? '');
  await finishProcess(tx, workflowIds.receiptReturn(receipt.id), {
    state: 'returned',
    outcome: 'returned',
  });
  if (receipt.depositId === null) return;
  await enqueueSignal(tx, {
    workflowId: workflowIds.deposit(receipt.depositId),
    signal: 'changed',
    args: { receipt: receipt.id },
  });
}

export type ReceiptReturnActivities = ReturnType<typeof createReceiptReturnActivities>;
