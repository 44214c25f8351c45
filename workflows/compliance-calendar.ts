import { condition, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { ComplianceActivities } from '../activities/compliance';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';

const db = proxyActivities<ComplianceActivities>({
  ...idempotentWrite,
  taskQueue: taskQueues.db,
});

/** A client's calendar, for years: it sleeps on one timer, and reads its rows when it wakes. */
export async function complianceCalendar({ id }: { readonly id: string }): Promise<void> {
  const nudge = listenForNudges();
  for (;;) {
    nudge.clear();
    const standing = await db.lookAtCalendar(id, new Date(Date.now()).toISOString());
    if (standing.kind === 'ended') return;
    setCurrentDetails(`Looks again at ${standing.until}, or when something of the client changes`);
    await goOnInNewRun(id);
    await condition(nudge.set, Math.max(1, Date.parse(standing.until) - Date.now()));
  }
}
