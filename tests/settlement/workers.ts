import { Worker } from '@temporalio/worker';
import pino from 'pino';
import { createSettlementActivities } from '../../activities/settlement';
import { workflowBundle } from '../../temporal-config/server/workflow-bundle';
import { taskQueues } from '../../temporal-config/task-queues';
import { createActivities } from '../../workers/registry';
import { startRelay } from '../../workers/relay';
import type { Running, Stage } from '../processes/stage';

export const settlementBundle = () => workflowBundle(require.resolve('./workflows'));

/** The stage's workers with settlement's workflows and activities, and a relay. */
export async function runSettlementWorkers({ deps, temporal, variables }: Stage): Promise<Running> {
  const activities = { ...createActivities(deps), ...createSettlementActivities(deps) };
  const { nativeConnection: connection, namespace } = temporal;
  const common = { connection, namespace, shutdownForceTime: '5 seconds' } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: taskQueues.workflows,
      workflowBundle: await settlementBundle(),
    }),
    ...[taskQueues.db, taskQueues.bulk, taskQueues.trading, taskQueues.mail].map((taskQueue) =>
      Worker.create({ ...common, taskQueue, activities, shutdownGraceTime: '500 milliseconds' }),
    ),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const relay = startRelay({
    db: deps.db,
    client: temporal.client,
    databaseUrl: String(variables['KEELSON_DATABASE_URL']),
    log: pino({ level: 'silent' }),
  });
  return {
    stop: async () => {
      await relay.stop();
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}
