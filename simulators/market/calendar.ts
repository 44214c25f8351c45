import type { SymbolSpec } from './symbols';

/** Minutes of a trading day: from the first, up to and without the second. */
export type Session = readonly [from: number, to: number];
/** Sessions of seven days, from Sunday. */
export type Week = readonly (readonly Session[])[];

/**
 * `always`: trading never rests, and nothing is rolled over by the clock. `market`: the weekly hours of each symbol,
 * and swaps at each rollover.
 */
export const CALENDARS = ['always', 'market'] as const;
export type CalendarKind = (typeof CALENDARS)[number];

/** The end of a trading day, at which swaps are charged. */
export interface Rollover {
  /** Milliseconds of server time. */
  readonly msc: number;
  /** The day that ends, 0 is Sunday. */
  readonly day: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
const WEDNESDAY = 3;
/** Rollovers that are looked back on at most: a position is not held for longer than ten years. */
const ROLLOVERS_MAX = 3660;

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const ROUND_THE_CLOCK: Week = DAYS.map(() => [[0, DAY_MINUTES]]);

/** When a server trades. A trading day begins at its rollover: server midnight at MetaTrader, 21:00 UTC at cTrader. */
export class Calendar {
  readonly #toMidnightMs: number;

  constructor(
    readonly kind: CalendarKind,
    rolloverMinute: number,
  ) {
    this.#toMidnightMs = ((DAY_MINUTES - rolloverMinute) % DAY_MINUTES) * MINUTE_MS;
  }

  /** The sessions of a symbol in minutes of its trading days. */
  week(symbol: SymbolSpec): Week {
    return this.kind === 'always' ? ROUND_THE_CLOCK : symbol.hours;
  }

  /** Whether a symbol trades at an instant of server time. */
  isOpen(symbol: SymbolSpec, serverMsc: number): boolean {
    const tradingMs = serverMsc + this.#toMidnightMs;
    const minute = Math.floor((tradingMs % DAY_MS) / MINUTE_MS);
    const sessions = this.week(symbol)[weekday(Math.floor(tradingMs / DAY_MS))] ?? [];
    return sessions.some(([from, to]) => minute >= from && minute < to);
  }

  /** The rollovers after one instant of server time and up to another; none where nothing rolls over by the clock. */
  rollovers(afterMsc: number, untilMsc: number): Rollover[] {
    if (this.kind === 'always') return [];
    const first = Math.floor((afterMsc + this.#toMidnightMs) / DAY_MS) + 1;
    const last = Math.floor((untilMsc + this.#toMidnightMs) / DAY_MS);
    const count = Math.min(ROLLOVERS_MAX, Math.max(0, last - first + 1));
    return Array.from({ length: count }, (_, index) => ({
      msc: (first + index) * DAY_MS - this.#toMidnightMs,
      day: weekday(first + index - 1),
    }));
  }
}

/** How many nights a rollover charges: none at the weekend, three on the day that settles over it. */
export function nightsOf(symbol: SymbolSpec, day: number): number {
  if (day === 0 || day === 6) return 0;
  return day === symbol.swap.tripleDay ? 3 : 1;
}

/** `dayNumber('wednesday')` is 3; -1 for what is no day. */
export function dayNumber(name: string): number {
  return DAYS.indexOf(name.toLowerCase());
}

/** Days since 1970 to the day of the week: that year began on a Thursday. */
function weekday(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** The same sessions from Monday to Friday. */
export function weekdays(...sessions: readonly Session[]): Week {
  return DAYS.map((_, day) => (day === 0 || day === 6 ? [] : sessions));
}

/** Most symbols settle in two days, so that Wednesday's night reaches over the weekend. */
export const TRIPLE_DAY = WEDNESDAY;
