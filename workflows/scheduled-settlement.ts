import { proxyActivities, workflowInfo } from '@temporalio/workflow';
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
 * What the monthly schedule runs: starts the settlement of the month before the time it was *scheduled* for,
 * so that a run that was caught up late still means the right month.
 */
export async function scheduledSettlement(): Promise<string> {
  const info = workflowInfo();
  const due = info.typedSearchAttributes.get(scheduledStart) ?? info.startTime;
  const period = monthBefore(due.toISOString()).name;
  await db.startScheduledSettlements(period);
  return period;
}
