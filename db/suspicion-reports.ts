import { conflict, refused } from '../domain/problem';
import { consentAnswer, moratoriumEnd } from '../domain/suspicion/consent';
import { addWorkingDays, civilDay } from '../domain/task/business-calendar';
import { calendarOf } from './business-calendars';
import { liftRestriction } from './client-restrictions';
import { asSystem, type Tx } from './connection';
import { effectivePolicy } from './policies';
import {
  assertMayAct,
  changeSuspicion,
  lockSuspicion,
  readSuspicion,
  type Suspicion,
} from './suspicions';
import type { DecisionGuard } from './task-inbox';
import { cancelTask, latestTask, openTask, type Task } from './tasks';

/** Today where the entity is, as the authority's days are counted. */
export async function entityToday(tx: Tx, entityId: string): Promise<string> {
  return civilDay(await calendarOf(tx, entityId), new Date());
}

export interface Submission {
  readonly version: number;
  /** To whom, and the reference that they gave: `NCA`, `XCA-0001`. */
  readonly authority: string;
  readonly reference: string;
  /** Whether the authority was asked to consent to what the report is about (UK: DAML). */
  readonly asksConsent: boolean;
}

/**
 * The report was sent. Where consent is asked, the authority's time begins; a task asks the circle to lift or to keep the
 * hold when it is over. 409 `report_submitted`, `report_closed` or `stale`.
 */
export async function submitSuspicion(
  tx: Tx,
  id: string,
  { version, authority, reference, asksConsent }: Submission,
): Promise<Suspicion> {
  await assertMayAct(tx, id);
  return asSystem(tx, async (system) => {
    const present = await lockSuspicion(system, id, { version, states: ['draft'] });
    const noticeEndsOn = asksConsent ? await noticeEnd(system, present.entityId) : null;
    const sent = await changeSuspicion(system, present, {
      set: {
        ...{ state: 'submitted', authority, reference, notice_ends_on: noticeEndsOn },
        consent: asksConsent ? 'asked' : 'none',
      },
      event: 'suspicion.submitted',
      payload: { authority, reference, asksConsent, noticeEndsOn },
    });
    await askForDecision(system, sent);
    return sent;
  });
}

async function noticeEnd(tx: Tx, entityId: string): Promise<string> {
  const { consentWorkingDays } = (await effectivePolicy(tx, 'aml', { entityId })).compiled.effective
    .parameters;
  const calendar = await calendarOf(tx, entityId);
  return civilDay(calendar, addWorkingDays(calendar, new Date(), consentWorkingDays));
}

/** One task a report; its date follows the authority's days. */
async function askForDecision(tx: Tx, report: Suspicion): Promise<void> {
  const { id, entityId, clientId, noticeEndsOn, moratoriumEndsOn } = report;
  const until = moratoriumEndsOn ?? noticeEndsOn;
  await openTask(tx, {
    kind: 'suspicion_report',
    subject: id,
    workflowId: null,
    ...{ entityId, clientId, restricted: true },
    title: 'A report was sent: lift the hold, or keep it',
    issue: [
      {
        code: report.consent === 'refused' ? 'CONSENT_REFUSED' : 'REPORT_SUBMITTED',
        detail:
          until === null
            ? 'Nobody was asked for consent.'
            : `Nothing may be lifted before the end of ${until}, unless the authority consents.`,
      },
    ],
    content: {
      report: id,
      client: clientId,
      authority: report.authority,
      reference: report.reference,
      restriction: report.restrictionId,
      ...{ noticeEndsOn, moratoriumEndsOn },
    },
    ...(until === null ? {} : { dueAt: `${until}T23:59:59Z` }),
    key: `suspicion_report/${id}/${report.consent}`,
  });
}

export interface ConsentWord {
  readonly version: number;
  readonly answer: 'granted' | 'refused';
  /** When it came, in the entity's own zone; a civil date. */
  readonly on: string;
}

/**
 * What the authority has answered. 409 `report_draft`, `report_closed` or `stale`; 422 `not_asked`, `answered_already`,
 * `in_the_future`, `too_late` for a refusal after the notice has run out: silence was consent by then.
 */
export async function noteConsent(
  tx: Tx,
  id: string,
  { version, answer, on }: ConsentWord,
): Promise<Suspicion> {
  await assertMayAct(tx, id);
  return asSystem(tx, async (system) => {
    const present = await lockSuspicion(system, id, { version, states: ['submitted'] });
    if (present.consent === 'none' || present.noticeEndsOn === null)
      throw refused('not_asked', 'The authority was not asked for its consent.');
    if (present.consent !== 'asked')
      throw refused('answered_already', `The authority has answered: ${present.consent}.`);
    if (on > (await entityToday(system, present.entityId)))
      throw refused('in_the_future', 'That day has not come yet.');
    if (answer === 'refused' && on > present.noticeEndsOn)
      throw refused('too_late', 'The notice had run out by then, which counts as consent.');
    const { moratoriumDays } = (
      await effectivePolicy(system, 'aml', { entityId: present.entityId })
    ).compiled.effective.parameters;
    const moratorium = answer === 'refused' ? moratoriumEnd(on, moratoriumDays) : null;
    const changed = await changeSuspicion(system, present, {
      set: { consent: answer, moratorium_ends_on: moratorium },
      event: `suspicion.consent_${answer}`,
      payload: { on, moratoriumEndsOn: moratorium },
    });
    const standing = await latestTask(system, id, 'suspicion_report');
    if (standing?.state === 'open') await cancelTask(system, standing.id, 'CONSENT_ANSWERED');
    await askForDecision(system, changed);
    return changed;
  });
}

/**
 * Nobody lifts a hold in the authority's time (409 `consent_outstanding`). Who set it does not either: `four_eyes` of the
 * lifting takes the decision back with it.
 */
export const guardReport: DecisionGuard = async (tx, task, decision) => {
  if (decision !== 'lift') return;
  await asSystem(tx, async (system) => {
    const present = await readSuspicion(system, task.subject);
    const answer = consentAnswer(present, await entityToday(system, present.entityId));
    if (answer.kind === 'bound')
      throw conflict(
        'consent_outstanding',
        `Nothing may be lifted before the end of ${answer.until}: the ${answer.by} period runs.`,
        { until: answer.until, by: answer.by },
      );
  });
};

/** What follows on the decision, in its transaction: the report is closed, and its hold lifted or kept. */
export async function settleReport(tx: Tx, task: Task): Promise<void> {
  await asSystem(tx, async (system) => {
    const present = await lockSuspicion(system, task.subject, { states: ['submitted'] });
    const lifts = task.decision === 'lift' && present.restrictionId !== null;
    if (lifts)
      await liftRestriction(
        system,
        present.clientId,
        present.restrictionId ?? '',
        `task ${task.id}`,
      );
    await changeSuspicion(system, present, {
      set: {
        state: 'closed',
        outcome: present.restrictionId === null ? 'no_hold' : lifts ? 'lifted' : 'kept',
      },
      event: 'suspicion.closed',
      payload: { lifted: lifts },
    });
  });
}

/**
 * Closes a draft that is not sent: nothing is suspected after all. Its hold is lifted by another person than the one who
 * set it. 409 `report_submitted`, `report_closed`, `stale` or `four_eyes`.
 */
export async function withdrawSuspicion(
  tx: Tx,
  id: string,
  { version, reason }: { readonly version: number; readonly reason: string },
): Promise<Suspicion> {
  await assertMayAct(tx, id);
  return asSystem(tx, async (system) => {
    const present = await lockSuspicion(system, id, { version, states: ['draft'] });
    if (present.restrictionId !== null)
      await liftRestriction(system, present.clientId, present.restrictionId, reason);
    return changeSuspicion(system, present, {
      set: { state: 'closed', outcome: present.restrictionId === null ? 'no_hold' : 'lifted' },
      event: 'suspicion.withdrawn',
      payload: {},
    });
  });
}
