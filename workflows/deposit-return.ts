import { proxyActivities } from '@temporalio/workflow';
import type { DepositReturnActivities } from '../activities/deposit-return';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { giveBack } from './give-back';
import type { Nudge } from './nudge';

const db = proxyActivities<DepositReturnActivities>({
  ...idempotentWrite,
  taskQueue: taskQueues.db,
});
const once = proxyActivities<DepositReturnActivities>({
  ...onceOnlyCall,
  taskQueue: taskQueues.payments,
});
const ask = proxyActivities<DepositReturnActivities>({
  ...provider,
  taskQueue: taskQueues.payments,
});

/** Gives a held payment back, until the provider says that it has, or people are asked anew what becomes of it. */
export function returnPayment(id: string, nudge: Nudge): Promise<'returned' | 'refused'> {
  return giveBack(
    {
      id,
      send: (round) => once.sendReturn(id, round),
      lookUp: (round) => ask.lookUpReturn(id, round),
      report: (result) => db.reportReturn(id, result),
      settle: (round, asking) => (asking ? ask : db).settleReturn(id, round, { ask: asking }),
      askPeople: (round, code) => db.askAboutReturn(id, round, code),
    },
    nudge,
  );
}
