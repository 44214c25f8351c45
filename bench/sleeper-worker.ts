import { NativeConnection, Worker } from '@temporalio/worker';
import { taskQueues } from '../temporal-config/task-queues';

/** One process that serves bare workflows, with as large a cache as the product's. */
async function main([address = '', namespace = '', codePath = '']: string[]): Promise<void> {
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: taskQueues.workflows,
    workflowBundle: { codePath },
    maxCachedWorkflows: 300,
    stickyQueueScheduleToStartTimeout: '2 seconds',
  });
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  await worker.run();
  await connection.close();
}

void main(process.argv.slice(2));
