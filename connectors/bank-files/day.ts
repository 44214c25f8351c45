import type { Place } from './amount';
import { BankFileFault, quote } from './fault';

/** Two-digit years from here on are of the last century. */
const centuryTurn = 80;

/** `YYYY-MM-DD`, also with a time or zone behind it. The day is the one written, in the bank's own zone. */
export function readDay(text: string, place: Place): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ][\d:.]+)?(?:Z|[+-]\d{2}:?\d{2})?$/.exec(
    text.trim(),
  );
  const [, year = '', month = '', day = ''] = match ?? [];
  return checked(year, month, day, text, place);
}

/** `YYMMDD`, or `YYYYMMDD` as some banks write. */
export function readShortDay(text: string, place: Place): string {
  const match = /^(\d{2})?(\d{2})(\d{2})(\d{2})$/.exec(text.trim());
  const [, century, years = '', month = '', day = ''] = match ?? [];
  return checked(`${century ?? centuryOf(years)}${years}`, month, day, text, place);
}

/** `MMDD` in the year that brings it next to another day. */
export function readDayNear(text: string, near: string, place: Place): string {
  const year = Number(near.slice(0, 4));
  const month = Number(text.slice(0, 2));
  const months = month - Number(near.slice(5, 7));
  const shift = months > 6 ? -1 : months < -6 ? 1 : 0;
  return checked(String(year + shift), text.slice(0, 2), text.slice(2), text, place);
}

function centuryOf(years: string): string {
  return Number(years) >= centuryTurn ? '19' : '20';
}

function checked(year: string, month: string, day: string, text: string, place: Place): string {
  const last = daysOf(Number(year), Number(month));
  const written = Number(day);
  // Banks that count interest in months of thirty days value it on the thirtieth, in February too.
  const real =
    month === '02' && (written === 29 || written === 30) ? Math.min(written, last) : written;
  if (year === '' || real < 1 || real > last) {
    throw new BankFileFault(place.line, place.field, `${quote(text.trim())} is not a day`);
  }
  return `${year}-${month}-${String(real).padStart(2, '0')}`;
}

/** None in a month that there is not. */
function daysOf(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}
