import { condition, proxyActivities } from '@temporalio/workflow';
import type { RefundActivities } from '../activities/refund';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { giveBack } from './give-back';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';

const db = proxyActivities<RefundActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const once = proxyActivities<RefundActivities>({
  ...onceOnlyCall,
  taskQueue: taskQueues.payments,
});
const ask = proxyActivities<RefundActivities>({ ...provider, taskQueue: taskQueues.payments });

/** A refund of a deposit: a second person says yes, then it goes back by the provider that took it, once. */
export async function depositRefund({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  let state = await db.openRefund(id);
  while (state === 'requested') {
    await goOnInNewRun(id);
    await condition(nudge.set);
    nudge.clear();
    state = await db.openRefund(id);
  }
  if (state === 'approved') {
    await giveBack(
      {
        id,
        send: (round) => once.sendRefund(id, round),
        lookUp: (round) => ask.lookUpSentRefund(id, round),
        report: (result) => db.reportRefund(id, result),
        settle: (round, asking) => (asking ? ask : db).settleRefund(id, round, { ask: asking }),
        askPeople: (round, code) => db.askAboutRefund(id, round, code),
      },
      nudge,
    );
  }
  return db.endRefund(id);
}
