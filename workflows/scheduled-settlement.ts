import { patched, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { SettlementActivities } from '../activities/settlement';
import { monthBefore } from '../domain/partners/period';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const db = proxyActivities<SettlementActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

const scheduledStart = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

/**
 * What the schedule runs each morning: starts the settlements of the days, weeks and months that were over at the time it was
 * *scheduled* for, so that a run that was caught up late still means the right ones.
 */
export async function scheduledSettlement(): Promise<string> {
  const info = workflowInfo();
  const due = (info.typedSearchAttributes.get(scheduledStart) ?? info.startTime).toISOString();
  if (patched('daily-and-weekly')) {
    await db.startDueSettlements(due);
    return due;
  }
  const period = monthBefore(due).name;
  await db.startScheduledSettlements(period);
  return period;
}
