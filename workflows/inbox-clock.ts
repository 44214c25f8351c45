import { proxyActivities } from '@temporalio/workflow';
import type { InboxClockActivities } from '../activities/inbox-clock';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const db = proxyActivities<InboxClockActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

/** What is beyond waits for the next minute. */
const pagesMax = 50;

/** What the schedule runs each minute: notice, escalation, what has waited long enough, absences that begin. */
export async function inboxClock(): Promise<{ readonly tasks: number; readonly absences: number }> {
  let [tasks, absences] = [0, 0];
  for (let count = 0; count < pagesMax; count += 1) {
    const page = await db.turnInboxClock();
    tasks += page.tasks;
    absences += page.absences;
    if (page.isLast) break;
  }
  return { tasks, absences };
}
