import { activityInfo } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { taskQueues } from '../temporal-config/task-queues';
import { activityQueues } from '../workers/registry';

/** Between a step and the signal that comes of it: what the simulated provider takes to settle. */
const signalAfterMs = 100;

/** Activities without effect. The signal that follows one is sent from here, as the product's relay sends its own. */
function bareActivities(client: Client) {
  return {
    nothing: (signal: string | null): Promise<void> => {
      const { workflowId = '' } = activityInfo().workflowExecution ?? {};
      if (signal !== null) {
        setTimeout(
          () => void client.workflow.getHandle(workflowId).signal(signal, {}),
          signalAfterMs,
        );
      }
      return Promise.resolve();
    },
  };
}

export type BareActivities = ReturnType<typeof bareActivities>;

/** One process that serves bare workflows on the product's queues, with the product's cache and loads. */
async function main([address = '', namespace = '', codePath = '']: string[]): Promise<void> {
  const [connection, clientConnection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  const common = { connection, namespace };
  const activities = bareActivities(new Client({ connection: clientConnection, namespace }));
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: taskQueues.workflows,
      workflowBundle: { codePath },
      maxCachedWorkflows: 300,
      stickyQueueScheduleToStartTimeout: '2 seconds',
    }),
    ...activityQueues.map(({ taskQueue, load }) =>
      Worker.create({ ...common, taskQueue, activities, ...load }),
    ),
  ]);
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  await Promise.all(workers.map((worker) => worker.run()));
  await clientConnection.close();
  await connection.close();
}

if (require.main === module) void main(process.argv.slice(2));
