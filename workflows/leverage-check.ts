import {
  ActivityFailure,
  continueAsNew,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { LeverageCheckActivities, LeverageReport } from '../activities/leverage-check';
import { idempotentWrite, serverPage } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';

const db = proxyActivities<LeverageCheckActivities>({
  ...idempotentWrite,
  taskQueue: taskQueues.db,
});
const bulk = proxyActivities<LeverageCheckActivities>({
  ...serverPage,
  taskQueue: taskQueues.bulk,
});

/** How far a check has come, for a run that goes on in a new one. */
interface Progress {
  readonly report: LeverageReport;
  /** Servers still to be looked at, the present one first. */
  readonly servers: readonly string[];
  /** The last account of the present server. */
  readonly after: string | null;
}

/** What the daily schedule runs: the accounts of every server are held against the rules on leverage, page by page. */
export async function leverageCheck(sofar?: Progress): Promise<LeverageReport> {
  let { report, servers, after } = sofar ?? (await begin());
  for (;;) {
    const [server] = servers;
    if (server === undefined) break;
    const page = await nextPage(server, after, report);
    report = page.report;
    after = page.next;
    if (after === null) servers = servers.slice(1);
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof leverageCheck>({ report, servers, after });
  }
  await db.reportLeverageCheck(report);
  return report;
}

async function begin(): Promise<Progress> {
  const startedAt = new Date(Date.now()).toISOString();
  const report = { startedAt, looked: 0, inBreach: 0, silent: [] };
  return { report, servers: await db.serversToHold(), after: null };
}

/** A server that stays away is named in the report, and the others are looked at all the same. */
async function nextPage(
  server: string,
  after: string | null,
  report: LeverageReport,
): Promise<{ report: LeverageReport; next: string | null }> {
  try {
    const { looked, inBreach, next } = await bulk.holdAccounts(server, after, report.startedAt);
    return {
      report: {
        ...report,
        looked: report.looked + looked,
        inBreach: report.inBreach + inBreach,
      },
      next,
    };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { report: { ...report, silent: [...report.silent, server] }, next: null };
  }
}
