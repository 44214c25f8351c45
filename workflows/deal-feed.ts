import { condition, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { FeedActivities } from '../activities/feed';
import { feedRead } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const bulk = proxyActivities<FeedActivities>({ ...feedRead, taskQueue: taskQueues.bulk });

/** Reads one trading server's deals, for ever. */
export async function dealFeed({ id }: { id: string }): Promise<void> {
  while (!workflowInfo().continueAsNewSuggested) {
    await bulk.readServerFeed(id);
    await condition(() => false, 100);
  }
  await continueAsNew<typeof dealFeed>({ id });
}
