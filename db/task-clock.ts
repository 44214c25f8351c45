import {
  addWorkingMinutes,
  dueTimes,
  workingMinutesBetween,
} from '../domain/task/business-calendar';
import type { TaskKind } from '../domain/task/task';
import { calendarOf } from './business-calendars';
import { rows, utc, type Tx } from './connection';

/** What a task's clock begins with. */
export interface StartedClock {
  readonly dueAt: string;
  readonly dueMinutes: number;
  /** When half of it is over. */
  readonly noticeAt: string;
}

interface NewClock {
  readonly entityId: string;
  readonly subject: string;
  readonly kind: TaskKind;
  /** Business hours it may take. */
  readonly hours: number;
  /** RFC 3339, where somebody outside sets the date. */
  readonly dueAt: string | undefined;
}

/**
 * When a task that opens now is due, by the business calendar of its entity. One that asks again what stood still while
 * the client was waited for goes on with what was left.
 */
export async function startClock(tx: Tx, clock: NewClock): Promise<StartedClock> {
  const calendar = await calendarOf(tx, clock.entityId);
  const [standing] = await rows<{ now: string; minutes_left: number | null }>(
    tx,
    `select now() as now, (select case when t.waiting_since is not null then t.minutes_left end from task t
       where t.subject = :subject and t.kind = :kind order by t.opened_at desc, t.id desc limit 1) as minutes_left`,
    { subject: clock.subject, kind: clock.kind },
  );
  const now = new Date(utc(standing?.now ?? ''));
  const dueMinutes =
    clock.dueAt === undefined
      ? (standing?.minutes_left ?? clock.hours * 60)
      : workingMinutesBetween(calendar, now, new Date(clock.dueAt));
  const { noticeAt, dueAt } = dueTimes(calendar, now, dueMinutes);
  return {
    dueMinutes,
    dueAt: clock.dueAt ?? dueAt.toISOString(),
    noticeAt: noticeAt.toISOString(),
  };
}

/** Business minutes that are left of a task's time now; 0 when it is over, null when it has none. */
export async function minutesLeft(
  tx: Tx,
  task: { readonly entityId: string; readonly dueAt: string | null },
): Promise<number | null> {
  if (task.dueAt === null) return null;
  const calendar = await calendarOf(tx, task.entityId);
  return workingMinutesBetween(calendar, await nowOf(tx), new Date(task.dueAt));
}

/** When so many business minutes from now are over. */
export async function dueIn(tx: Tx, entityId: string, minutes: number): Promise<string> {
  const calendar = await calendarOf(tx, entityId);
  return addWorkingMinutes(calendar, await nowOf(tx), minutes).toISOString();
}

/** PostgreSQL's clock: the one that everything else in the transaction goes by. */
async function nowOf(tx: Tx): Promise<Date> {
  const [row] = await rows<{ now: string }>(tx, 'select now() as now');
  return new Date(utc(row?.now ?? ''));
}
