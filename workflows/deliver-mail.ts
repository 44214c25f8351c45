import { proxyActivities } from '@temporalio/workflow';
import type { MailActivities } from '../activities/mail';
import { idempotentWrite, onceOnlyCall } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { listenForNudges } from './nudge';
import { carryOut } from './outside';

const db = proxyActivities<MailActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const mail = proxyActivities<MailActivities>({ ...onceOnlyCall, taskQueue: taskQueues.mail });

/** One letter to one person. */
export async function deliverMail({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  const result = await carryOut({
    id,
    perform: () => mail.sendMail(id),
    lookUp: () => db.lookUpMail(id),
    report: (standing) => db.reportMail(id, standing),
    nudged: nudge.set,
    forgetNudge: nudge.clear,
  });
  await db.finishMail(id, result);
  return result.kind;
}
