import { type Client, WorkflowNotFoundError } from '@temporalio/client';

/** How a workflow id stands in Temporal. */
export type RunState = 'running' | 'closed' | 'missing';

const callMsMax = 10_000;

/**
 * Asks Temporal about the latest run of one workflow id. It reads the run itself and not visibility,
 * which lags behind.
 */
export async function describeRun(client: Client, workflowId: string): Promise<RunState> {
  try {
    const { status } = await client.connection.withDeadline(Date.now() + callMsMax, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return status.name === 'RUNNING' || status.name === 'PAUSED' ? 'running' : 'closed';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'missing';
    throw error;
  }
}
