import { condition, proxyActivities } from '@temporalio/workflow';
import type { BonusActivities } from '../activities/bonus';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { goOnInNewRun } from './new-run';
import { listenForNudges } from './nudge';
import { carryOut } from './outside';

const db = proxyActivities<BonusActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const server = proxyActivities<BonusActivities>({
  ...onceOnlyCall,
  taskQueue: taskQueues.trading,
});
const look = proxyActivities<BonusActivities>({ ...provider, taskQueue: taskQueues.trading });

/** A bonus from its grant to its end: credit is given once, and taken back once for each reason that there is. */
export async function bonus({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  for (;;) {
    const next = await db.lookAtBonus(id, new Date().toISOString());
    if (next.kind === 'ended') return next.state;
    if (next.kind === 'wait') {
      await goOnInNewRun(id);
      if (next.inMs === null) await condition(nudge.set);
      else await condition(nudge.set, Math.max(next.inMs, 0));
      nudge.clear();
      continue;
    }
    const { step } = next;
    const result = await carryOut({
      id,
      perform: () => server.sendBonusStep(id, step),
      lookUp: () => look.lookUpBonusStep(id, step),
      report: (standing) => db.reportBonus(id, standing),
      nudged: nudge.set,
      forgetNudge: nudge.clear,
    });
    await db.finishBonusStep(id, step, result);
  }
}
