import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, utc, type Tx } from './connection';
import { enqueueSignal, enqueueStart } from './dispatch';

/** A client's calendar as its row keeps it: what it counts from, and when its process looks next. */
export interface ComplianceCalendarRow {
  readonly clientId: string;
  readonly entityId: string;
  /** Null before the client is approved. */
  readonly reviewedAt: string | null;
  /** The first change of the client's data that nobody has been asked about yet. */
  readonly changedAt: string | null;
  readonly changedFields: readonly string[];
  readonly dueAt: string | null;
  readonly endedAt: string | null;
}

interface CalendarRow {
  readonly client_id: string;
  readonly entity_id: string;
  readonly reviewed_at: string | null;
  readonly changed_at: string | null;
  readonly changed_fields: readonly string[];
  readonly due_at: string | null;
  readonly ended_at: string | null;
}

const columns =
  'client_id, entity_id, reviewed_at, changed_at, changed_fields, due_at, ended_at' as const;

function fromRow(row: CalendarRow): ComplianceCalendarRow {
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    clientId: row.client_id,
    entityId: row.entity_id,
    reviewedAt: time(row.reviewed_at),
    changedAt: time(row.changed_at),
    changedFields: row.changed_fields,
    dueAt: time(row.due_at),
    endedAt: time(row.ended_at),
  };
}

/**
 * Gives a client a calendar and its process; one who has one goes on with it. An approved client's reviews are counted
 * from now where they were not counted before. Runs as the system.
 */
export async function startComplianceCalendar(
  tx: Tx,
  {
    clientId,
    entityId,
    isApproved,
  }: { readonly clientId: string; readonly entityId: string; readonly isApproved: boolean },
): Promise<void> {
  await rows(
    tx,
    `insert into compliance_calendar (client_id, entity_id, reviewed_at)
     values (:clientId, :entityId, case when :isApproved then clock_timestamp() end)
     on conflict (client_id) do update set reviewed_at = coalesce(compliance_calendar.reviewed_at, excluded.reviewed_at)`,
    { clientId, entityId, isApproved },
  );
  await enqueueStart(tx, {
    workflow: 'complianceCalendar',
    workflowId: workflowIds.compliance(clientId),
    taskQueue: taskQueues.workflows,
    args: { id: clientId },
    subject: clientId,
    entityId,
    clientId,
  });
  await wakeComplianceCalendar(tx, clientId);
}

/** The client's calendar as far as the scope may see it. */
export async function calendarOfClient(
  tx: Tx,
  clientId: string,
): Promise<ComplianceCalendarRow | undefined> {
  const [row] = await rows<CalendarRow>(
    tx,
    `select ${columns} from compliance_calendar where client_id = :clientId`,
    { clientId },
  );
  return row && fromRow(row);
}

/** The calendar, kept from changing until the transaction ends. */
export async function lockComplianceCalendar(
  tx: Tx,
  clientId: string,
): Promise<ComplianceCalendarRow> {
  const [row] = await rows<CalendarRow>(
    tx,
    `select ${columns} from compliance_calendar where client_id = :clientId for update`,
    { clientId },
  );
  if (!row) throw new Error(`there is no calendar of ${clientId}`);
  return fromRow(row);
}

/** Something was done of the calendar, once; its task may still be open. */
export interface TakenStep {
  readonly key: string;
  readonly kind: string;
  /** The document or restriction it is about. */
  readonly subject: string | null;
  readonly taskId: string | null;
  readonly takenAt: string;
  readonly closedAt: string | null;
}

/** The newest first; far more than a life's worth. */
const stepsMax = 500;

export async function takenSteps(tx: Tx, clientId: string): Promise<TakenStep[]> {
  const found = await rows<{
    key: string;
    kind: string;
    subject: string | null;
    task_id: string | null;
    taken_at: string;
    closed_at: string | null;
  }>(
    tx,
    `select key, kind, subject, task_id, taken_at, closed_at from compliance_step where client_id = :clientId
     order by taken_at desc, key limit :limit`,
    { clientId, limit: stepsMax },
  );
  return found.map((row) => ({
    key: row.key,
    kind: row.kind,
    subject: row.subject,
    taskId: row.task_id,
    takenAt: utc(row.taken_at),
    closedAt: row.closed_at === null ? null : utc(row.closed_at),
  }));
}

/** Notes what was done; a step with a task stays open until the task is decided. */
export async function noteStep(
  tx: Tx,
  { clientId, entityId }: Pick<ComplianceCalendarRow, 'clientId' | 'entityId'>,
  step: {
    readonly key: string;
    readonly kind: string;
    readonly subject?: string;
    readonly taskId?: string;
  },
): Promise<void> {
  await rows(
    tx,
    `insert into compliance_step (client_id, entity_id, key, kind, subject, task_id, closed_at)
     values (:clientId, :entityId, :key, :kind, :subject, :taskId, case when :taskId::text is null then clock_timestamp() end)
     on conflict (client_id, key) do nothing`,
    {
      clientId,
      entityId,
      key: step.key,
      kind: step.kind,
      subject: step.subject ?? null,
      taskId: step.taskId ?? null,
    },
  );
}

export async function closeStep(tx: Tx, clientId: string, key: string): Promise<void> {
  await rows(
    tx,
    `update compliance_step set closed_at = clock_timestamp()
     where client_id = :clientId and key = :key and closed_at is null`,
    { clientId, key },
  );
}

/** The next review counts from here. */
export async function noteReviewed(tx: Tx, clientId: string, at: string): Promise<void> {
  await rows(tx, 'update compliance_calendar set reviewed_at = :at where client_id = :clientId', {
    clientId,
    at,
  });
}

/** Somebody has been asked about the changes so far; later ones are another question. */
export async function noteChangeAsked(tx: Tx, clientId: string): Promise<void> {
  await rows(
    tx,
    `update compliance_calendar set changed_at = null, changed_fields = '{}' where client_id = :clientId`,
    { clientId },
  );
}

export async function setComplianceDue(tx: Tx, clientId: string, dueAt: string): Promise<void> {
  await rows(tx, 'update compliance_calendar set due_at = :dueAt where client_id = :clientId', {
    clientId,
    dueAt,
  });
}

export async function endComplianceCalendar(tx: Tx, clientId: string): Promise<void> {
  await rows(
    tx,
    `update compliance_calendar set ended_at = coalesce(ended_at, clock_timestamp()), due_at = null
     where client_id = :clientId`,
    { clientId },
  );
}

/** A change of any of these makes the client another person to a rule or to a list. */
const watchedFields: readonly string[] = ['name', 'address', 'nationality', 'birth_date'];

/** Data of a client's party are changing: whoever is on a calendar is assessed again. Runs as the system. */
export async function noteClientChange(
  tx: Tx,
  partyId: string,
  fields: readonly string[],
): Promise<void> {
  const changed = fields.filter((field) => watchedFields.includes(field)).sort();
  if (changed.length === 0) return;
  const [noted] = await rows<{ client_id: string }>(
    tx,
    `update compliance_calendar set changed_at = coalesce(changed_at, clock_timestamp()),
       changed_fields = array(select distinct unnest(changed_fields || :changed::text[]) order by 1)
     where client_id = (select client_id from party where id = :partyId) and ended_at is null and reviewed_at is not null
     returning client_id`,
    { partyId, changed },
  );
  if (noted) await wakeComplianceCalendar(tx, noted.client_id);
}

/** Something about an approved client is to be looked at, though no data of theirs have changed. Runs as the system. */
export async function noteForReview(tx: Tx, clientId: string, what: string): Promise<void> {
  const noted = await rows(
    tx,
    `update compliance_calendar set changed_at = coalesce(changed_at, clock_timestamp()),
       changed_fields = array(select distinct unnest(changed_fields || array[:what]::text[]) order by 1)
     where client_id = :clientId and ended_at is null and reviewed_at is not null returning 1`,
    { clientId, what },
  );
  if (noted.length > 0) await wakeComplianceCalendar(tx, clientId);
}

/** Something that the calendar reads has changed: a document, a restriction, the client. Runs as the system. */
export async function wakeComplianceCalendar(tx: Tx, clientId: string): Promise<void> {
  const workflowId = workflowIds.compliance(clientId);
  const open = await rows(
    tx,
    'select 1 from process where workflow_id = :workflowId and finished_at is null',
    { workflowId },
  );
  if (open.length > 0)
    await enqueueSignal(tx, { workflowId, signal: 'changed', args: { what: 'client' } });
}
