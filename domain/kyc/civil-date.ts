/** A calendar date, `YYYY-MM-DD`; it has no zone, so ages and expiries do not depend on one. */
export type CivilDate = string;

const shape = /^(\d{4})-(\d{2})-(\d{2})$/;
const dayMs = 86_400_000;

/** The parts of a date that exists, or null ("2023-02-29"). */
export function civilParts(
  date: CivilDate,
): { readonly year: number; readonly month: number; readonly day: number } | null {
  const match = shape.exec(date);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const instant = new Date(Date.UTC(year, month - 1, day));
  const exists = instant.getUTCMonth() === month - 1 && instant.getUTCDate() === day;
  return exists ? { year, month, day } : null;
}

/** Whole days from one date to another; negative when `to` is earlier; null when either is not a date. */
export function daysBetween(from: CivilDate, to: CivilDate): number | null {
  if (civilParts(from) === null || civilParts(to) === null) return null;
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs);
}

/** Completed years of age; a birthday on 29 February is kept on 1 March in other years. */
export function ageInYears(dateOfBirth: CivilDate, today: CivilDate): number | null {
  const birth = civilParts(dateOfBirth);
  const now = civilParts(today);
  if (birth === null || now === null) return null;
  const hadBirthday =
    now.month > birth.month || (now.month === birth.month && now.day >= birth.day);
  return now.year - birth.year - (hadBirthday ? 0 : 1);
}

/** The date `months` earlier, at most the last day of that month. */
export function monthsBefore(date: CivilDate, months: number): CivilDate | null {
  const parts = civilParts(date);
  if (parts === null) return null;
  const index = parts.year * 12 + (parts.month - 1) - months;
  const year = Math.floor(index / 12);
  const month = index - year * 12;
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month, Math.min(parts.day, lastDay))).toISOString().slice(0, 10);
}
