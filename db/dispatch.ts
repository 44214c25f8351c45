import { newId } from '../domain/ids';
import type { Json } from './events';
import { rows, sendAhead, type Tx } from './connection';

export interface ProcessStart {
  readonly workflow: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  /** All input of the workflow: ids and plain JSON, never personal data. */
  readonly args: { readonly [key: string]: Json };
  readonly subject: string;
  readonly entityId: string | null;
  readonly clientId?: string | null;
  readonly restricted?: boolean;
  readonly state?: string;
  readonly waitsFor?: string;
}

/**
 * Records a process and asks the relay to start its workflow, in the caller's transaction.
 * A workflow id that already has a process is left alone: starting is idempotent.
 */
export async function enqueueStart(tx: Tx, start: ProcessStart): Promise<void> {
  const inserted = await rows(
    tx,
    `insert into process (workflow_id, workflow, task_queue, args, subject, entity_id, client_id, restricted, state, waits_for)
     values (:workflowId, :workflow, :taskQueue, :args, :subject, :entityId, :clientId, :restricted, :state, :waitsFor)
     on conflict (workflow_id) do nothing returning 1`,
    {
      workflowId: start.workflowId,
      workflow: start.workflow,
      taskQueue: start.taskQueue,
      args: JSON.stringify(start.args),
      subject: start.subject,
      entityId: start.entityId,
      clientId: start.clientId ?? null,
      restricted: start.restricted ?? false,
      state: start.state ?? 'queued',
      waitsFor: start.waitsFor ?? 'a worker',
    },
  );
  if (inserted.length === 0) return;
  await enqueue(tx, {
    kind: 'start',
    workflowId: start.workflowId,
    signal: null,
    args: start.args,
  });
}

/**
 * Tells a workflow that a committed row changed. The row is the truth and the signal only wakes it,
 * so a signal may be lost with Temporal's database and nothing is lost with it.
 */
export async function enqueueSignal(
  tx: Tx,
  {
    workflowId,
    signal,
    args = {},
  }: { workflowId: string; signal: string; args?: { readonly [key: string]: Json } },
): Promise<void> {
  await enqueue(tx, { kind: 'signal', workflowId, signal, args });
}

/** Tells many workflows at once, in one statement. */
export async function enqueueSignals(
  tx: Tx,
  signals: readonly {
    readonly workflowId: string;
    readonly signal: string;
    readonly args: { readonly [key: string]: Json };
  }[],
): Promise<void> {
  if (signals.length === 0) return;
  await sendAhead(
    tx,
    `insert into outbox (kind, workflow_id, signal, command_id, args)
     select 'signal', n.workflow_id, n.signal, n.command_id, n.args
     from unnest(:workflowIds::text[], :signals::text[], :commandIds::text[], :args::jsonb[])
       as n(workflow_id, signal, command_id, args)`,
    {
      workflowIds: signals.map(({ workflowId }) => workflowId),
      signals: signals.map(({ signal }) => signal),
      commandIds: signals.map(() => newId('command')),
      args: signals.map(({ args }) => JSON.stringify(args)),
    },
  );
}

async function enqueue(
  tx: Tx,
  row: {
    kind: 'start' | 'signal';
    workflowId: string;
    signal: string | null;
    args: { readonly [key: string]: Json };
  },
): Promise<void> {
  await sendAhead(
    tx,
    `insert into outbox (kind, workflow_id, signal, command_id, args)
     values (:kind, :workflowId, :signal, :commandId, :args)`,
    { ...row, commandId: newId('command'), args: JSON.stringify(row.args) },
  );
}

export interface OutboxRow {
  readonly id: string;
  readonly kind: 'start' | 'signal';
  readonly workflowId: string;
  readonly signal: string | null;
  readonly commandId: string;
  readonly args: { readonly [key: string]: Json };
  readonly attempts: number;
  readonly process: {
    readonly workflow: string;
    readonly taskQueue: string;
    readonly args: { readonly [key: string]: Json };
    readonly entityId: string | null;
    readonly clientId: string | null;
    readonly finished: boolean;
  } | null;
}

/**
 * Takes rows that are due, the oldest of each workflow first so that a start goes before its signals.
 * They stay locked until the caller's transaction ends; other relays skip them.
 */
export async function takeOutbox(tx: Tx, limit: number): Promise<OutboxRow[]> {
  const found = await rows<{
    id: string;
    kind: 'start' | 'signal';
    workflow_id: string;
    signal: string | null;
    command_id: string;
    args: { readonly [key: string]: Json };
    attempts: number;
    workflow: string | null;
    task_queue: string | null;
    process_args: { readonly [key: string]: Json } | null;
    entity_id: string | null;
    client_id: string | null;
    finished: boolean | null;
  }>(
    tx,
    `select o.id, o.kind, o.workflow_id, o.signal, o.command_id, o.args, o.attempts,
       p.workflow, p.task_queue, p.args as process_args, p.entity_id, p.client_id, p.finished_at is not null as finished
     from outbox o left join process p on p.workflow_id = o.workflow_id
     where o.dispatched_at is null and o.next_at <= now()
       and not exists (select 1 from outbox earlier
         where earlier.workflow_id = o.workflow_id and earlier.dispatched_at is null and earlier.id < o.id)
     order by o.id limit :limit for update of o skip locked`,
    { limit },
  );
  return found.map((row) => ({
    id: row.id,
    kind: row.kind,
    workflowId: row.workflow_id,
    signal: row.signal,
    commandId: row.command_id,
    args: row.args,
    attempts: row.attempts,
    process:
      row.workflow === null || row.task_queue === null
        ? null
        : {
            workflow: row.workflow,
            taskQueue: row.task_queue,
            args: row.process_args ?? {},
            entityId: row.entity_id,
            clientId: row.client_id,
            finished: row.finished ?? false,
          },
  }));
}

/** In one statement, however many a relay has taken at once; answers whether other rows are due. */
export async function markDispatched(
  tx: Tx,
  dispatched: readonly { readonly id: string; readonly result: string }[],
): Promise<boolean> {
  const [row] = await rows<{ more: boolean }>(
    tx,
    `with marked as (
       update outbox o set dispatched_at = clock_timestamp(), result = d.result
       from unnest(:ids::bigint[], :results::text[]) as d(id, result) where o.id = d.id)
     select exists (select 1 from outbox w where w.dispatched_at is null and w.next_at <= now()
       and not w.id = any (:ids::bigint[])) as more`,
    {
      ids: dispatched.map(({ id }) => id),
      results: dispatched.map(({ result }) => result),
    },
  );
  return row?.more ?? false;
}

/** Tries again later: the waiting doubles from 0.2 s up to 30 s. Nothing is given up. */
export async function postponeOutbox(tx: Tx, id: string, error: string): Promise<void> {
  await sendAhead(
    tx,
    `update outbox set attempts = attempts + 1, last_error = :error,
       next_at = now() + least(30, 0.2 * power(2, least(attempts, 10))) * interval '1 second'
     where id = :id`,
    { id, error: error.slice(0, 500) },
  );
}

export async function outboxWaiting(tx: Tx): Promise<number> {
  const [row] = await rows<{ n: number }>(
    tx,
    'select count(*)::int as n from outbox where dispatched_at is null',
  );
  return row?.n ?? 0;
}
