import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readBars, Replay } from './bars';
import { CALENDARS, type CalendarKind } from './calendar';

/** Options of the command line that every trading server has for its market. */
export const MARKET_OPTIONS = {
  calendar: { type: 'string' },
  bars: { type: 'string' },
  'bars-speed': { type: 'string' },
  'bars-from': { type: 'string' },
} as const;

/** What a data folder remembers of its market. */
export interface MarketSettings {
  calendar: CalendarKind;
  /** A file of bars; null is the seeded walk. */
  bars: string | null;
  barsSpeed: number;
  /** UTC ms at which the first bar begins: the start that named the file unless said, so that a restart goes on. */
  barsFromMs: number;
}

export type MarketValues = { [name in keyof typeof MARKET_OPTIONS]?: string };

export function walkingMarket(now: number): MarketSettings {
  return { calendar: 'always', bars: null, barsSpeed: 1, barsFromMs: now };
}

/** What the options change; throws when one cannot be. */
export function marketSettings(values: MarketValues, now: number): Partial<MarketSettings> {
  const { calendar, bars, 'bars-speed': speed, 'bars-from': from } = values;
  return {
    ...(calendar === undefined ? {} : { calendar: calendarOf(calendar) }),
    ...(bars === undefined ? {} : { bars: resolve(bars), barsFromMs: now }),
    ...(speed === undefined ? {} : { barsSpeed: speedOf(speed) }),
    ...(from === undefined ? {} : { barsFromMs: instantOf(from) }),
  };
}

/** The bars that the settings name, if they do. */
export function openReplay(settings: MarketSettings): { replay?: Replay } {
  const { bars, barsFromMs: fromMs, barsSpeed: speed } = settings;
  if (bars === null) return {};
  return { replay: new Replay(readBars(readFileSync(bars, 'utf8')), { fromMs, speed }) };
}

function calendarOf(text: string): CalendarKind {
  const known = CALENDARS.find((kind) => kind === text);
  if (!known) throw new Error(`--calendar wants ${CALENDARS.join(' or ')}, not ${text}`);
  return known;
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (!(speed > 0 && speed <= 100_000)) throw new Error(`--bars-speed wants a number, not ${text}`);
  return speed;
}

function instantOf(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`--bars-from wants an instant, not ${text}`);
  return ms;
}
