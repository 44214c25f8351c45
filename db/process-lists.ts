import { rows, utc, type Tx } from './connection';
import {
  type ProcessStanding,
  standingColumns,
  standingFromRow,
  type StandingRow,
} from './processes';

export const processViews = ['open', 'stuck', 'overdue', 'unknown', 'finished'] as const;
export type ProcessView = (typeof processViews)[number];

/** Processes of a view, those that have stood still the longest first; `after` is the last one's workflow id. */
export async function listProcesses(
  tx: Tx,
  {
    view,
    workflow,
    after,
    limit,
  }: { view: ProcessView; workflow?: string; after?: string; limit: number },
): Promise<ProcessStanding[]> {
  const found = await rows<StandingRow>(
    tx,
    `select ${standingColumns}
     from process p
     where (finished_at is not null) = (:view = 'finished') and (:workflow::text is null or workflow = :workflow)
       and case :view
         when 'stuck' then coalesce(waits_for, '') = '' and since < now() - interval '2 minutes'
         when 'overdue' then due < now()
         when 'unknown' then exists (select 1 from intent i where i.workflow_id = p.workflow_id and i.state = 'unknown')
         else true end
       and (:after::text is null or (since, workflow_id) > (select a.since, a.workflow_id from process a where a.workflow_id = :after))
     order by since, workflow_id limit :limit`,
    { view, workflow: workflow ?? null, after: after ?? null, limit },
  );
  return found.map(standingFromRow);
}

export interface WaitingCommand {
  readonly id: string;
  readonly kind: string;
  readonly workflowId: string;
  readonly signal: string | null;
  readonly createdAt: string;
  readonly attempts: number;
  readonly lastError: string | null;
}

/** Commands that Temporal has not taken yet, the oldest first. */
export async function waitingCommands(tx: Tx, limit: number): Promise<WaitingCommand[]> {
  const found = await rows<{
    id: string;
    kind: string;
    workflow_id: string;
    signal: string | null;
    created_at: string;
    attempts: number;
    last_error: string | null;
  }>(
    tx,
    `select id, kind, workflow_id, signal, created_at, attempts, last_error from outbox
     where dispatched_at is null order by id limit :limit`,
    { limit },
  );
  return found.map((row) => ({
    id: row.id,
    kind: row.kind,
    workflowId: row.workflow_id,
    signal: row.signal,
    createdAt: utc(row.created_at),
    attempts: row.attempts,
    lastError: row.last_error,
  }));
}

export interface ListedBackfill {
  readonly id: string;
  readonly serverId: string;
  readonly fromAt: string;
  readonly toAt: string;
  readonly state: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly deals: number | null;
}

/** The latest stretches of time that were asked to be read again. */
export async function latestBackfills(tx: Tx, limit: number): Promise<ListedBackfill[]> {
  const found = await rows<{
    id: string;
    server_id: string;
    from_at: string;
    to_at: string;
    state: string;
    requested_by: string;
    requested_at: string;
    deals: number | null;
  }>(
    tx,
    `select id, server_id, from_at, to_at, state, requested_by, requested_at, deals from feed_backfill
     order by requested_at desc limit :limit`,
    { limit },
  );
  return found.map((row) => ({
    id: row.id,
    serverId: row.server_id,
    fromAt: utc(row.from_at),
    toAt: utc(row.to_at),
    state: row.state,
    requestedBy: row.requested_by,
    requestedAt: utc(row.requested_at),
    deals: row.deals,
  }));
}
