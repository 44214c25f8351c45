import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RetentionActivities } from '../activities/retention';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const db = proxyActivities<RetentionActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

export interface RetentionTurn {
  readonly looked: number;
  readonly asked: number;
}

/** What the daily schedule runs: whose time of keeping is over is put before colleagues, page by page. */
export async function retentionClock(sofar?: RetentionTurn): Promise<RetentionTurn> {
  let { looked, asked } = sofar ?? { looked: 0, asked: 0 };
  for (;;) {
    const page = await db.turnRetentionClock();
    looked += page.looked;
    asked += page.asked;
    if (page.isLast) return { looked, asked };
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof retentionClock>({ looked, asked });
  }
}
