import { systemScope } from '../domain/access/scope';
import { addDays, instant, jittered, type Instant } from '../domain/account/instant';
import { dueSteps } from '../domain/compliance/calendar';
import { workflowIds } from '../temporal-config/workflow-ids';
import {
  endComplianceCalendar,
  lockComplianceCalendar,
  setComplianceDue,
  takenSteps,
  type ComplianceCalendarRow,
} from '../db/compliance-calendars';
import { readComplianceCalendar, type CalendarReading } from '../db/compliance-facts';
import { inScope, rows, type Database, type Tx } from '../db/connection';
import { isHeld, routineReview } from '../db/payout-gate';
import { finishProcess, setProcess } from '../db/processes';
import { followReviews, takeStep } from './compliance-steps';
import { followRenewals, settleRenewals } from './document-renewal';
import { barByExpiry } from './expired-documents';
import type { ScreeningList } from './screening-list';

export interface ComplianceDeps {
  readonly db: Database;
  readonly screeningList: () => Promise<ScreeningList>;
}

/** `until`: the process looks again then, or when something has changed. */
export type CalendarStanding =
  { readonly kind: 'sleep'; readonly until: Instant } | { readonly kind: 'ended' };

/** A policy that shortens the cycle reaches a client who sleeps within this time. */
const sleepDaysMax = 30;

/** What falls due on a client by the passing of time, or by a change of theirs. Every function may be called again. */
export function createComplianceActivities({ db, screeningList }: ComplianceDeps) {
  return {
    /** Does what is due at this moment of the process's time, and says when to look again. */
    async lookAtCalendar(clientId: string, now: Instant): Promise<CalendarStanding> {
      const list = await screeningList();
      const workflowId = workflowIds.compliance(clientId);
      return inScope(db, systemScope(`workflow:${workflowId}`), async (tx) => {
        // In the order of everybody else who holds both: the client first.
        await rows(tx, 'select 1 from client where id = :clientId for update', { clientId });
        const row = await lockComplianceCalendar(tx, clientId);
        const before = await readComplianceCalendar(tx, row, now.slice(0, 10));
        const { state } = before.client;
        if (row.endedAt !== null || state === 'closed' || state === 'terminated') {
          await endComplianceCalendar(tx, clientId);
          await finishProcess(tx, workflowId, { state: 'ended', outcome: 'ended' });
          return { kind: 'ended' };
        }
        // Whatever the MLRO's circle looks into stands still, in words that tell of nothing.
        if (await isHeld(tx, clientId)) {
          const until = addDays(now, 1);
          await setProcess(tx, workflowId, { state: 'waiting', waitsFor: routineReview });
          await setComplianceDue(tx, clientId, until);
          return { kind: 'sleep', until };
        }
        await followReviews(tx, row, { now, client: before.client });
        await followRenewals(tx, row, before.case);
        if (before.case?.state === 'approved') await settleRenewals(tx, row, before.case, now);
        // People's decisions and newer documents have moved the dates.
        const reading = await readComplianceCalendar(
          tx,
          await lockComplianceCalendar(tx, clientId),
          now.slice(0, 10),
        );
        for (const step of dueSteps(reading.calendar, now).steps)
          await takeStep(tx, { row, reading, step, list, now });
        await barByExpiry(tx, row, reading, now);
        return sleep(tx, row, reading, now);
      });
    },
  };
}

async function sleep(
  tx: Tx,
  { clientId }: ComplianceCalendarRow,
  { calendar }: CalendarReading,
  now: Instant,
): Promise<CalendarStanding> {
  const { next } = dueSteps(calendar, now);
  const latest = addDays(now, sleepDaysMax);
  const until = jittered(next !== null && next < latest ? next : latest, clientId);
  const open = (await takenSteps(tx, clientId)).find(({ closedAt }) => closedAt === null);
  await setComplianceDue(tx, clientId, until);
  await setProcess(tx, workflowIds.compliance(clientId), {
    state: open ? 'in_review' : 'waiting',
    waitsFor: open?.taskId
      ? `task ${open.taskId}`
      : next === null
        ? 'a change of the client'
        : 'the next date of the calendar',
    due: instant(next ?? until),
  });
  return { kind: 'sleep', until };
}

export type ComplianceActivities = ReturnType<typeof createComplianceActivities>;
