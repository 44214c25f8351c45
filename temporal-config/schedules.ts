import type { ScheduleDefinition } from './server/register';
import { taskQueues } from './task-queues';

/**
 * Every Temporal Schedule of the product. `startStack` and `keelson prepare` bring them into being.
 * A row says its business time zone, buffers what overlaps (`SKIP` drops a period silently) and
 * pauses when a run fails.
 */
export const schedules: readonly ScheduleDefinition[] = [
  {
    // Begun for months alone; a row of another name would leave that one running beside it.
    scheduleId: 'monthly-settlement',
    spec: { cronExpressions: ['0 6 * * *'], timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: 'scheduledSettlement',
      workflowId: 'scheduled-settlement',
      taskQueue: taskQueues.workflows,
      args: [],
    },
    policies: { overlap: 'BUFFER_ALL', pauseOnFailure: true, catchupWindow: '7 days' },
  },
  {
    scheduleId: 'daily-leverage-check',
    spec: { cronExpressions: ['30 2 * * *'], timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: 'leverageCheck',
      workflowId: 'leverage-check',
      taskQueue: taskQueues.workflows,
      args: [],
    },
    // It looks at the present: one that was missed is made up for by one, not by one for each day.
    policies: { overlap: 'BUFFER_ONE', pauseOnFailure: false, catchupWindow: '1 day' },
  },
  {
    scheduleId: 'inbox-clock',
    spec: { cronExpressions: ['* * * * *'], timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: 'inboxClock',
      workflowId: 'inbox-clock',
      taskQueue: taskQueues.workflows,
      args: [],
    },
    // Due times stand in PostgreSQL: one run makes up for all that were missed.
    policies: { overlap: 'BUFFER_ONE', pauseOnFailure: false, catchupWindow: '2 minutes' },
  },
  {
    scheduleId: 'month-clock',
    spec: { cronExpressions: ['* * * * *'], timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: 'monthClock',
      workflowId: 'month-clock',
      taskQueue: taskQueues.workflows,
      args: [],
    },
    // What has changed stands in PostgreSQL: one run makes up for all that were missed.
    policies: { overlap: 'BUFFER_ONE', pauseOnFailure: false, catchupWindow: '2 minutes' },
  },
  {
    scheduleId: 'retention-clock',
    spec: { cronExpressions: ['0 3 * * *'], timezone: 'UTC' },
    action: {
      type: 'startWorkflow',
      workflowType: 'retentionClock',
      workflowId: 'retention-clock',
      taskQueue: taskQueues.workflows,
      args: [],
    },
    // It looks at the present: one that was missed is made up for by one, not by one for each day.
    policies: { overlap: 'BUFFER_ONE', pauseOnFailure: false, catchupWindow: '1 day' },
  },
];
