/** When an entity's people work. Hours that a task may take are hours of these. */
export interface BusinessCalendar {
  /** IANA name: `Asia/Nicosia`. */
  readonly timeZone: string;
  /** ISO weekdays: 1 is Monday, 7 is Sunday. At least one. */
  readonly workingDays: readonly number[];
  /** Minutes after the day's midnight; `closesMinute` is later and at most 1,440. */
  readonly opensMinute: number;
  readonly closesMinute: number;
  /** Days off, `2026-12-25` each, in the calendar's own zone. */
  readonly holidays: ReadonlySet<string>;
}

/** For an entity whose calendar nobody has set: round the clock from Monday to Friday, as the markets are open. */
export const defaultCalendar: BusinessCalendar = {
  timeZone: 'UTC',
  workingDays: [1, 2, 3, 4, 5],
  opensMinute: 0,
  closesMinute: 1_440,
  holidays: new Set(),
};

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Further than this nothing is due: a calendar that never opens would be searched for ever. */
const daysMax = 3_660;

/** The instant at which so many working minutes have passed. DST moves the clock on the wall, not what has passed. */
export function addWorkingMinutes(calendar: BusinessCalendar, from: Date, minutes: number): Date {
  let leftMs = minutes * minuteMs;
  if (leftMs <= 0) return from;
  for (const { opensMs, closesMs } of sessionsFrom(calendar, from)) {
    const beginsMs = Math.max(opensMs, from.getTime());
    const openMs = Math.max(0, closesMs - beginsMs);
    if (openMs >= leftMs) return new Date(beginsMs + leftMs);
    leftMs -= openMs;
  }
  throw new Error(`the calendar of ${calendar.timeZone} does not open for ${minutes} minutes`);
}

/** Working minutes from one instant to a later one, begun ones counted; 0 when it is not later. */
export function workingMinutesBetween(calendar: BusinessCalendar, from: Date, to: Date): number {
  let sumMs = 0;
  if (to <= from) return 0;
  for (const { opensMs, closesMs } of sessionsFrom(calendar, from)) {
    if (opensMs >= to.getTime()) break;
    sumMs += Math.max(0, Math.min(closesMs, to.getTime()) - Math.max(opensMs, from.getTime()));
  }
  return Math.ceil(sumMs / minuteMs);
}

/** The same time of day so many working days later. */
export function addWorkingDays(calendar: BusinessCalendar, from: Date, days: number): Date {
  const local = from.getTime() + offsetMs(calendar.timeZone, from.getTime());
  const minute = (((local % dayMs) + dayMs) % dayMs) / minuteMs;
  let day = dayOf(local);
  let left = days;
  for (let tried = 0; left > 0; tried += 1) {
    if (tried > daysMax) throw new Error(`the calendar of ${calendar.timeZone} does not open`);
    day = nextDay(day);
    if (isWorkingDay(calendar, day)) left -= 1;
  }
  return days <= 0 ? from : new Date(instantMs(calendar.timeZone, day, minute));
}

/** The beginning of the first working day that is not before the day (`2026-12-25`, in the calendar's own zone). */
export function startOfWorkingDay(calendar: BusinessCalendar, notBefore: string): Date {
  let day = notBefore;
  for (let tried = 0; !isWorkingDay(calendar, day); tried += 1) {
    if (tried > daysMax) throw new Error(`the calendar of ${calendar.timeZone} does not open`);
    day = nextDay(day);
  }
  return new Date(instantMs(calendar.timeZone, day, 0));
}

/** When half of the time a task may take is over, and when all of it is. */
export function dueTimes(
  calendar: BusinessCalendar,
  from: Date,
  minutes: number,
): { readonly noticeAt: Date; readonly dueAt: Date } {
  return {
    noticeAt: addWorkingMinutes(calendar, from, Math.ceil(minutes / 2)),
    dueAt: addWorkingMinutes(calendar, from, minutes),
  };
}

/** Whether the runtime knows the zone. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The opening hours of each working day, from the day of `from` on. */
function* sessionsFrom(
  calendar: BusinessCalendar,
  from: Date,
): Generator<{ readonly opensMs: number; readonly closesMs: number }> {
  const { timeZone, opensMinute, closesMinute } = calendar;
  let day = dayOf(from.getTime() + offsetMs(timeZone, from.getTime()));
  for (let count = 0; count < daysMax; count += 1, day = nextDay(day)) {
    if (!isWorkingDay(calendar, day)) continue;
    yield {
      opensMs: instantMs(timeZone, day, opensMinute),
      closesMs: instantMs(timeZone, day, closesMinute),
    };
  }
}

function isWorkingDay({ workingDays, holidays }: BusinessCalendar, day: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
  return workingDays.includes(weekday) && !holidays.has(day);
}

function dayOf(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 10);
}

function nextDay(day: string): string {
  return dayOf(Date.parse(`${day}T00:00:00Z`) + dayMs);
}

/**
 * The instant of a time on the wall. One that comes twice is the first of the two; one that the clocks jump over is as
 * long after midnight as if they had not.
 */
function instantMs(timeZone: string, day: string, minute: number): number {
  const wallMs = Date.parse(`${day}T00:00:00Z`) + minute * minuteMs;
  const before = offsetMs(timeZone, wallMs - dayMs);
  const after = offsetMs(timeZone, wallMs + dayMs);
  if (before === after || offsetMs(timeZone, wallMs - before) === before) return wallMs - before;
  const later = wallMs - after;
  return offsetMs(timeZone, later) === after ? later : wallMs - before;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  // Some hundred names exist; what nobody knows has thrown.
  formats.set(timeZone, made);
  return made;
}

/** How far the zone's clocks are ahead of UTC at the instant. */
function offsetMs(timeZone: string, atMs: number): number {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  return wallMs - Math.floor(atMs / 1_000) * 1_000;
}

/** `09:30` as minutes after midnight; `24:00` is the end of the day. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

export function timeOfMinute(minute: number): string {
  const text = (part: number) => String(part).padStart(2, '0');
  return `${text(Math.floor(minute / 60))}:${text(minute % 60)}`;
}

/** The day on the calendar's own wall, `2026-12-25`. */
export function civilDay({ timeZone }: BusinessCalendar, at: Date): string {
  return dayOf(at.getTime() + offsetMs(timeZone, at.getTime()));
}
