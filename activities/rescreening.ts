import { parseMrz } from '../domain/kyc/mrz';
import type { ScreeningSubject } from '../domain/screening/entry';
import { withOutside, type OutsideMatcher } from '../domain/screening/outside';
import {
  screenSubject,
  withoutDismissed,
  type ScreeningResult,
  type ScreeningThresholds,
} from '../domain/screening/screen';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import { wakeProcesses } from '../db/client-restrictions';
import { inScope, rows, type Database, type Tx } from '../db/connection';
import { enqueueStart } from '../db/dispatch';
import { latestCase, openCase, type KycCase } from '../db/kyc';
import { readApplication } from '../db/kyc-requirements';
import { isHeld, routineReview } from '../db/payout-gate';
import { effectivePolicy } from '../db/policies';
import { finishProcess, setProcess } from '../db/processes';
import {
  advanceRescreening,
  keepMatch,
  nextPeople,
  readRescreening,
  type MatchOutcome,
  type ScreenedPerson,
} from '../db/rescreenings';
import { dismissalsOf, readScreening, screeningDataHash, type Screening } from '../db/screening';
import { latestTaskOfProcess, openTask } from '../db/tasks';
import { taskQueues } from '../temporal-config/task-queues';
import { screenParties, subjectFrom } from './kyc-screening';
import { beating } from './outside';
import { zoneOf } from './payout-screening';
import {
  dismissMatch,
  editorsOf,
  holdClient,
  isBeingJudged,
  screeningQuestion,
} from './screening-decisions';
import type { ScreeningList } from './screening-list';

export interface RescreeningDeps {
  readonly db: Database;
  readonly screeningList: () => Promise<ScreeningList>;
}

/** People that are read at once. */
const pageSize = 500;
/** Of them, where each is asked about outside. */
const askedPageSize = 50;

/** Screens everybody again after a list has changed, and follows what people decide of whom it found. */
export function createRescreeningActivities({ db, screeningList }: RescreeningDeps) {
  const system = (workflowId: string) => systemScope(`workflow:${workflowId}`);

  return {
    /**
     * The next people against the lists in force now. Whoever comes near is looked at in a transaction of their own, so
     * that a page which is repeated finds what it has done.
     */
    async rescreenPage(id: string): Promise<'more' | 'done'> {
      return beating(async () => {
        const workflowId = workflowIds.rescreening(id);
        const list = await screeningList();
        const { page, screened, outside } = await inScope(db, system(workflowId), async (tx) => {
          const { matcher } = await readRescreening(tx, id);
          const read = await nextPeople(tx, id, matcher === null ? pageSize : askedPageSize);
          return {
            page: read,
            screened: await screenEach(tx, read.people, list),
            outside: matcher === null ? undefined : matcherOf(list, matcher),
          };
        });
        // No transaction waits for somebody outside.
        const asked = outside ? await askOutside(outside, screened) : screened;
        const near = await inScope(db, system(workflowId), (tx) => notDismissed(tx, asked));
        for (const person of near)
          await inScope(db, system(workflowId), (tx) => lookAgain(tx, id, { person, list }));
        return inScope(db, system(workflowId), async (tx) => {
          const { state, parties, looked } = await advanceRescreening(tx, id, page);
          if (state === 'done') {
            await finishProcess(tx, workflowId, { state, outcome: state });
            return 'done';
          }
          const waitsFor = `${Math.max(0, parties - looked)} people to be looked at`;
          await setProcess(tx, workflowId, { state: 'screening', waitsFor });
          return 'more';
        });
      });
    },

    /** Acts once on what people have decided about somebody who was found; answers whether that is all. */
    async followMatch(screeningId: string): Promise<'waiting' | 'done'> {
      const list = await screeningList();
      const workflowId = workflowIds.match(screeningId);
      return inScope(db, system(workflowId), async (tx) => {
        const { clientId } = await readScreening(tx, screeningId);
        const of = await lockClient(tx, clientId);
        const task = await latestTaskOfProcess(tx, workflowId, 'screening_match');
        if (!of || !task) throw new Error(`nobody was asked about ${screeningId}`);
        if (task.state === 'decided' && task.decision === 'confirm')
          await holdClient(tx, of, { task, workflowId, subject: screeningId });
        if (task.state === 'decided' && task.decision === 'dismiss') {
          await dismissMatch(tx, of, task);
          const open = await screenAnew(tx, of, list);
          if (!open) {
            await finishProcess(tx, workflowId, { state: 'dismissed', outcome: 'dismissed' });
            await wakeProcesses(tx, clientId);
            return 'done';
          }
          await ask(tx, of, open, workflowId);
        }
        if (task.state === 'cancelled') {
          await finishProcess(tx, workflowId, { state: 'cancelled', outcome: 'cancelled' });
          return 'done';
        }
        await setProcess(tx, workflowId, { state: 'in_review', waitsFor: routineReview });
        return 'waiting';
      });
    },
  };
}

/** Throws when this worker was started without it: another one, which has it, goes on. */
function matcherOf(list: ScreeningList, name: string): OutsideMatcher {
  const found = list.outside?.find((matcher) => matcher.name === name);
  if (!found) throw new Error(`the outside matcher ${name} is not configured here`);
  return found;
}

/** Somebody, as the lists are asked about them, and what they say. */
interface Screened {
  readonly person: ScreenedPerson;
  readonly subject: ScreeningSubject;
  readonly result: ScreeningResult;
}

const todayOf = () => new Date().toISOString().slice(0, 10);

/** What our own lists say of each. */
async function screenEach(
  tx: Tx,
  people: readonly ScreenedPerson[],
  list: ScreeningList,
): Promise<Screened[]> {
  const today = todayOf();
  const thresholds = new Map<string, ScreeningThresholds>();
  const screened: Screened[] = [];
  for (const person of people) {
    const { entityId, mrz } = person;
    let own = thresholds.get(entityId);
    if (own === undefined) {
      own = (await effectivePolicy(tx, 'screening', { entityId })).compiled.effective.parameters;
      thresholds.set(entityId, own);
    }
    const zone = mrz === undefined ? undefined : parseMrz(mrz, today);
    const subject = subjectFrom(person.personal, zone?.ok ? zone.mrz : undefined, person.kind);
    screened.push({ person, subject, result: screenSubject(list, subject, own) });
  }
  return screened;
}

/** With what the one matcher says besides. Throws while it does not answer: to take everybody for a match would be no answer. */
async function askOutside(
  matcher: OutsideMatcher,
  screened: readonly Screened[],
): Promise<Screened[]> {
  const asked: Screened[] = [];
  for (const each of screened) {
    const answer = await matcher.ask(each.subject);
    if (answer.kind === 'unknown') throw new Error(`the outside matcher ${matcher.name} is silent`);
    const of = { matcher: matcher.name, subjectName: each.subject.name, today: todayOf() };
    asked.push({ ...each, result: withOutside(each.result, answer, of) });
  }
  return asked;
}

/** Those who come near somebody listed whom nobody has dismissed for these very data. */
async function notDismissed(tx: Tx, screened: readonly Screened[]): Promise<ScreenedPerson[]> {
  const near: ScreenedPerson[] = [];
  for (const { person, subject, result } of screened) {
    if (result.candidates.length === 0) continue;
    const data = screeningDataHash(tx.keys, subject);
    const dismissed = await dismissalsOf(tx, person.partyId, data);
    if (withoutDismissed(result, dismissed).candidates.length > 0) near.push(person);
  }
  return near;
}

/** What onboarding would do of somebody who comes near, once: two people are asked unless they are already. */
async function lookAgain(
  tx: Tx,
  rescreeningId: string,
  { person, list }: { readonly person: ScreenedPerson; readonly list: ScreeningList },
): Promise<void> {
  const { partyId, clientId, entityId } = person;
  const known = await lockClient(tx, clientId);
  const of = known ?? (await openFirstCase(tx, person));
  const keep = (outcome: MatchOutcome, screeningId: string | null = null) =>
    keepMatch(tx, rescreeningId, { partyId, clientId, entityId, outcome, screeningId });
  if (await isHeld(tx, clientId)) return keep('held');
  if (await isBeingJudged(tx, clientId)) return keep('judged');
  // What is being checked or judged is held against the lists of then, before it is decided.
  if (known && (known.state === 'checking' || known.state === 'in_review')) return keep('in_case');
  const screeningId = await followNewMatch(tx, of, list);
  if (screeningId !== undefined) await keep('opened', screeningId);
}

/** Somebody who never applied comes near: what people decide needs a case, which onboarding carries from here on. */
async function openFirstCase(
  tx: Tx,
  { clientId, entityId }: Pick<ScreenedPerson, 'clientId' | 'entityId'>,
): Promise<KycCase> {
  await enqueueStart(tx, {
    workflow: 'onboarding',
    workflowId: workflowIds.onboarding(clientId),
    taskQueue: taskQueues.workflows,
    args: { id: clientId },
    subject: clientId,
    entityId,
    clientId,
  });
  return openCase(tx, clientId);
}

/**
 * Screens somebody who is a client already, and has two people judge what comes near; answers the screening that they
 * are asked about, if any.
 */
async function followNewMatch(
  tx: Tx,
  of: KycCase,
  list: ScreeningList,
): Promise<string | undefined> {
  const open = await screenAnew(tx, of, list, true);
  if (!open) return undefined;
  const workflowId = workflowIds.match(open.id);
  await ask(tx, of, open, workflowId);
  await enqueueStart(tx, {
    workflow: 'screeningMatch',
    workflowId,
    taskQueue: taskQueues.workflows,
    args: { id: open.id },
    // Not the client's, and for the MLRO's circle alone: that there is a match tells.
    subject: open.id,
    entityId: of.entityId,
    restricted: true,
  });
  return open.id;
}

/** A client who is approved has become another person to the lists: the same as when the lists change. */
export async function screenChangedClient(
  tx: Tx,
  clientId: string,
  list: ScreeningList,
): Promise<void> {
  const of = await lockClient(tx, clientId);
  if (of === undefined || (of.state !== 'approved' && of.state !== 'rejected')) return;
  if ((await isHeld(tx, clientId)) || (await isBeingJudged(tx, clientId))) return;
  await followNewMatch(tx, of, list);
}

async function ask(tx: Tx, of: KycCase, open: Screening, workflowId: string): Promise<void> {
  await openTask(tx, {
    ...(await screeningQuestion(tx, of, open)),
    excluded: await editorsOf(tx, of.clientId),
    workflowId,
    entityId: of.entityId,
    key: `screening_match/${open.id}`,
  });
}

/** Screens the client's parties as before a payment; answers what people have to judge. */
async function screenAnew(
  tx: Tx,
  of: KycCase,
  list: ScreeningList,
  isAnew = false,
): Promise<Screening | undefined> {
  const application = await readApplication(tx, of);
  const { parameters } = (await effectivePolicy(tx, 'kyc.approval', { entityId: of.entityId }))
    .compiled.effective;
  const now = new Date();
  const mrz = await zoneOf(tx, application, now);
  // One that was made under other settings of a matcher says nothing of these.
  const ageHoursMax = isAnew ? 0 : parameters.screeningAgeHoursMax;
  return (await screenParties(tx, application, { list, mrz, now, ageHoursMax })).open;
}

/** Payments and other lists' re-screenings of the client wait; two of them ask once. */
async function lockClient(tx: Tx, clientId: string): Promise<KycCase | undefined> {
  await rows(tx, 'select 1 from client where id = :clientId for update', { clientId });
  return latestCase(tx, clientId);
}

export type RescreeningActivities = ReturnType<typeof createRescreeningActivities>;
