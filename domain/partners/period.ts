import { malformed } from '../problem';

/** How often a plan set is settled. */
export const scheduleKinds = ['daily', 'weekly', 'monthly'] as const;
export type ScheduleKind = (typeof scheduleKinds)[number];

/** A business day, week or month in UTC: `from` is in it, `to` is the first moment after it. */
export interface Period {
  readonly kind: ScheduleKind;
  /** `2026-10-05`, `2026-W41` (ISO 8601: from Monday, the first week has the year's first Thursday), `2026-10`. */
  readonly name: string;
  /** RFC 3339 UTC. */
  readonly from: string;
  readonly to: string;
}

const dayMs = 86_400_000;

/** What `parsePeriod` reads, for schemas that refuse the rest. */
export const periodPattern =
  /^2\d{3}-(0[1-9]|1[0-2]|W(0[1-9]|[1-4]\d|5[0-3])|(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))$/;

/** A whole day, week or month by its name. Throws 400 `malformed`. */
export function parsePeriod(name: string): Period {
  const read = periodPattern.test(name) ? readPeriod(name) : undefined;
  if (read?.name === name) return read;
  const detail = 'is a month, a week or a day, such as 2026-10, 2026-W41 or 2026-10-05';
  throw malformed(`A period ${detail}.`, [{ pointer: '/body/period', detail }]);
}

/** A day that no month has and a week that no year has are read as others. */
function readPeriod(name: string): Period {
  const week = /^(\d{4})-W(\d\d)$/.exec(name);
  if (week) {
    const fourth = Date.UTC(Number(week[1]), 0, 4);
    return periodAt('weekly', fourth + (Number(week[2]) - 1) * 7 * dayMs);
  }
  return name.length === 7
    ? periodAt('monthly', Date.parse(`${name}-01T00:00:00Z`))
    : periodAt('daily', Date.parse(`${name}T00:00:00Z`));
}

/** The whole day, week or month that the moment (milliseconds) is in. */
function periodAt(kind: ScheduleKind, atMs: number): Period {
  const at = new Date(atMs);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  const between = (name: string, fromMs: number, toMs: number): Period => {
    return { kind, name, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  };
  switch (kind) {
    case 'daily': {
      const fromMs = Date.UTC(year, month, day);
      return between(dayName(fromMs), fromMs, fromMs + dayMs);
    }
    case 'weekly': {
      const fromMs = Date.UTC(year, month, day - ((at.getUTCDay() + 6) % 7));
      return between(weekName(fromMs), fromMs, fromMs + 7 * dayMs);
    }
    case 'monthly': {
      const fromMs = Date.UTC(year, month, 1);
      return between(dayName(fromMs).slice(0, 7), fromMs, Date.UTC(year, month + 1, 1));
    }
  }
}

function dayName(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** A week is of the year that its Thursday is in. */
function weekName(mondayMs: number): string {
  const year = new Date(mondayMs + 3 * dayMs).getUTCFullYear();
  const number = Math.floor((mondayMs + 3 * dayMs - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

/** The last whole month before the moment (RFC 3339). */
export function monthBefore(at: string): Period {
  const { from } = periodAt('monthly', momentMs(at));
  return periodAt('monthly', Date.parse(from) - 1);
}

/** How often a plan set is settled from a moment on: the end of a period of what was before. */
export interface ScheduleChange {
  readonly kind: ScheduleKind;
  /** RFC 3339. */
  readonly from: string;
}

/** A plan set's schedule: what it began with, and its changes in order of time. */
export interface PlanSchedule {
  readonly first: ScheduleKind;
  readonly changes: readonly ScheduleChange[];
}

/**
 * The plan set's period that the moment (RFC 3339) is in. The first one after a change is what is left of its day, week or
 * month from there: nothing is settled twice, and nothing is left out.
 */
export function scheduledPeriod(schedule: PlanSchedule, at: string): Period {
  const atMs = momentMs(at);
  const change = schedule.changes.findLast(({ from }) => momentMs(from) <= atMs);
  const whole = periodAt(change?.kind ?? schedule.first, atMs);
  return change && momentMs(change.from) > Date.parse(whole.from)
    ? { ...whole, from: new Date(momentMs(change.from)).toISOString() }
    : whole;
}

/** The plan set's last period that was over at the moment. */
export function periodBefore(schedule: PlanSchedule, at: string): Period {
  const { from } = scheduledPeriod(schedule, at);
  return scheduledPeriod(schedule, new Date(Date.parse(from) - 1).toISOString());
}

/** The plan set's period of this name. Throws 400 `malformed` for one that its schedule does not have. */
export function periodNamed(schedule: PlanSchedule, name: string): Period {
  const whole = parsePeriod(name);
  const period = scheduledPeriod(schedule, new Date(Date.parse(whole.to) - 1).toISOString());
  if (period.name === name) return period;
  const detail = `is settled in ${period.name}: the plan set is settled ${period.kind} then`;
  throw malformed(`${name} ${detail}.`, [{ pointer: '/body/period', detail }]);
}

/** The plan set's periods that ended after one moment and not after another, the first `limit` of them, in order. */
export function periodsEnded(
  schedule: PlanSchedule,
  of: { readonly after: string; readonly until: string; readonly limit: number },
): Period[] {
  const found: Period[] = [];
  let period = scheduledPeriod(schedule, of.after);
  while (found.length < of.limit && Date.parse(period.to) <= momentMs(of.until)) {
    found.push(period);
    period = scheduledPeriod(schedule, period.to);
  }
  return found;
}

function momentMs(at: string): number {
  const moment = Date.parse(at);
  if (Number.isNaN(moment)) throw new RangeError(`not a moment: ${at}`);
  return moment;
}
