import type { Instant } from '../domain/account/instant';
import type { CalendarStep } from '../domain/compliance/calendar';
import { riskLevels } from '../domain/policy/kinds/kyc-approval';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { Client } from '../db/clients';
import { setRiskLevel } from '../db/client-risk';
import {
  closeStep,
  noteChangeAsked,
  noteReviewed,
  noteStep,
  takenSteps,
  type ComplianceCalendarRow,
} from '../db/compliance-calendars';
import { calendarFacts, type CalendarReading } from '../db/compliance-facts';
import type { Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { appendEvents, type Json } from '../db/events';
import { readApplication } from '../db/kyc-requirements';
import { holdsOn } from '../db/restrictions';
import { openTask, readTask, type Task } from '../db/tasks';
import { scoreRisk } from './kyc-assessment';
import { profileOf } from './kyc-documents';
import { noticeExpired, noticeExpiring } from './expired-documents';
import { zoneOf } from './payout-screening';
import { screenChangedClient } from './rescreening';
import { editorsOf } from './screening-decisions';
import type { ScreeningList } from './screening-list';

export interface StepToTake {
  readonly row: ComplianceCalendarRow;
  readonly reading: CalendarReading;
  readonly step: CalendarStep;
  readonly list: ScreeningList;
  readonly now: Instant;
}

/** Does one thing that is due, and notes it. */
export async function takeStep(tx: Tx, taken: StepToTake): Promise<void> {
  const { row, reading, step, list } = taken;
  switch (step.kind) {
    case 'review':
      return askForReview(tx, taken, {
        key: step.key,
        kind: 'review',
        dueAt: step.dueAt,
        issue: {
          code: 'REVIEW_DUE',
          detail: `Every ${reading.calendar.rules.reviewMonths} months (${reading.cycleReasons.join(', ')}); due on ${step.dueAt.slice(0, 10)}.`,
        },
        content: { dueOn: step.dueAt.slice(0, 10) },
      });
    case 'change':
      await screenChangedClient(tx, row.clientId, list);
      await askForReview(tx, taken, {
        key: step.key,
        kind: 'change',
        issue: { code: 'CLIENT_CHANGED', detail: `Changed: ${step.fields.join(', ')}.` },
        content: { changed: [...step.fields] },
      });
      return noteChangeAsked(tx, row.clientId);
    case 'restriction':
      return askForReview(tx, taken, {
        key: step.key,
        kind: 'restriction',
        subject: step.restriction.id,
        issue: {
          code: 'RESTRICTION_REVIEW',
          detail: `${step.restriction.kind.replaceAll('_', ' ')}: it is to be lifted or kept on, with a new date.`,
        },
        content: { restriction: step.restriction.id },
      });
    case 'notice':
      if ((await holdsOn(tx, row.clientId)).legalHold) return;
      await noticeExpiring(tx, reading, step);
      return noteStep(tx, row, { key: step.key, kind: 'notice', subject: step.document.id });
    case 'expired':
      // Nobody is written to by rule who has died or is under an order; it is done when that has ended.
      if ((await holdsOn(tx, row.clientId)).legalHold) return;
      await noticeExpired(tx, reading, step);
      return noteStep(tx, row, { key: step.key, kind: 'expired', subject: step.document.id });
  }
}

/** Has an officer look at the client, with what the rules say of the risk today. */
async function askForReview(
  tx: Tx,
  { row, reading, now }: Pick<StepToTake, 'row' | 'reading' | 'now'>,
  asked: {
    readonly key: string;
    readonly kind: 'review' | 'change' | 'restriction';
    readonly subject?: string;
    readonly dueAt?: Instant;
    readonly issue: { readonly code: string; readonly detail: string };
    readonly content: { readonly [key: string]: Json };
  },
): Promise<void> {
  const { client } = reading;
  const risk = await riskNow(tx, reading, now);
  const task = await openTask(tx, {
    kind: 'compliance_review',
    subject: row.clientId,
    workflowId: workflowIds.compliance(row.clientId),
    entityId: row.entityId,
    clientId: row.clientId,
    title: 'A client is to be looked at again',
    issue: [
      asked.issue,
      ...(risk.level !== null && risk.level !== client.riskLevel
        ? [
            {
              code: 'RISK_DIFFERS',
              detail: `By the rules of today the risk is ${risk.level}; it stands at ${client.riskLevel ?? 'nothing'}.`,
            },
          ]
        : []),
    ],
    content: {
      client: row.clientId,
      because: asked.kind,
      riskLevel: client.riskLevel,
      riskByRules: risk.level,
      evaluations: [...risk.evaluations],
      ...asked.content,
    },
    excluded: await editorsOf(tx, row.clientId),
    ...(asked.dueAt === undefined ? {} : { dueAt: asked.dueAt }),
    key: `compliance_review/${row.clientId}/${asked.key}`,
  });
  await noteStep(tx, row, {
    key: asked.key,
    kind: asked.kind,
    taskId: task.id,
    ...(asked.subject === undefined ? {} : { subject: asked.subject }),
  });
}

/** The risk that the rules of today give, and the cycle they want: both kept, so that they can be run again. */
async function riskNow(
  tx: Tx,
  { client, case: of }: CalendarReading,
  now: Instant,
): Promise<{ readonly level: string | null; readonly evaluations: readonly string[] }> {
  const cycle = await decideByPolicy(tx, {
    kind: 'compliance.calendar',
    subject: client.id,
    entityId: client.entityId,
    clientId: client.id,
    personId: client.id,
    facts: await calendarFacts(tx, client, of),
  });
  if (of === undefined) return { level: null, evaluations: [cycle.id] };
  const application = await readApplication(tx, of);
  const profile = await profileOf(tx, application, await zoneOf(tx, application, new Date(now)));
  const scored = await scoreRisk(tx, application, { profile });
  return { level: scored.evaluation.outcome.level, evaluations: [cycle.id, scored.id] };
}

/** Acts once on each review that people have decided. */
export async function followReviews(
  tx: Tx,
  row: ComplianceCalendarRow,
  { now, client }: { readonly now: Instant; readonly client: Client },
): Promise<void> {
  let { riskLevel } = client;
  // The oldest first: what was asked last is decided with the most known.
  for (const step of (await takenSteps(tx, row.clientId)).reverse()) {
    if (step.closedAt !== null || step.taskId === null || step.kind === 'renewal') continue;
    const task = await readTask(tx, step.taskId);
    if (task.state === 'open') continue;
    await closeStep(tx, row.clientId, step.key);
    if (task.state !== 'decided') continue;
    const riskBefore = riskLevel;
    const decided = riskOf(task);
    if (decided !== undefined) await setRiskLevel(tx, row.clientId, decided);
    riskLevel = decided ?? riskLevel;
    if (step.kind === 'review') await noteReviewed(tx, row.clientId, now);
    await appendEvents(tx, [
      {
        subject: row.clientId,
        type: 'client.reviewed',
        entityId: row.entityId,
        clientId: row.clientId,
        payload: {
          task: task.id,
          because: step.kind,
          decidedBy: task.decidedBy,
        },
        change: { before: { riskLevel: riskBefore }, after: { riskLevel } },
      },
    ]);
  }
}

function riskOf({ decision }: Task): (typeof riskLevels)[number] | undefined {
  return riskLevels.find((level) => decision === `risk_${level}`);
}
