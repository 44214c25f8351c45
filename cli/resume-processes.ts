import type { Client } from '@temporalio/client';
import { systemScope } from '../domain/access/scope';
import { inScope, type Database } from '../db/connection';
import { appendEvents } from '../db/events';
import { openProcesses, type ProcessState } from '../db/processes';
import { describeRun, type RunState } from '../temporal-config/server/describe-run';
import { startProcess } from '../temporal-config/server/start-process';

const perPage = 500;
const callsAtOnce = 20;

export interface Resumed {
  /** Unfinished processes whose workflow runs: left alone. */
  readonly running: number;
  /** Workflow ids that were given a workflow again. */
  readonly resumed: readonly string[];
}

/**
 * Gives every unfinished process its workflow back, from the arguments in its row. Safe to repeat and
 * to run while workers and relay work: a running workflow is left alone, and a workflow started again
 * reads from the database what already stands.
 * @param actor who did it, `os:<user>`; it stands in each event `process.resumed`.
 */
export async function resumeProcesses(
  db: Database,
  client: Client,
  { actor }: { actor: string },
): Promise<Resumed> {
  const resumed: string[] = [];
  let running = 0;
  for (let after: string | undefined; ;) {
    const page: ProcessState[] = await inScope(db, systemScope(actor), (tx) =>
      openProcesses(tx, {
        limit: perPage,
        ...(after === undefined ? {} : { afterWorkflowId: after }),
      }),
    );
    for (let from = 0; from < page.length; from += callsAtOnce) {
      const some = page.slice(from, from + callsAtOnce);
      const before = await Promise.all(
        some.map((process) => resumeOne(db, client, { process, actor })),
      );
      for (const [position, state] of before.entries()) {
        if (state === 'running') running += 1;
        else resumed.push(some[position]?.workflowId ?? '');
      }
    }
    after = page.at(-1)?.workflowId;
    if (page.length < perPage) return { running, resumed };
  }
}

/** Answers how the workflow stood before. */
async function resumeOne(
  db: Database,
  client: Client,
  { process, actor }: { process: ProcessState; actor: string },
): Promise<RunState> {
  const before = await describeRun(client, process.workflowId);
  if (before === 'running') return before;
  await startProcess(client, process, { again: true });
  await inScope(db, systemScope(actor), (tx) =>
    appendEvents(tx, [
      {
        subject: process.workflowId,
        type: 'process.resumed',
        entityId: process.entityId,
        clientId: process.clientId,
        payload: { state: process.state, waitsFor: process.waitsFor, workflowWas: before },
      },
    ]),
  );
  return before;
}
