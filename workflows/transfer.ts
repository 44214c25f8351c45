import { proxyActivities } from '@temporalio/workflow';
import type { TransferActivities } from '../activities/transfer';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { listenForNudges } from './nudge';
import { carryOut } from './outside';

const db = proxyActivities<TransferActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const server = proxyActivities<TransferActivities>({
  ...onceOnlyCall,
  taskQueue: taskQueues.trading,
});
const look = proxyActivities<TransferActivities>({ ...provider, taskQueue: taskQueues.trading });

/** Moves money between a wallet and a trading account: the server's balance changes exactly once. */
export async function transfer({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  const state = await db.startTransfer(id);
  if (state === 'done' || state === 'refused') return state;
  const result = await carryOut({
    id,
    perform: () => server.sendTransfer(id),
    lookUp: () => look.lookUpTransfer(id),
    report: (standing) => db.reportTransfer(id, standing),
    nudged: nudge.set,
    forgetNudge: nudge.clear,
  });
  await db.finishTransfer(id, result);
  return result.kind;
}
