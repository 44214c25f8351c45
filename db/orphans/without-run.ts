import { rows, type Database, type Tx } from '../connection';
import { openProcesses, type ProcessState } from '../processes';
import { inSnapshot } from '../snapshot';
import { orphansListedMax, type Orphan, type OrphanScan } from './find-orphans';

/** How a process stands in Temporal, as describing it (not listing) tells. */
export type RunState = 'running' | 'closed' | 'missing';

const perPage = 500;
const callsAtOnce = 20;

/** Asks Temporal about every unfinished process, and lists those whose workflow does not run. */
export async function processesWithoutRun(
  db: Database,
  describe: (workflowId: string) => Promise<RunState>,
): Promise<OrphanScan> {
  const orphans: Orphan[] = [];
  let scanned = 0;
  for (let after: string | undefined; ;) {
    const page: ProcessState[] = await inSnapshot(db, 'job:orphans', (tx) =>
      openProcesses(tx, {
        limit: perPage,
        ...(after === undefined ? {} : { afterWorkflowId: after }),
      }),
    );
    for (let from = 0; from < page.length; from += callsAtOnce) {
      const some = page.slice(from, from + callsAtOnce);
      const found = await Promise.all(some.map((process) => checkRun(db, process, describe)));
      orphans.push(...found.flat());
    }
    scanned += page.length;
    after = page.at(-1)?.workflowId;
    if (page.length < perPage) break;
  }
  return {
    kind: 'unfinished process that must have a running workflow',
    scanned,
    found: orphans.length,
    orphans: orphans.slice(0, orphansListedMax),
  };
}

async function checkRun(
  db: Database,
  process: ProcessState,
  describe: (workflowId: string) => Promise<RunState>,
): Promise<Orphan[]> {
  const run = await describe(process.workflowId);
  if (run === 'running') return [];
  // It may have ended, or not have been dispatched, since the page was read.
  const isExplained = await inSnapshot(db, 'job:orphans', (tx) =>
    endedOrOnItsWay(tx, process.workflowId),
  );
  if (isExplained) return [];
  const { workflowId: thing, entityId } = process;
  return [{ thing, entityId, why: `its workflow is ${run}; keelson resume starts it` }];
}

async function endedOrOnItsWay(tx: Tx, workflowId: string): Promise<boolean> {
  const found = await rows(
    tx,
    `select 1 from process p where p.workflow_id = :workflowId and (p.finished_at is not null
       or exists (select 1 from outbox o where o.workflow_id = p.workflow_id and o.kind = 'start' and o.dispatched_at is null))`,
    { workflowId },
  );
  return found.length > 0;
}
