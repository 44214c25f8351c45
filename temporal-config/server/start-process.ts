import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  type SearchAttributePair,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/common';
import { searchAttributes } from '../search-attributes';

/** A process row as it is handed to Temporal. */
export interface ProcessToStart {
  readonly workflowId: string;
  readonly workflow: string;
  readonly taskQueue: string;
  readonly args: unknown;
  readonly entityId?: string | null;
  readonly clientId?: string | null;
  readonly summary?: string;
}

export type StartResult = 'started' | 'closed';

const callMsMax = 10_000;

/**
 * Starts a process's workflow, once: a running one is left alone, a closed one is not run again. `again` allows
 * a new run of a closed one, for a process whose row says that it is not finished.
 */
export async function startProcess(
  client: Client,
  process: ProcessToStart,
  { again = false } = {},
): Promise<StartResult> {
  try {
    await client.connection.withDeadline(Date.now() + callMsMax, () =>
      client.workflow.start(process.workflow, {
        workflowId: process.workflowId,
        taskQueue: process.taskQueue,
        args: [process.args],
        workflowIdReusePolicy: again
          ? WorkflowIdReusePolicy.ALLOW_DUPLICATE
          : WorkflowIdReusePolicy.REJECT_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        staticSummary: process.summary ?? process.workflowId,
        typedSearchAttributes: attributesOf(process),
      }),
    );
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
    throw error;
  }
}

/** What people find a run by in Temporal's own pages; no rule reads it. */
function attributesOf({ workflow, entityId, clientId }: ProcessToStart): SearchAttributePair[] {
  const pairs: SearchAttributePair[] = [{ key: searchAttributes.kind, value: workflow }];
  if (entityId) pairs.push({ key: searchAttributes.entity, value: entityId });
  if (clientId) pairs.push({ key: searchAttributes.client, value: clientId });
  return pairs;
}
