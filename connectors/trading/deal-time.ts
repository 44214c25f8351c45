import { type ServerClock, toUtcIso } from '../../domain/trading/server-clock';

/** Two clocks that are kept differ by less. */
const toleranceMs = 60_000;

/** UTC of a deal that has just been read, which was therefore made before now. */
export function dealTime(clock: ServerClock, serverMs: number): string {
  return toUtcIso(clock, serverMs, Date.now() + toleranceMs);
}
