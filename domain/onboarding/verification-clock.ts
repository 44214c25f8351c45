/**
 * Clients who may deposit before they are verified have so many days for it (CySEC C721: 15 from the accepted terms or
 * the first deposit, whichever was first). Times are RFC 3339.
 */
export interface VerificationClock {
  readonly startedAt: string;
  readonly withinDays: number;
  readonly isWarned: boolean;
}

const dayMs = 86_400_000;
/** The client is written to so long before the end; in a short time, for its last third. */
const warnDays = 5;

export type ClockStep =
  | { readonly kind: 'wait'; readonly until: string }
  | { readonly kind: 'warn'; readonly due: string }
  | { readonly kind: 'over' };

/** What is to be done now for a client who is not verified yet. */
export function clockStep(clock: VerificationClock, now: string): ClockStep {
  const start = Date.parse(clock.startedAt);
  const due = start + clock.withinDays * dayMs;
  const warnAt = due - Math.min(warnDays, clock.withinDays / 3) * dayMs;
  const at = Date.parse(now);
  const text = (ms: number) => new Date(ms).toISOString();
  if (at >= due) return { kind: 'over' };
  if (at < warnAt) return { kind: 'wait', until: text(warnAt) };
  return clock.isWarned ? { kind: 'wait', until: text(due) } : { kind: 'warn', due: text(due) };
}
