import { addDays, type Instant } from './instant';

/**
 * When a closed account is archived: the policy's days after its end, at the next midnight (UTC), so that a day's
 * closings are one day's work. At once when the policy says no days.
 */
export function archiveAt(closedAt: Instant, archiveAfterDays: number): Instant {
  if (archiveAfterDays === 0) return closedAt;
  const due = addDays(closedAt, archiveAfterDays);
  const midnight = `${due.slice(0, 10)}T00:00:00.000Z`;
  return midnight === due ? due : addDays(midnight, 1);
}
