import { proxyActivities } from '@temporalio/workflow';
import type { SettlementActivities } from '../activities/settlement';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const db = proxyActivities<SettlementActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

/** One partner's commission into the partner's wallet, once. `id` is the payout's. */
export async function partnerPayout({ id }: { id: string }): Promise<string> {
  return db.payPartner(id);
}
