import { systemScope } from '../domain/access/scope';
import { parseAmount } from '../domain/money';
import type { StepResult } from '../domain/outside';
import { workflowIds } from '../temporal-config/workflow-ids';
import { markDemoFunded, readAccount } from '../db/accounts';
import { inScope } from '../db/connection';
import { effectivePolicy } from '../db/policies';
import { loginOf } from './account-observation';
import {
  type BalanceOperation,
  type BalanceOperationDeps,
  lookUpBalanceOperation,
  performBalanceOperation,
} from './balance-operation';

/** The play money of demo accounts: moved on the server like any other, and never in the ledger. */
export function createAccountDemoActivities(deps: BalanceOperationDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.account(id)}`);

  return {
    /** Gives a demo account what policy lets it begin with, once; called again while the outcome is not known. */
    async giveDemoMoney(id: string): Promise<StepResult | null> {
      const operation = await inScope(db, system(id), async (tx) => {
        const account = await readAccount(tx, id);
        if (!account.demo || account.demoFundedAt !== null) return undefined;
        const policy = await effectivePolicy(tx, 'account.provisioning', {
          entityId: account.entityId,
        });
        const { demoBalance = '0' } = policy.compiled.effective.parameters;
        const amountMinor = parseAmount(demoBalance, account.currency);
        if (amountMinor <= 0n) {
          await markDemoFunded(tx, id);
          return undefined;
        }
        return {
          workflowId: workflowIds.account(id),
          step: 'demo-money',
          subject: id,
          serverId: account.serverId,
          login: loginOf(account),
          entityId: account.entityId,
          clientId: account.clientId,
          amountMinor,
          currency: account.currency,
          kind: 'balance',
        } satisfies BalanceOperation;
      });
      if (!operation) return null;
      let result = await performBalanceOperation(deps, operation);
      if (result.kind === 'unknown') result = await lookUpBalanceOperation(deps, operation);
      // A server that will not take play money is no reason to hold the account up.
      if (result.kind === 'done' || result.kind === 'refused')
        await inScope(db, system(id), (tx) => markDemoFunded(tx, id));
      return result;
    },
  };
}

export type AccountDemoActivities = ReturnType<typeof createAccountDemoActivities>;
