import { type Instant } from '../account/instant';

/** Kinds of record, each of which the law wants kept for a time of its own. */
export const recordKinds = [
  'identity',
  'transactions',
  'orders',
  'correspondence',
  'accounts',
  'application',
] as const;
export type RecordKind = (typeof recordKinds)[number];

/** How long one kind of record is kept after the relationship has ended, and which rule says so. */
export interface Keep {
  readonly record: RecordKind;
  readonly years: number;
  readonly source: string;
}

/** The same with its last day, a civil date; null while the relationship lasts. */
export interface KeptRecord extends Keep {
  readonly until: string | null;
}

/**
 * The last day of so many years after an instant. From the 29th of February it is the 1st of March where there is no
 * 29th: never a day less than the years.
 */
export function lastDayAfter(endedAt: Instant, years: number): string {
  const end = new Date(`${endedAt.slice(0, 10)}T00:00:00Z`);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  return end.toISOString().slice(0, 10);
}

export function keptRecords(keeps: readonly Keep[], endedAt: Instant | null): KeptRecord[] {
  return keeps.map((keep) => ({
    ...keep,
    until: endedAt === null ? null : lastDayAfter(endedAt, keep.years),
  }));
}

/** The day on which the last of them may go; null while the relationship lasts. Without any the day it ended. */
export function keptUntil(keeps: readonly Keep[], endedAt: Instant | null): string | null {
  if (endedAt === null) return null;
  return lastDayAfter(endedAt, Math.max(0, ...keeps.map(({ years }) => years)));
}

/** Whether that day has passed. */
export function isOver(until: string | null, today: string): boolean {
  return until !== null && today > until;
}
