import { proxyActivities } from '@temporalio/workflow';
import type { PolicySimulationActivities } from '../activities/policy-simulation';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const bulk = proxyActivities<PolicySimulationActivities>({
  ...idempotentWrite,
  taskQueue: taskQueues.bulk,
});

/** A draft of a policy tried on past cases, a page at a time; what was found stands in PostgreSQL. */
export async function policySimulation({ id }: { readonly id: string }): Promise<void> {
  while ((await bulk.simulatePolicyPage(id)) === 'more');
}
