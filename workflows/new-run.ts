import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';

/**
 * A wait of many days would make the history too long: where Temporal suggests it, a new run reads the rows and
 * waits on. Call it before a wait; a signal that is not acted on yet is not lost, since its row is read again.
 */
export async function goOnInNewRun(id: string): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested) return;
  await condition(allHandlersFinished);
  await continueAsNew({ id });
}
