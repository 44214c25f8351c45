/** A moment in UTC as `2026-11-23T20:15:00.000Z`: such texts sort by time. */
export type Instant = string;

const dayMs = 86_400_000;

/** Any readable time as an instant with milliseconds, so that two can be compared as texts. */
export function instant(at: string | number | Date): Instant {
  return new Date(at).toISOString();
}

export function addDays(at: Instant, days: number): Instant {
  return instant(Date.parse(at) + days * dayMs);
}

/** Whole days from one moment to a later one; zero when it is not later. */
export function daysBetween(from: Instant, to: Instant): number {
  return Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / dayMs));
}

/** Up to six hours later, by the account's own id: a million accounts do not wake in one minute. */
export function jittered(at: Instant, id: string): Instant {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 21_600;
  return instant(Date.parse(at) + sum * 1_000);
}
