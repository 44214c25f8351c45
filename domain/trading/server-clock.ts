/**
 * The clock of a trading server runs in its own time zone, and the zone changes twice a year.
 * A clock is the list of offsets we have seen, each from the moment it was first seen; a deal is
 * read with the offset of its own time, not with today's.
 */
export interface ServerClock {
  readonly periods: readonly ClockPeriod[];
}

export interface ClockPeriod {
  /** UTC milliseconds from which the offset holds; the first period holds backwards as well. */
  readonly fromUtcMs: number;
  /** Server time minus UTC. */
  readonly offsetSeconds: number;
}

/** Offsets of real zones are multiples of this. */
const zoneStepSeconds = 900;
/** A server kept by NTP is within this of its zone; further off, its clock is simply wrong. */
const zoneToleranceSeconds = 5;
/** Two measurements differ by this much through the network alone. */
const jitterSeconds = 2;

export function clockOf(offsetSeconds: number, atUtcMs = 0): ServerClock {
  return { periods: [{ fromUtcMs: atUtcMs, offsetSeconds }] };
}

/** The offset that holds now. */
export function currentOffsetSeconds(clock: ServerClock): number {
  return clock.periods.at(-1)?.offsetSeconds ?? 0;
}

/**
 * Takes in a measurement: server time against our own at the same moment, both in milliseconds.
 * Snaps to a whole zone, so that two readings of one deal give the same UTC time.
 */
export function measureClock(
  clock: ServerClock | null,
  serverMs: number,
  utcMs: number,
): ServerClock {
  const seen = (serverMs - utcMs) / 1000;
  const zone = Math.round(seen / zoneStepSeconds) * zoneStepSeconds;
  const known = clock === null ? null : currentOffsetSeconds(clock);
  let offsetSeconds = Math.round(seen);
  if (Math.abs(seen - zone) <= zoneToleranceSeconds) offsetSeconds = zone;
  else if (known !== null && Math.abs(seen - known) <= jitterSeconds) offsetSeconds = known;
  if (clock === null) return clockOf(offsetSeconds, utcMs);
  if (offsetSeconds === known) return clock;
  return { periods: [...clock.periods, { fromUtcMs: utcMs, offsetSeconds }].slice(-periodsMax) };
}

/** More changes than this in one session's life are no time zone. */
const periodsMax = 64;

/**
 * By how much a clock may be set back at once. What was made just before then bears a time that the
 * server has not reached again, so that readers of deals look so far ahead of its present.
 */
export const setBackSecondsMax = 6 * 3_600;

/**
 * UTC milliseconds of a moment in server time. In the hour that a clock going back shows twice,
 * the later reading is taken, unless it lies after `presentUtcMs`: what has been made was made before
 * now. `Deal.serverTimeMsc` keeps what the server said.
 */
export function toUtcMs(clock: ServerClock, serverMs: number, presentUtcMs = Infinity): number {
  for (const period of [...clock.periods].reverse()) {
    const utcMs = serverMs - period.offsetSeconds * 1000;
    if (period.fromUtcMs <= utcMs && utcMs <= presentUtcMs) return utcMs;
  }
  return serverMs - (clock.periods[0]?.offsetSeconds ?? 0) * 1000;
}

export function toUtcIso(clock: ServerClock, serverMs: number, presentUtcMs = Infinity): string {
  return new Date(toUtcMs(clock, serverMs, presentUtcMs)).toISOString();
}

/** Seconds of server time, both ends included. */
export interface ServerWindow {
  readonly from: number;
  readonly to: number;
}

/**
 * The seconds of server time in which something of the UTC window can stand: under any offset
 * this clock has had, and `skewSeconds` more on both sides.
 */
export function serverWindow(
  clock: ServerClock,
  window: { readonly fromUtcMs: number; readonly toUtcMs: number; readonly skewSeconds: number },
): ServerWindow {
  const offsets = clock.periods.map((period) => period.offsetSeconds);
  return {
    from: Math.max(
      0,
      Math.floor(window.fromUtcMs / 1000) + Math.min(...offsets) - window.skewSeconds,
    ),
    to: Math.ceil(window.toUtcMs / 1000) + Math.max(...offsets) + window.skewSeconds,
  };
}
