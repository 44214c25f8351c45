import type { EventType } from '../domain/access/event-access';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, utc, type Tx } from './connection';
import { enqueueSignal, enqueueStart } from './dispatch';
import { appendEvents, type Json } from './events';

/** How long a client who deposited unverified has had, and what came of it. */
export interface VerificationClockRow {
  readonly clientId: string;
  readonly entityId: string;
  readonly startedAt: string;
  readonly warnedAt: string | null;
  readonly overAt: string | null;
  readonly endedAt: string | null;
  readonly outcome: 'verified' | 'returned' | null;
}

interface ClockRow {
  readonly client_id: string;
  readonly entity_id: string;
  readonly started_at: string;
  readonly warned_at: string | null;
  readonly over_at: string | null;
  readonly ended_at: string | null;
  readonly outcome: 'verified' | 'returned' | null;
}

const columns = 'client_id, entity_id, started_at, warned_at, over_at, ended_at, outcome';

/**
 * The first money of a client who is not verified starts their time, from the accepted terms if those came first
 * (CySEC C721). One that has ended begins again with new money of a client who still is not. Runs as the system.
 */
export async function startVerificationClock(
  tx: Tx,
  { clientId, entityId }: { readonly clientId: string; readonly entityId: string },
): Promise<void> {
  const started = await rows(
    tx,
    `insert into verification_clock (client_id, entity_id, started_at)
     select id, entity_id, least(now(), coalesce(terms_accepted_at, now())) from client where id = :clientId and approved_at is null
     on conflict (client_id) do nothing returning 1`,
    { clientId },
  );
  if (started.length === 0) return;
  await appendEvents(tx, [
    clockEvent({ clientId, entityId }, 'client.verification_clock_started', {}),
  ]);
  await enqueueStart(tx, {
    workflow: 'verificationClock',
    workflowId: workflowIds.verification(clientId),
    taskQueue: taskQueues.workflows,
    args: { id: clientId },
    subject: clientId,
    entityId,
    clientId,
  });
}

/** The clock, kept from changing until the transaction ends. */
export async function lockVerificationClock(
  tx: Tx,
  clientId: string,
): Promise<VerificationClockRow> {
  const [row] = await rows<ClockRow>(
    tx,
    `select ${columns} from verification_clock where client_id = :clientId for update`,
    { clientId },
  );
  if (!row) throw new Error(`no time runs for ${clientId}`);
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    clientId: row.client_id,
    entityId: row.entity_id,
    startedAt: utc(row.started_at),
    warnedAt: time(row.warned_at),
    overAt: time(row.over_at),
    endedAt: time(row.ended_at),
    outcome: row.outcome,
  };
}

export async function noteWarned(tx: Tx, clock: VerificationClockRow): Promise<void> {
  await rows(
    tx,
    'update verification_clock set warned_at = clock_timestamp() where client_id = :clientId',
    { clientId: clock.clientId },
  );
}

export async function noteOver(tx: Tx, clock: VerificationClockRow): Promise<void> {
  await rows(
    tx,
    'update verification_clock set over_at = clock_timestamp() where client_id = :clientId',
    { clientId: clock.clientId },
  );
  await appendEvents(tx, [clockEvent(clock, 'client.verification_overdue', {})]);
}

export async function endVerificationClock(
  tx: Tx,
  clock: VerificationClockRow,
  outcome: 'verified' | 'returned',
): Promise<void> {
  await rows(
    tx,
    `update verification_clock set ended_at = clock_timestamp(), outcome = :outcome
     where client_id = :clientId and ended_at is null`,
    { clientId: clock.clientId, outcome },
  );
  await appendEvents(tx, [clockEvent(clock, 'client.verification_clock_ended', { outcome })]);
}

/** Something that the clock's process reads has changed: the case, the bank accounts. Runs as the system. */
export async function wakeVerificationClock(tx: Tx, clientId: string): Promise<void> {
  const workflowId = workflowIds.verification(clientId);
  const open = await rows(
    tx,
    'select 1 from process where workflow_id = :workflowId and finished_at is null',
    { workflowId },
  );
  if (open.length > 0)
    await enqueueSignal(tx, { workflowId, signal: 'changed', args: { what: 'client' } });
}

function clockEvent(
  { clientId, entityId }: { readonly clientId: string; readonly entityId: string },
  type: EventType,
  payload: { readonly [key: string]: Json },
) {
  return { subject: clientId, type, entityId, clientId, payload };
}
