import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import { markReturned, readDeposit } from '../db/deposits';
import { assertNotHeld } from '../db/payout-gate';
import { setProcess } from '../db/processes';
import { latestTask, openTask, taskOfKey } from '../db/tasks';
import type { PaymentDeps } from './deposit';
import { lookUpBack, sendBack, standingOfBack, stepOfRound, type GiveBack } from './give-back';

/** Gives a payment back that is not the deposit it was made for. Every function may be called again. */
export function createDepositReturnActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.deposit(id)}`);
  const readBack = (id: string, round: number) =>
    inScope(db, system(id), (tx) => unmatchedOf(tx, id, round));

  return {
    /** `round` counts what people asked to retry. */
    async sendReturn(id: string, round: number): Promise<StepResult> {
      return sendBack(deps, await readBack(id, round));
    },

    async lookUpReturn(id: string, round: number): Promise<StepResult> {
      return lookUpBack(deps, await readBack(id, round));
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
      const back = await readBack(id, round);
      const { state } = await inScope(db, system(id), (tx) => readDeposit(tx, id));
      if (state === 'returned') return 'returned';
      const standing = await standingOfBack(deps, back, { ask });
      if (!standing) return 'waiting';
      if (standing.status === 'failed') return 'refused';
      return inScope(db, system(id), async (tx) => {
        if (standing.status === 'succeeded') {
          await markReturned(tx, id, {
            providerRef: standing.providerRef,
            returned: formatAmount(back.amountMinor, back.currency),
          });
          return 'returned';
        }
        await setProcess(tx, workflowIds.deposit(id), {
          state: 'returning',
          waitsFor: `payment by ${back.provider}`,
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

/** What the provider reported and two people decided to give back. */
async function unmatchedOf(tx: Tx, id: string, round: number): Promise<GiveBack> {
  const { entityId, clientId, provider } = await readDeposit(tx, id);
  const task = await latestTask(tx, id, 'unmatched_deposit');
  if (task?.decision !== 'return') throw new Error(`nobody has decided to give ${id} back`);
  const { paidMinor, paidCurrency, providerRef } = task.content;
  return {
    workflowId: workflowIds.deposit(id),
    step: stepOfRound('return', round),
    subject: `${id}/return`,
    ...{ depositId: id, entityId, clientId, provider },
    paymentRef: String(providerRef),
    amountMinor: BigInt(String(paidMinor)),
    currency: String(paidCurrency),
    gate: (inTx) => assertNotHeld(inTx, clientId),
  };
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
