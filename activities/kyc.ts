import { systemScope } from '../domain/access/scope';
import type { KycCaseState } from '../domain/kyc/case-state';
import { clientReasons, reasonCodesIn } from '../domain/kyc/reason-codes';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Database, type Tx } from '../db/connection';
import { sourceStandings } from '../db/source-standings';
import { currentDocuments } from '../db/documents';
import { pendingChecks } from '../db/identity-checks';
import { lockCase, readCase, type KycCase } from '../db/kyc';
import { setProcess } from '../db/processes';
import { readTask, type Task } from '../db/tasks';
import { assess, type AssessmentDeps } from './kyc-assessment';
import { askClient, freezeClient, rejectCase } from './kyc-outcome';
import { dismissMatch } from './screening-decisions';
import type { ScreeningList } from './screening-list';

export interface KycDeps {
  readonly db: Database;
  /** The sanctions lists in force; nobody is cleared without one. */
  readonly screeningList: () => Promise<ScreeningList>;
}

/** What a KYC case does to the world. Every function may be called again and answers what stands. */
export function createKycActivities({ db, screeningList }: KycDeps) {
  const system = (id: string) => systemScope(`workflow:${workflowIds.kyc(id)}`);

  return {
    /** Checks a submitted case and does what policy says; answers the state it has now. */
    async assessCase(id: string): Promise<KycCaseState> {
      const deps = { list: await screeningList(), now: new Date() };
      return inScope(db, system(id), async (tx) => {
        const of = await lockCase(tx, id);
        if (of.state !== 'checking') return of.state;
        await setProcess(tx, workflowIds.kyc(id), { state: of.state });
        await assess(tx, of, deps);
        return (await readCase(tx, id)).state;
      });
    },

    /** Acts on what people have decided since, if anything; answers the state the case has now. */
    async readCaseDecision(id: string): Promise<KycCaseState> {
      const deps = { list: await screeningList(), now: new Date() };
      return inScope(db, system(id), async (tx) => {
        const of = await lockCase(tx, id);
        if (of.state !== 'in_review') return of.state;
        if (of.taskId === null) {
          // It waits for verifiers; when the last has answered, everything is looked at again.
          if ((await pendingChecks(tx, id)).length === 0) await assess(tx, of, deps);
          return (await readCase(tx, id)).state;
        }
        const task = await readTask(tx, of.taskId);
        if (task.state === 'decided') await follow(tx, of, { task, deps });
        return (await readCase(tx, id)).state;
      });
    },
  };
}

/** A decision leads through the checks again, where it is one of their inputs, or to the client, or to the end. */
async function follow(
  tx: Tx,
  of: KycCase,
  { task, deps }: { task: Task; deps: AssessmentDeps },
): Promise<void> {
  switch (task.decision) {
    case 'dismiss':
      await dismissMatch(tx, of, task);
      return assess(tx, of, deps);
    case 'confirm':
      return freezeClient(tx, of, task);
    case 'approve':
      return assess(tx, of, deps);
    case 'request_information':
      return askClient(tx, of, await codesToAsk(tx, of, task));
    case 'reject':
      return rejectCase(tx, of, task.reason ?? 'REJECTED');
    default:
      throw new Error(`a KYC case cannot follow the decision ${task.decision ?? 'null'}`);
  }
}

/** What the officer named, else why documents were rejected, else what the task was about. */
async function codesToAsk(tx: Tx, of: KycCase, task: Task): Promise<string[]> {
  const rejected = (await currentDocuments(tx, of.id)).flatMap((document) =>
    document.state === 'rejected' ? document.reasons : [],
  );
  const sources = (await sourceStandings(tx, of.id)).flatMap(({ state }) =>
    state === 'refused' ? ['SOURCE_NOT_SHOWN'] : [],
  );
  const named = [...new Set([...reasonCodesIn(task.reason ?? ''), ...rejected, ...sources])];
  const issues = task.issue.map((issue) => String(issue['code']));
  const askable = (codes: readonly string[]) =>
    clientReasons(codes).filter((reason) => reason.retryable).length > 0;
  return askable(named) ? named : [...named, ...issues];
}

export type KycActivities = ReturnType<typeof createKycActivities>;
