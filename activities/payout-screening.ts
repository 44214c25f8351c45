import type { Mrz } from '../domain/kyc/mrz';
import { parseMrz } from '../domain/kyc/mrz';
import { rows, type Tx } from '../db/connection';
import { readDetails } from '../db/documents';
import { latestCase, type KycCase } from '../db/kyc';
import { readApplication, type Application } from '../db/kyc-requirements';
import { effectivePolicy } from '../db/policies';
import { latestScreening, listVersionOf } from '../db/screening';
import { latestTaskOfProcess, openTask, type Task } from '../db/tasks';
import { screenParties } from './kyc-screening';
import { dismissMatch, holdClient, isBeingJudged, screeningQuestion } from './screening-decisions';
import type { ScreeningList } from './screening-list';

/** Whose money is about to leave, and the process that waits for it. */
export interface Payee {
  readonly workflowId: string;
  readonly subject: string;
  readonly entityId: string;
  readonly clientId: string;
}

/** The list in force, as a screening names it. */
export const versionOf = (list: ScreeningList): string => listVersionOf(list).version;

/**
 * Screens the client's parties with the list of now before money leaves: what is clear and young enough
 * holds, a match is judged by two people. A client without a KYC case was never screened, and stays so. Runs as the
 * system; the client's row stays locked until the transaction ends.
 */
export async function screenPayee(tx: Tx, payee: Payee, list: ScreeningList): Promise<void> {
  // Two withdrawals of one client ask once.
  await rows(tx, 'select 1 from client where id = :clientId for update', {
    clientId: payee.clientId,
  });
  const of = await latestCase(tx, payee.clientId);
  if (!of) return;
  await follow(tx, of, payee);
  if (await isBeingJudged(tx, payee.clientId)) return;
  const application = await readApplication(tx, of);
  const { parameters } = (await effectivePolicy(tx, 'kyc.approval', { entityId: of.entityId }))
    .compiled.effective;
  const now = new Date();
  const screened = await screenParties(tx, application, {
    list,
    mrz: await zoneOf(tx, application, now),
    now,
    ageHoursMax: parameters.screeningAgeHoursMax,
  });
  if (!screened.open) return;
  await openTask(tx, {
    ...(await screeningQuestion(tx, of, screened.open)),
    workflowId: payee.workflowId,
    entityId: of.entityId,
    key: `screening_match/${screened.open.id}`,
  });
}

/** Acts once on what people decided about a match that this payment found. */
async function follow(tx: Tx, of: KycCase, payee: Payee): Promise<void> {
  const task = await latestTaskOfProcess(tx, payee.workflowId, 'screening_match');
  if (task?.state !== 'decided' || (await isFollowed(tx, task))) return;
  if (task.decision === 'dismiss') {
    await dismissMatch(tx, of, task);
    return;
  }
  await holdClient(tx, of, { task, workflowId: payee.workflowId, subject: payee.subject });
}

/** A party that was screened after the decision has been dealt with. */
async function isFollowed(tx: Tx, task: Task): Promise<boolean> {
  const latest = await latestScreening(tx, String(task.content['party']));
  return latest !== undefined && latest.id !== task.content['screening'];
}

/** What the identity document says of its holder, as the onboarding screened it. */
export async function zoneOf(
  tx: Tx,
  application: Application,
  now: Date,
): Promise<Mrz | undefined> {
  const document = application.documents.find(
    (each) => each.slot === 'identity' && each.state !== 'archived',
  );
  if (!document) return undefined;
  const { mrz } = await readDetails(tx, document);
  const zone = mrz === undefined ? undefined : parseMrz(mrz, now.toISOString().slice(0, 10));
  return zone?.ok ? zone.mrz : undefined;
}
