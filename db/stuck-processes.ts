import { rows, utc, type Tx } from './connection';

export interface OpenProcess {
  readonly workflowId: string;
  readonly state: string;
  readonly waitsFor: string | null;
  readonly since: string;
  readonly due: string | null;
  readonly minutesStill: number;
}

/** Unfinished processes that have not moved for `minutes`, the longest waiting first. */
export async function oldestOpenProcesses(
  tx: Tx,
  { minutes, limit }: { minutes: number; limit: number },
): Promise<OpenProcess[]> {
  const found = await rows<{
    workflow_id: string;
    state: string;
    waits_for: string | null;
    since: string;
    due: string | null;
    minutes: number;
  }>(
    tx,
    `select workflow_id, state, waits_for, since, due, floor(extract(epoch from now() - since) / 60)::int as minutes
     from process where finished_at is null and since <= now() - :minutes * interval '1 minute'
     order by since, workflow_id limit :limit`,
    { minutes, limit },
  );
  return found.map((row) => ({
    workflowId: row.workflow_id,
    state: row.state,
    waitsFor: row.waits_for,
    since: utc(row.since),
    due: row.due === null ? null : utc(row.due),
    minutesStill: row.minutes,
  }));
}
