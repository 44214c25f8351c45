import { systemScope } from '../domain/access/scope';
import { clientReasons } from '../domain/kyc/reason-codes';
import { workflowIds } from '../temporal-config/workflow-ids';
import { liftRestriction } from '../db/client-restrictions';
import { inScope, type Database, type Tx } from '../db/connection';
import { currentDocuments } from '../db/documents';
import { moveCase, readCase, type KycCase, type KycState } from '../db/kyc';
import { reasonCodesIn } from '../db/kyc-guards';
import { setProcess } from '../db/processes';
import { restrictionsOf } from '../db/restrictions';
import { dismissCandidates, readScreening } from '../db/screening';
import { readTask, type Task } from '../db/tasks';
import { assess } from './kyc-assessment';
import { askClient, freezeClient, rejectCase } from './kyc-outcome';
import type { ScreeningList } from './screening-list';

export interface KycDeps {
  readonly db: Database;
  /** The sanctions list, read once per worker; nobody is cleared without one. */
  readonly screeningList: () => Promise<ScreeningList>;
}

/** What a KYC case does to the world. Every function may be called again and answers what stands. */
export function createKycActivities({ db, screeningList }: KycDeps) {
  const system = (id: string) => systemScope(`workflow:${workflowIds.kyc(id)}`);

  return {
    /** Checks a submitted case and does what policy says; answers the state it has now. */
    async assessCase(id: string): Promise<KycState> {
      const list = await screeningList();
      return inScope(db, system(id), async (tx) => {
        const { state } = await readCase(tx, id);
        if (state !== 'checking') return state;
        await setProcess(tx, workflowIds.kyc(id), { state });
        await assess(tx, id, { list, now: new Date() });
        return (await readCase(tx, id)).state;
      });
    },

    /** Acts on what the client or people have committed since, if anything; answers the state it has now. */
    async readCaseDecision(id: string): Promise<KycState> {
      return inScope(db, system(id), async (tx) => {
        const of = await readCase(tx, id);
        if (of.state === 'in_review' && of.taskId !== null) {
          const task = await readTask(tx, of.taskId);
          if (task.state === 'decided') await follow(tx, of, task);
        }
        return (await readCase(tx, id)).state;
      });
    },
  };
}

/** A decision leads back to the checks, to the client, or to the end. */
async function follow(tx: Tx, of: KycCase, task: Task): Promise<void> {
  switch (task.decision) {
    case 'dismiss':
      return dismiss(tx, of, task);
    case 'confirm':
      return freezeClient(tx, of, task);
    case 'approve':
      return checkAgain(
        tx,
        of,
        `kyc.${task.kind === 'pep_approval' ? 'senior_approved' : 'review_approved'}`,
      );
    case 'request_information':
      return askClient(tx, of, await codesToAsk(tx, of, task));
    case 'reject':
      return rejectCase(tx, of, task.reason ?? 'REJECTED');
    default:
      throw new Error(`a KYC case cannot follow the decision ${task.decision ?? 'null'}`);
  }
}

/** Back to the checks: what a person has decided is now one of their inputs. */
async function checkAgain(tx: Tx, of: KycCase, event: string): Promise<void> {
  await moveCase(tx, of.id, { from: ['in_review'], to: 'checking', event });
}

async function dismiss(tx: Tx, of: KycCase, task: Task): Promise<void> {
  const by = task.decidedBy ?? tx.scope.actor;
  await dismissCandidates(tx, of, {
    screening: await readScreening(tx, String(task.content['screening'])),
    by,
  });
  if (task.restricted) {
    // Lifted by the people who decided so, not by the process that set it.
    const person: Tx = { ...tx, scope: systemScope(`user:${by}`) };
    for (const restriction of await restrictionsOf(tx, of.clientId)) {
      if (restriction.kind !== 'restricted_hold' || restriction.liftedAt !== null) continue;
      await liftRestriction(person, of.clientId, restriction.id, `task ${task.id}`);
    }
  }
  await checkAgain(tx, of, 'kyc.checked_again');
}

/** What the officer named, else why documents were rejected, else what the task was about. */
async function codesToAsk(tx: Tx, of: KycCase, task: Task): Promise<string[]> {
  const rejected = (await currentDocuments(tx, of.id)).flatMap((document) =>
    document.state === 'rejected' ? document.reasons : [],
  );
  const named = [...new Set([...reasonCodesIn(task.reason ?? ''), ...rejected])];
  const issues = task.issue.map((issue) => String(issue['code']));
  const askable = (codes: readonly string[]) =>
    clientReasons(codes).filter((reason) => reason.retryable).length > 0;
  return askable(named) ? named : [...named, ...issues];
}

export type KycActivities = ReturnType<typeof createKycActivities>;
