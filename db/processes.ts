import type { Json } from './events';
import { rows, utc, sendAhead, type Tx } from './connection';

/** Where a process stands. */
export interface ProcessStanding {
  readonly workflowId: string;
  readonly workflow: string;
  readonly subject: string;
  readonly entityId: string | null;
  readonly clientId: string | null;
  readonly state: string;
  readonly waitsFor: string | null;
  readonly since: string;
  readonly due: string | null;
  readonly finishedAt: string | null;
  readonly outcome: string | null;
}

/** The same, with what it was started with. */
export interface ProcessState extends ProcessStanding {
  readonly taskQueue: string;
  readonly args: { readonly [key: string]: Json };
}

export interface StandingRow {
  readonly workflow_id: string;
  readonly workflow: string;
  readonly subject: string;
  readonly entity_id: string | null;
  readonly client_id: string | null;
  readonly state: string;
  readonly waits_for: string | null;
  readonly since: string;
  readonly due: string | null;
  readonly finished_at: string | null;
  readonly outcome: string | null;
}

interface ProcessRow extends StandingRow {
  readonly task_queue: string;
  readonly args: { readonly [key: string]: Json };
}

export const standingColumns =
  'workflow_id, workflow, subject, entity_id, client_id, state, waits_for, since, due, finished_at, outcome';
const columns = `${standingColumns}, task_queue, args`;

export function standingFromRow(row: StandingRow): ProcessStanding {
  return {
    workflowId: row.workflow_id,
    workflow: row.workflow,
    subject: row.subject,
    entityId: row.entity_id,
    clientId: row.client_id,
    state: row.state,
    waitsFor: row.waits_for,
    since: utc(row.since),
    due: row.due === null ? null : utc(row.due),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
    outcome: row.outcome,
  };
}

function fromRow(row: ProcessRow): ProcessState {
  return { ...standingFromRow(row), taskQueue: row.task_queue, args: row.args };
}

/**
 * Records where a process stands: its state, the named thing it waits for (null while it works) and until when.
 * `since` moves only when something changed. A finished process stays as it ended.
 */
export async function setProcess(
  tx: Tx,
  workflowId: string,
  change: {
    readonly state: string;
    readonly waitsFor?: string | null;
    readonly due?: string | null;
  },
): Promise<void> {
  await sendAhead(
    tx,
    `update process set
       since = case when state is distinct from :state or waits_for is distinct from :waitsFor then clock_timestamp() else since end,
       state = :state, waits_for = :waitsFor, due = :due, updated_at = clock_timestamp()
     where workflow_id = :workflowId and finished_at is null`,
    { workflowId, state: change.state, waitsFor: change.waitsFor ?? null, due: change.due ?? null },
  );
}

/** Ends a process with its outcome (`done`, `refused`, …). Ending it twice changes nothing. */
export async function finishProcess(
  tx: Tx,
  workflowId: string,
  { state, outcome }: { state: string; outcome: string },
): Promise<void> {
  await sendAhead(
    tx,
    `update process set state = :state, outcome = :outcome, waits_for = null, due = null,
       finished_at = clock_timestamp(), updated_at = clock_timestamp()
     where workflow_id = :workflowId and finished_at is null`,
    { workflowId, state, outcome },
  );
}

/** What had ended goes on: something came after the end. One that goes on already is left as it is. */
export async function reopenProcess(tx: Tx, workflowId: string): Promise<void> {
  await sendAhead(
    tx,
    `update process set finished_at = null, outcome = null, updated_at = clock_timestamp()
     where workflow_id = :workflowId and finished_at is not null`,
    { workflowId },
  );
}

export async function readProcess(tx: Tx, workflowId: string): Promise<ProcessState | undefined> {
  const [row] = await rows<ProcessRow>(
    tx,
    `select ${columns} from process where workflow_id = :workflowId`,
    { workflowId },
  );
  return row && fromRow(row);
}

/** Unfinished processes, the longest waiting first. */
export async function openProcesses(
  tx: Tx,
  { afterWorkflowId, limit }: { afterWorkflowId?: string; limit: number },
): Promise<ProcessState[]> {
  const found = await rows<ProcessRow>(
    tx,
    `select ${columns} from process
     where finished_at is null and (:after::text is null or workflow_id > :after) order by workflow_id limit :limit`,
    { after: afterWorkflowId ?? null, limit },
  );
  return found.map(fromRow);
}

export async function processesOfSubject(tx: Tx, subject: string): Promise<ProcessState[]> {
  const found = await rows<ProcessRow>(
    tx,
    `select ${columns} from process where subject = :subject order by since desc limit 100`,
    { subject },
  );
  return found.map(fromRow);
}

export async function processesOfClient(tx: Tx, clientId: string): Promise<ProcessState[]> {
  const found = await rows<ProcessRow>(
    tx,
    `select ${columns} from process where client_id = :clientId order by finished_at is not null, since desc limit 100`,
    { clientId },
  );
  return found.map(fromRow);
}
