import type { Client } from '@temporalio/client';

/** A step of a bare workflow: an activity that does nothing, and the signal that comes of it, if it waits for one. */
export interface BareStep {
  readonly taskQueue: string;
  readonly signals: string | null;
}

/** What a run of a workflow has cost Temporal. */
export interface HistoryShape {
  readonly events: number;
  readonly activities: number;
  readonly steps: readonly BareStep[];
}

/** Reads from its history how many events and activities a workflow took, and where it was woken by a signal. */
export async function readShape(client: Client, workflowId: string): Promise<HistoryShape> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const steps: { taskQueue: string; signals: string | null }[] = [];
  for (const event of events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const signalled = event.workflowExecutionSignaledEventAttributes;
    if (scheduled) steps.push({ taskQueue: scheduled.taskQueue?.name ?? '', signals: null });
    const last = steps.at(-1);
    if (signalled && last) last.signals = signalled.signalName ?? '';
  }
  return { events: events?.length ?? 0, activities: steps.length, steps };
}

/** When the first activity after the last signal was begun, in milliseconds since 1970. */
export async function nextStepAtMs(
  client: Client,
  workflowId: string,
  signal: string,
): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  let isTold = false;
  for (const event of events ?? []) {
    if (event.workflowExecutionSignaledEventAttributes?.signalName === signal) isTold = true;
    const at = event.eventTime;
    if (isTold && event.activityTaskStartedEventAttributes && at)
      return Number(at.seconds) * 1_000 + (at.nanos ?? 0) / 1e6;
  }
  throw new Error(`${workflowId} took no step after it was told`);
}
