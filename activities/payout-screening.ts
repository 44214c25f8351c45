import type { Mrz } from '../domain/kyc/mrz';
import { parseMrz } from '../domain/kyc/mrz';
import { atOnce } from '../db/at-once';
import { sendAhead, type Tx } from '../db/connection';
import { readDetails } from '../db/documents';
import { latestCase, type KycCase } from '../db/kyc';
import { readApplication, type Application } from '../db/kyc-requirements';
import { effectivePolicy } from '../db/policies';
import { holds, latestScreening, listVersionOf } from '../db/screening';
import { isKnownOf, partyStandings, type PartyStanding } from '../db/screening-standing';
import { latestTaskOfProcess, openTask, type Task } from '../db/tasks';
import { screenParties } from './kyc-screening';
import { screeningAlgorithm } from '../domain/screening/screen';
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
export async function screenPayee(
  tx: Tx,
  payee: Payee,
  list: ScreeningList,
  now: Date = new Date(),
): Promise<void> {
  // Two withdrawals of one client ask once.
  await sendAhead(tx, 'select 1 from client where id = :clientId for update', {
    clientId: payee.clientId,
  });
  const day = now.toISOString().slice(0, 10);
  const standings = await partyStandings(tx, { ...payee, day });
  if (await areStillClear(tx, payee, { standings, list, now })) return;
  const of = await latestCase(tx, payee.clientId);
  if (!of) return;
  await follow(tx, of, payee);
  if (await isBeingJudged(tx, payee.clientId)) return;
  const application = await readApplication(tx, of);
  const { parameters } = (await effectivePolicy(tx, 'kyc.approval', { entityId: of.entityId }))
    .compiled.effective;
  const screened = await screenParties(tx, application, {
    list,
    mrz: await zoneOf(tx, application, now),
    now,
    ageHoursMax: parameters.screeningAgeHoursMax,
    restsOn: new Map(standings.map(({ partyId, restsOn }) => [partyId, restsOn])),
  });
  if (!screened.open) return;
  await openTask(tx, {
    ...(await screeningQuestion(tx, of, screened.open)),
    workflowId: payee.workflowId,
    entityId: of.entityId,
    key: `screening_match/${screened.open.id}`,
  });
}

/**
 * Whether there is nothing to do: nobody is asked about a match, and each party's latest screening is clear, holds for
 * the list, algorithm, thresholds and age of now, and is known to be of what lies here now.
 */
async function areStillClear(
  tx: Tx,
  { entityId }: Payee,
  {
    standings,
    list,
    now,
  }: {
    readonly standings: readonly PartyStanding[];
    readonly list: ScreeningList;
    readonly now: Date;
  },
): Promise<boolean> {
  const [first] = standings;
  if (first?.entityId !== entityId || standings.some(({ isAsked }) => isAsked)) return false;
  if (!standings.every((standing) => isKnownOf(tx, standing))) return false;
  const [screening, approval] = await atOnce(
    tx,
    () => effectivePolicy(tx, 'screening', { entityId }),
    () => effectivePolicy(tx, 'kyc.approval', { entityId }),
  );
  const ofNow = {
    listVersion: versionOf(list),
    algorithm: screeningAlgorithm,
    thresholds: screening.compiled.effective.parameters,
    at: now,
    ageHoursMax: approval.compiled.effective.parameters.screeningAgeHoursMax,
  };
  return standings.every(
    ({ latest }) =>
      latest?.verdict === 'clear' && holds(latest, { ...ofNow, dataHash: latest.dataHash }),
  );
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
