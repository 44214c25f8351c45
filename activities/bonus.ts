import { waitingFor, type StepResult } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import {
  completeStep,
  gateOfStep,
  nextOfBonus,
  operationOfStep,
  refuseStep,
  type NextOfBonus,
} from '../db/bonus-steps';
import { setProcess } from '../db/processes';
import {
  lookUpBalanceOperation,
  performBalanceOperation,
  type BalanceOperationDeps,
} from './balance-operation';

/** What the process of a bonus does to the world. Every function may be called again. */
export function createBonusActivities(deps: BalanceOperationDeps) {
  const inSystem = <T>(id: string, work: (tx: Tx) => Promise<T>) =>
    inScope(deps.db, systemScope(`workflow:${workflowIds.bonus(id)}`), work);
  const operation = (id: string, step: number) =>
    inSystem(id, (tx) => operationOfStep(tx, { bonusId: id, step }));

  return {
    /** The next step that is wanted, or how long there is none. */
    async lookAtBonus(id: string, now: string): Promise<NextOfBonus> {
      return inSystem(id, (tx) => nextOfBonus(tx, id, now));
    },

    /** Gives or takes back credit at the server, once; a bonus that must not be given any more is refused unsent. */
    async sendBonusStep(id: string, step: number): Promise<StepResult> {
      const code = await inSystem(id, (tx) => gateOfStep(tx, { bonusId: id, step }));
      if (code !== undefined)
        return { kind: 'refused', intentId: '', code, reason: 'not to be given any more' };
      return performBalanceOperation(deps, await operation(id, step));
    },

    async lookUpBonusStep(id: string, step: number): Promise<StepResult> {
      return lookUpBalanceOperation(deps, await operation(id, step));
    },

    async reportBonus(id: string, result: StepResult): Promise<void> {
      await inSystem(id, (tx) =>
        setProcess(tx, workflowIds.bonus(id), {
          state: result.kind === 'unknown' ? 'unknown' : 'sending',
          waitsFor: waitingFor(result),
        }),
      );
    },

    async finishBonusStep(id: string, step: number, result: StepResult): Promise<void> {
      const key = { bonusId: id, step };
      await inSystem(id, async (tx) => {
        if (result.kind === 'done') await completeStep(tx, key, result.externalId);
        else if (result.kind === 'refused') await refuseStep(tx, key, result.code);
        else throw new Error(`a step of a bonus cannot end as ${result.kind}`);
      });
    },
  };
}

export type BonusActivities = ReturnType<typeof createBonusActivities>;
