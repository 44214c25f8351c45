import type { BeforeAfter } from '../domain/audit/change';
import {
  defaultCalendar,
  isTimeZone,
  type BusinessCalendar,
} from '../domain/task/business-calendar';
import { conflict, malformed, notFound, refused } from '../domain/problem';
import { asSystem, rows, type Tx } from './connection';
import { appendEvents } from './events';
import { assertVisible } from './visible';

/** Days off that one entity may have written down: some decades of them. */
const holidaysMax = 600;

export interface Holiday {
  /** `2026-12-25`, in the calendar's own zone. */
  readonly day: string;
  readonly name: string;
}

/** An entity's calendar as people edit it. Version 0: nobody has set it, and the default holds. */
export interface EntityCalendar extends Omit<BusinessCalendar, 'holidays'> {
  readonly entityId: string;
  readonly version: number;
  readonly holidays: readonly Holiday[];
}

interface CalendarRow {
  readonly time_zone: string | null;
  readonly working_days: readonly number[] | null;
  readonly opens_minute: number | null;
  readonly closes_minute: number | null;
  readonly version: number | null;
}

function hoursOf(row: CalendarRow | undefined): Omit<BusinessCalendar, 'holidays'> {
  return {
    timeZone: row?.time_zone ?? defaultCalendar.timeZone,
    workingDays: row?.working_days ?? defaultCalendar.workingDays,
    opensMinute: row?.opens_minute ?? defaultCalendar.opensMinute,
    closesMinute: row?.closes_minute ?? defaultCalendar.closesMinute,
  };
}

/** The entity's calendar, to count with. */
export async function calendarOf(tx: Tx, entityId: string): Promise<BusinessCalendar> {
  const [row] = await rows<CalendarRow & { holidays: readonly string[] }>(
    tx,
    `select c.time_zone, c.working_days, c.opens_minute, c.closes_minute, c.version,
       array(select h.day::text from public_holiday h where h.entity_id = :entityId order by h.day desc limit :holidaysMax) as holidays
     from (select 1) one left join business_calendar c on c.entity_id = :entityId`,
    { entityId, holidaysMax },
  );
  return { ...hoursOf(row), holidays: new Set(row?.holidays ?? []) };
}

/** The calendar with its days off, the next ones first. Throws 404 for an entity out of scope. */
export async function readCalendar(tx: Tx, entityId: string): Promise<EntityCalendar> {
  await assertVisible(tx, 'entity', entityId);
  const [row] = await rows<CalendarRow>(
    tx,
    `select time_zone, working_days, opens_minute, closes_minute, version from business_calendar where entity_id = :entityId`,
    { entityId },
  );
  const holidays = await rows<Holiday>(
    tx,
    `select day::text as day, name from public_holiday where entity_id = :entityId
     order by day < current_date, case when day < current_date then current_date - day else day - current_date end limit :holidaysMax`,
    { entityId, holidaysMax },
  );
  return { entityId, ...hoursOf(row), version: row?.version ?? 0, holidays };
}

export type CalendarHours = Omit<BusinessCalendar, 'holidays'>;

/**
 * Sets when an entity's people work; tasks that open from now on count by it. Throws 400 for what is no calendar,
 * 404, and 409 `stale` when somebody else has changed it since.
 */
export async function saveCalendar(
  tx: Tx,
  entityId: string,
  { expectedVersion, ...hours }: CalendarHours & { readonly expectedVersion: number },
): Promise<EntityCalendar> {
  await assertVisible(tx, 'entity', entityId);
  assertCalendar(hours);
  const workingDays = [...new Set(hours.workingDays)].sort((a, b) => a - b);
  const before = await readCalendar(tx, entityId);
  const [saved] = await rows(
    tx,
    `insert into business_calendar (entity_id, time_zone, working_days, opens_minute, closes_minute, changed_by)
     select :entityId::text, :timeZone::text, :workingDays::int[], :opensMinute::int, :closesMinute::int, :actor::text where :expectedVersion = 0
       or exists (select 1 from business_calendar where entity_id = :entityId)
     on conflict (entity_id) do update set time_zone = excluded.time_zone, working_days = excluded.working_days,
       opens_minute = excluded.opens_minute, closes_minute = excluded.closes_minute, version = business_calendar.version + 1,
       changed_by = excluded.changed_by, changed_at = clock_timestamp()
     where business_calendar.version = :expectedVersion returning 1`,
    {
      entityId,
      timeZone: hours.timeZone,
      workingDays: workingDays.map(String),
      opensMinute: hours.opensMinute,
      closesMinute: hours.closesMinute,
      actor: tx.scope.actor,
      expectedVersion,
    },
  );
  if (!saved) {
    const { version } = await readCalendar(tx, entityId);
    throw conflict('stale', 'The calendar has changed since you opened it.', { version });
  }
  const after = {
    timeZone: hours.timeZone,
    workingDays,
    opensMinute: hours.opensMinute,
    closesMinute: hours.closesMinute,
  };
  await tell(tx, entityId, 'inbox.calendar_changed', after, {
    before: {
      timeZone: before.timeZone,
      workingDays: before.workingDays,
      opensMinute: before.opensMinute,
      closesMinute: before.closesMinute,
    },
    after,
  });
  return readCalendar(tx, entityId);
}

function assertCalendar(hours: CalendarHours): void {
  const errors = [
    ...(isTimeZone(hours.timeZone)
      ? []
      : [{ pointer: '/body/timeZone', detail: 'is not a zone such as Asia/Nicosia' }]),
    ...(hours.workingDays.length > 0
      ? []
      : [{ pointer: '/body/workingDays', detail: 'needs one day at least' }]),
    ...(hours.closesMinute > hours.opensMinute
      ? []
      : [{ pointer: '/body/closes', detail: 'is not later than the opening' }]),
  ];
  if (errors.length > 0) throw malformed('This is no calendar.', errors);
}

/** Writes a day off down, or names it anew. Throws 404, and 422 `too_many_holidays`. */
export async function addHoliday(tx: Tx, entityId: string, holiday: Holiday): Promise<void> {
  await assertVisible(tx, 'entity', entityId);
  const [counted] = await rows<{ n: number }>(
    tx,
    'select count(*)::int as n from public_holiday where entity_id = :entityId and day <> :day',
    { entityId, day: holiday.day },
  );
  if ((counted?.n ?? 0) >= holidaysMax) {
    throw refused('too_many_holidays', `An entity has at most ${holidaysMax} days off.`);
  }
  await rows(
    tx,
    `insert into public_holiday (entity_id, day, name) values (:entityId, :day, :name)
     on conflict (entity_id, day) do update set name = excluded.name`,
    { entityId, ...holiday },
  );
  await tell(tx, entityId, 'inbox.holiday_added', { day: holiday.day });
}

/** Takes a day off away. Throws 404 when it is none. */
export async function removeHoliday(tx: Tx, entityId: string, day: string): Promise<void> {
  await assertVisible(tx, 'entity', entityId);
  const gone = await rows(
    tx,
    'delete from public_holiday where entity_id = :entityId and day = :day returning 1',
    { entityId, day },
  );
  if (gone.length === 0) throw notFound('day off');
  await tell(tx, entityId, 'inbox.holiday_removed', { day });
}

async function tell(
  tx: Tx,
  entityId: string,
  type: `inbox.${string}`,
  payload: Readonly<Record<string, string | number | readonly number[]>>,
  change?: BeforeAfter,
): Promise<void> {
  await asSystem(tx, (system) =>
    appendEvents(system, [
      { subject: `inbox/${entityId}`, type, entityId, payload, ...(change ? { change } : {}) },
    ]),
  );
}
