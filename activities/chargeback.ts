import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { workflowIds } from '../temporal-config/workflow-ids';
import {
  chargebackEvent,
  lockChargeback,
  type Chargeback,
  type ChargebackState,
} from '../db/chargebacks';
import { keepChargeback, repayMoney } from '../db/chargeback-money';
import { inScope, type Tx } from '../db/connection';
import { appendEvents } from '../db/events';
import { finishProcess, setProcess } from '../db/processes';
import { latestTask, type Task } from '../db/tasks';
import type { PaymentDeps } from './deposit';

/** What a chargeback does after the money was taken. Every function may be called again. */
export function createChargebackActivities({ db }: Pick<PaymentDeps, 'db'>) {
  return {
    /**
     * Acts on what people decided, takes what is owed out of what is free in the wallet, and ends the process when it is
     * accepted or the provider has spoken, and nothing is owed. A later word of the provider opens it again.
     */
    async settleChargeback(id: string): Promise<'waiting' | ChargebackState> {
      const workflowId = workflowIds.chargeback(id);
      return inScope(db, systemScope(`workflow:${workflowId}`), async (tx) => {
        const task = await latestTask(tx, id, 'chargeback');
        const answered = await followDecision(tx, await lockChargeback(tx, id), task);
        const now = await repay(tx, answered);
        if (isOver(now.state) && now.owedMinor === 0n) {
          await finishProcess(tx, workflowId, { state: now.state, outcome: now.state });
          return now.state;
        }
        const isAsked = now.state === 'open' && task?.state === 'open';
        await setProcess(tx, workflowId, {
          state: now.state,
          waitsFor: isAsked ? `task ${task.id}` : waitsFor(now),
          due: isAsked ? task.dueAt : null,
        });
        return 'waiting';
      });
    },
  };
}

function isOver(state: ChargebackState): boolean {
  return state === 'accepted' || state === 'won' || state === 'lost';
}

function waitsFor({ state, provider }: Chargeback): string {
  return isOver(state) ? 'the client to pay what is owed' : `the decision of ${provider}`;
}

async function followDecision(
  tx: Tx,
  chargeback: Chargeback,
  task: Task | undefined,
): Promise<Chargeback> {
  if (chargeback.state !== 'open' || task?.state !== 'decided') return chargeback;
  const state = task.decision === 'contest' ? 'contested' : 'accepted';
  const now = await keepChargeback(tx, { ...chargeback, state });
  await appendEvents(tx, [chargebackEvent(now, `chargeback.${state}`, { task: task.id })]);
  return now;
}

async function repay(tx: Tx, chargeback: Chargeback): Promise<Chargeback> {
  if (chargeback.owedMinor === 0n) return chargeback;
  const repaid = await repayMoney(tx, chargeback);
  if (repaid === chargeback) return chargeback;
  const now = await keepChargeback(tx, repaid);
  await appendEvents(tx, [
    chargebackEvent(now, 'chargeback.repaid', {
      repaid: formatAmount(chargeback.owedMinor - now.owedMinor, now.currency),
    }),
  ]);
  return now;
}

export type ChargebackActivities = ReturnType<typeof createChargebackActivities>;
