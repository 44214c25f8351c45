import { waitingFor, type StepResult } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope } from '../db/connection';
import { readAccount } from '../db/accounts';
import { setProcess } from '../db/processes';
import { markTransfer, readTransfer, type TransferState } from '../db/transfers';
import { completeTransfer, refuseTransfer } from '../db/transfer-end';
import {
  lookUpBalanceOperation,
  performBalanceOperation,
  type BalanceOperation,
  type BalanceOperationDeps,
} from './balance-operation';

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
      };
    });
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
      return performBalanceOperation(deps, await operationOf(id));
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
