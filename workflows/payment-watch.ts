import { condition, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { PaymentWatchActivities } from '../activities/payment-watch';
import { feedRead } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const bulk = proxyActivities<PaymentWatchActivities>({ ...feedRead, taskQueue: taskQueues.bulk });

/** Reads a payment provider that sends no messages, for ever. */
export async function paymentWatch({ id }: { id: string }): Promise<void> {
  while (!workflowInfo().continueAsNewSuggested) {
    await bulk.watchProvider(id);
    await condition(() => false, 100);
  }
  await continueAsNew<typeof paymentWatch>({ id });
}
