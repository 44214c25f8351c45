import { waitingFor, type StepResult } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { codeOfDeclaration } from '../domain/trading/declaration';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope } from '../db/connection';
import { readAccount } from '../db/accounts';
import { bonusBefore } from '../db/bonus-removal';
import { intentOfStep } from '../db/intent-readers';
import { withdrawPlanned } from '../db/intents';
import { setProcess } from '../db/processes';
import { readServer } from '../db/servers';
import { markTransfer, readTransfer, type TransferState } from '../db/transfers';
import { completeTransfer, refuseTransfer } from '../db/transfer-end';
import {
  lookUpBalanceOperation,
  performBalanceOperation,
  type BalanceOperation,
  type BalanceOperationDeps,
} from './balance-operation';
import { readLogin } from './login-reading';

/** What the transfer process does to the world. Every function may be called again. */
export function createTransferActivities(deps: BalanceOperationDeps) {
  const system = (id: string) => systemScope(`workflow:${workflowIds.transfer(id)}`);

  async function operationOf(id: string): Promise<BalanceOperation> {
    return inScope(deps.db, system(id), async (tx) => {
      const transfer = await readTransfer(tx, id);
      const account = await readAccount(tx, transfer.accountId);
      if (account.login === null) throw new Error(`the account of ${id} has no log-in`);
      return {
        workflowId: workflowIds.transfer(id),
        step: 'platform',
        subject: id,
        serverId: account.serverId,
        login: account.login,
        entityId: transfer.entityId,
        clientId: transfer.clientId,
        amountMinor:
          transfer.direction === 'to_account' ? transfer.amountMinor : -transfer.amountMinor,
        currency: transfer.currency,
        kind: 'balance',
      };
    });
  }

  /**
   * What keeps money from leaving an account as far as its bonuses are concerned: their credit goes first. Whether the
   * server would let the money go without it is looked at before any of it is taken back; what has left is looked up
   * to its end, whatever is known meanwhile.
   */
  async function bonusInTheWay(operation: BalanceOperation): Promise<StepResult | undefined> {
    const { subject: id, workflowId, step, login, serverId, amountMinor } = operation;
    if (amountMinor > 0n) return undefined;
    const [stop, declared] = await inScope(deps.db, system(id), async (tx) => {
      const intent = await intentOfStep(tx, workflowId, step);
      if (intent && intent.state !== 'planned' && intent.state !== 'absent') return [];
      const found = await bonusBefore(tx, await readTransfer(tx, id), { ask: false });
      return [found, (await readServer(tx, serverId)).declared] as const;
    });
    if (stop === undefined) return undefined;
    if (stop.kind === 'wait')
      return { kind: 'blocked', code: stop.code, reason: 'the credit of the account goes first' };
    if (stop.kind === 'refused') return refuseUnsent(operation, stop.code);
    if (declared)
      return {
        kind: 'blocked',
        code: codeOfDeclaration(declared.kind),
        reason: 'the server is declared to be out of service',
      };
    const account = await readLogin(deps.platformFor(serverId), login);
    if (account === 'unread')
      return { kind: 'blocked', code: 'not_sent', reason: 'the account could not be read' };
    // Of a log-in that is not there any more the server says so itself when it is asked for the credit.
    if (account !== 'gone') {
      // Credit that a dealer has taken is no part of the free margin either.
      const thereMinor = account.credit.amountMinor;
      const now = await inScope(deps.db, system(id), async (tx) =>
        bonusBefore(tx, await readTransfer(tx, id), { ask: false, thereMinor }),
      );
      const creditMinor = now?.kind === 'remove' ? now.creditMinor : 0n;
      if (account.marginFree.amountMinor - creditMinor + amountMinor < 0n)
        return refuseUnsent(operation, 'NOT_ENOUGH_MONEY');
    }
    await inScope(deps.db, system(id), async (tx) =>
      bonusBefore(tx, await readTransfer(tx, id), { ask: true }),
    );
    return {
      kind: 'blocked',
      code: 'bonus_removal',
      reason: 'the credit of the account goes first',
    };
  }

  /** What was planned for it, and held up until now, will never be sent. */
  async function refuseUnsent(
    { subject: id, workflowId, step }: BalanceOperation,
    code: string,
  ): Promise<StepResult> {
    const isUnsent = await inScope(deps.db, system(id), async (tx) => {
      const intent = await intentOfStep(tx, workflowId, step);
      return (
        intent?.state !== 'planned' || (await withdrawPlanned(tx, intent, { neverSent: true }))
      );
    });
    const reason = 'open positions need what would leave, the credit included';
    if (!isUnsent) return { kind: 'unknown', intentId: null, reason: 'another run has sent it' };
    return { kind: 'refused', intentId: '', code, reason };
  }

  return {
    /** The transfer's state; a final one has nothing left to do. */
    async startTransfer(id: string): Promise<TransferState> {
      return inScope(deps.db, system(id), async (tx) => {
        const transfer = await readTransfer(tx, id);
        await markTransfer(tx, id, 'sending');
        await setProcess(tx, workflowIds.transfer(id), { state: 'sending' });
        return transfer.state;
      });
    },

    async sendTransfer(id: string): Promise<StepResult> {
      const operation = await operationOf(id);
      return (await bonusInTheWay(operation)) ?? performBalanceOperation(deps, operation);
    },

    async lookUpTransfer(id: string): Promise<StepResult> {
      return lookUpBalanceOperation(deps, await operationOf(id));
    },

    async reportTransfer(id: string, result: StepResult): Promise<void> {
      await inScope(deps.db, system(id), async (tx) => {
        const state =
          result.kind === 'unknown'
            ? 'unknown'
            : result.kind === 'person'
              ? 'in_review'
              : 'sending';
        await markTransfer(tx, id, state);
        await setProcess(tx, workflowIds.transfer(id), { state, waitsFor: waitingFor(result) });
      });
    },

    async finishTransfer(id: string, result: StepResult): Promise<void> {
      await inScope(deps.db, system(id), async (tx) => {
        if (result.kind === 'done') await completeTransfer(tx, id, result.externalId);
        else if (result.kind === 'refused') await refuseTransfer(tx, id, result.code);
        else throw new Error(`a transfer cannot end as ${result.kind}`);
      });
    },
  };
}

export type TransferActivities = ReturnType<typeof createTransferActivities>;
