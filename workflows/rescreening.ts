import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RescreeningActivities } from '../activities/rescreening';
import { bulkPage } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const bulk = proxyActivities<RescreeningActivities>({ ...bulkPage, taskQueue: taskQueues.bulk });

/** A list has a new version: everybody is held against it, page after page; how far it is stands in PostgreSQL. */
export async function rescreening({ id }: { readonly id: string }): Promise<void> {
  while ((await bulk.rescreenPage(id)) === 'more')
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof rescreening>({ id });
}
