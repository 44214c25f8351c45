import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { AccountActivities } from '../activities/account';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { listenForNudges, type Nudge } from './nudge';
import { carryOut } from './outside';

const db = proxyActivities<AccountActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const once = proxyActivities<AccountActivities>({ ...onceOnlyCall, taskQueue: taskQueues.trading });
const server = proxyActivities<AccountActivities>({ ...provider, taskQueue: taskQueues.trading });

/** A trading account's whole life: made by policy, then serving what is asked of it, for years. */
export async function tradingAccount({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  const { state, round } = await db.startAccount(id);
  if (state === 'closed' || state === 'archived') return state;
  if (state !== 'active' && !(await provision(id, { firstRound: round, nudge }))) return 'closed';
  for (;;) {
    await server.serveRequests(id);
    await condition(() => nudge.set() || workflowInfo().continueAsNewSuggested);
    nudge.clear();
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof tradingAccount>({ id });
    }
  }
}

/** Until the log-in is there, or a person gives the account up. */
async function provision(
  id: string,
  { firstRound, nudge }: { firstRound: number; nudge: Nudge },
): Promise<boolean> {
  for (let round = firstRound; ; round += 1) {
    const made = await carryOut({
      id,
      perform: () => once.createLogin(id, round),
      lookUp: () => server.lookUpLogin(id, round),
      report: (result) => db.reportAccount(id, result),
      nudged: nudge.set,
      forgetNudge: nudge.clear,
    });
    if (made.kind === 'done') {
      await db.activateAccount(id, made.externalId);
      return true;
    }
    await db.askOperations(id, round, { code: made.code, reason: made.reason });
    for (;;) {
      const decision = await db.readProvisioningDecision(id, round);
      if (decision === 'refuse') return false;
      if (decision === 'retry') break;
      await condition(nudge.set);
      nudge.clear();
    }
  }
}
