import {
  bundleWorkflowCode,
  type NativeConnection,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { taskQueues } from '../temporal-config/task-queues';
import { activityQueues, createActivities } from './registry';
import type { Dependencies } from './dependencies';

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly deps: Dependencies;
  /** A bundle built ahead; without it the workflows are bundled now (about a second). */
  readonly bundlePath?: string | undefined;
}

/** Makes the workers of one process: one for workflows, one per activity queue. Nothing runs yet. */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { connection, namespace, deps } = options;
  const activities = createActivities(deps);
  const common = {
    connection,
    namespace,
    shutdownGraceTime: '10 seconds',
    // A heartbeat held back for most of its timeout would make a busy worker look like a dead one.
    maxHeartbeatThrottleInterval: '1 second',
    shutdownForceTime: '20 seconds',
  } as const;
  const workflows = Worker.create({
    ...common,
    taskQueue: taskQueues.workflows,
    workflowBundle: await workflowBundle(options.bundlePath),
    maxCachedWorkflows: 300,
    stickyQueueScheduleToStartTimeout: '2 seconds',
  });
  const queues = activityQueues.map(({ taskQueue, load }) =>
    Worker.create({ ...common, taskQueue, activities, ...load }),
  );
  return Promise.all([workflows, ...queues]);
}

async function workflowBundle(bundlePath: string | undefined): Promise<WorkflowBundleOption> {
  if (bundlePath !== undefined) return { codePath: bundlePath };
  return bundleWorkflowCode({ workflowsPath: require.resolve('../workflows') });
}
