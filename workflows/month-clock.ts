import { proxyActivities } from '@temporalio/workflow';
import type { MonthClockActivities } from '../activities/month-clock';
import { bulkPage } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const bulk = proxyActivities<MonthClockActivities>({ ...bulkPage, taskQueue: taskQueues.bulk });

/** What is beyond waits for the next minute. */
const planSetsMax = 200;

/** What the schedule runs each minute: every plan set's present month is brought up to what is recorded. */
export async function monthClock(): Promise<{ readonly planSets: number }> {
  let [after, planSets] = ['', 0];
  while (planSets < planSetsMax) {
    const done = await bulk.refreshNextMonth(after);
    if (done === undefined) break;
    after = done;
    planSets += 1;
  }
  return { planSets };
}
