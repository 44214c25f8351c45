import { malformed } from '../problem';

/** A business month in UTC: `from` is in it, `to` is the first moment after it. */
export interface Period {
  /** `2026-10`. */
  readonly name: string;
  /** RFC 3339 UTC. */
  readonly from: string;
  readonly to: string;
}

/** The month by its name, `2026-10`. Throws 400 `malformed`. */
export function parsePeriod(name: string): Period {
  const match = /^(2\d{3})-(0[1-9]|1[0-2])$/.exec(name);
  if (!match) {
    throw malformed('A period is a month, such as 2026-10.', [
      { pointer: '/body/period', detail: 'is a month, such as 2026-10' },
    ]);
  }
  const year = Number(match[1]);
  const month = Number(match[2]);
  return { name, from: firstOf(year, month), to: firstOf(year, month + 1) };
}

/** The last whole month before the moment (RFC 3339). */
export function monthBefore(at: string): Period {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) throw new RangeError(`not a moment: ${at}`);
  const name = firstOf(moment.getUTCFullYear(), moment.getUTCMonth()).slice(0, 7);
  return parsePeriod(name);
}

/** Month 0 is December of the year before, month 13 January of the next. */
function firstOf(year: number, month: number): string {
  return new Date(Date.UTC(year, month - 1, 1)).toISOString();
}
