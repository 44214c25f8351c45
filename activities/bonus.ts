import { waitingFor, type StepResult } from '../domain/outside';
import { conflict } from '../domain/problem';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import { followCredit, isStillWanted, questionOfCredit } from '../db/bonus-credit';
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
import { readLogin } from './login-reading';

const creditIsMoving: StepResult = {
  kind: 'blocked',
  code: 'in_flight',
  reason: 'credit of the account is on its way',
};

/** What the process of a bonus does to the world. Every function may be called again. */
export function createBonusActivities(deps: BalanceOperationDeps) {
  const inSystem = <T>(id: string, work: (tx: Tx) => Promise<T>) =>
    inScope(deps.db, systemScope(`workflow:${workflowIds.bonus(id)}`), work);
  const operation = (id: string, step: number) =>
    inSystem(id, (tx) => operationOfStep(tx, { bonusId: id, step }));

  /** What keeps credit from being asked back: it is not there any more, or nobody can see now whether it is. */
  async function creditInTheWay(id: string, step: number): Promise<StepResult | undefined> {
    const key = { bonusId: id, step };
    const asked = await inSystem(id, (tx) => questionOfCredit(tx, key));
    if (asked === undefined) return undefined;
    if (asked === 'moving') return creditIsMoving;
    const account = await readLogin(deps.platformFor(asked.serverId), asked.login);
    if (account === 'unread')
      return { kind: 'blocked', code: 'not_sent', reason: 'the account could not be read' };
    // Of a log-in that is not there any more the server says so itself.
    if (account === 'gone') return undefined;
    const thereMinor = account.credit.amountMinor;
    const next = await inSystem(id, (tx) =>
      followCredit(tx, key, { mark: asked.mark, thereMinor }),
    );
    if (next === 'moving') return creditIsMoving;
    const reason = 'the credit is not there any more';
    return next === 'void'
      ? { kind: 'refused', intentId: '', code: 'CREDIT_GONE', reason }
      : undefined;
  }

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
      const stop = await creditInTheWay(id, step);
      if (stop) return stop;
      const sent = await operation(id, step);
      const amountMinor = sent.amountMinor < 0n ? -sent.amountMinor : sent.amountMinor;
      return performBalanceOperation(deps, sent, async (tx) => {
        if (await isStillWanted(tx, { bonusId: id, step }, amountMinor)) return;
        throw conflict('in_flight', 'The step has changed meanwhile.');
      });
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
