import { exponentOf } from '../../../domain/money';
import { type Fields, MalformedAnswer, parseJson, record } from '../fields';

/**
 * The bridge's answers: `{"data":…,"error":…,"meta":…}`, in which MT4's floating-point numbers are JSON numbers.
 * Parsed here once; above this file a field is a bigint of minor units, an integer or a decimal string.
 */
export interface Envelope {
  readonly data: unknown;
  readonly error: BridgeError | null;
  /** Cursor of the next page; null on the last. */
  readonly nextCursor: string | null;
}

export interface BridgeError {
  readonly code: string;
  /** The trade server's own result: a name or a number. */
  readonly managerCode: string | number | null;
}

/** Reads an envelope. Throws MalformedAnswer when it is none. */
export function parseEnvelope(body: string): Envelope {
  const fields = record(parseJson(body), 'the answer');
  if (!('data' in fields) && !('error' in fields)) {
    throw new MalformedAnswer('the answer is no envelope');
  }
  return {
    data: fields['data'] ?? null,
    error: errorOf(fields['error']),
    nextCursor: cursorOf(fields['meta']),
  };
}

function errorOf(value: unknown): BridgeError | null {
  if (value === undefined || value === null) return null;
  const { code, managerCode } = record(value, 'the error');
  if (typeof code !== 'string') throw new MalformedAnswer('the error has no code');
  if (code === 'Ok') return null;
  const known = typeof managerCode === 'string' || typeof managerCode === 'number';
  return { code, managerCode: known ? managerCode : null };
}

function cursorOf(meta: unknown): string | null {
  if (meta === undefined || meta === null) return null;
  const { paging } = record(meta, 'the meta part');
  if (paging === undefined || paging === null) return null;
  const { nextCursor, hasMore } = record(paging, 'the paging part');
  if (hasMore !== true) return null;
  if (typeof nextCursor !== 'string' || nextCursor === '') {
    throw new MalformedAnswer('there is a next page, and no way to it');
  }
  return nextCursor;
}

/** Each record once by its number: a bridge may deliver one twice, and twice the money is another matter. */
export function onceEach(rows: readonly Fields[], name: string): Fields[] {
  return [...new Map(rows.map((row) => [requiredId(row, name), row])).values()];
}

/** A text field; absent and null are empty. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new MalformedAnswer(`field ${name} is no text`);
}

/** A whole number; absent is 0. */
export function whole(fields: Fields, name: string): number {
  const value = fields[name] ?? 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new MalformedAnswer(`field ${name} is no whole number`);
  }
  return value;
}

/** A log-in or order: a positive whole number, as text. */
export function requiredId(fields: Fields, name: string): string {
  const value = whole(fields, name);
  if (value <= 0) throw new MalformedAnswer(`field ${name} is missing`);
  return String(value);
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) >= 1e15) {
    throw new MalformedAnswer(`field ${name} is no number`);
  }
  return value;
}

/** A price or size as a plain decimal string; `digits` writes it as the symbol does. */
export function decimal(fields: Fields, name: string, digits?: number): string {
  const value = number(fields, name);
  if (digits !== undefined) return value.toFixed(digits);
  return value.toFixed(8).replace(/\.?0+$/, '');
}

/**
 * Money of a field in minor units. MT4 computes in floating point, so 0.1 + 0.2 is thirty cents; a value that is
 * truly finer than the currency is refused, not rounded. An absent field is nothing.
 */
export function minorOf(fields: Fields, name: string, currency: string): bigint {
  if (fields[name] === undefined || fields[name] === null) return 0n;
  const value = number(fields, name);
  const rounded = roundedMinor(value, currency);
  const exact = Number(rounded) / 10 ** exponentOf(currency);
  if (Math.abs(value - exact) > Math.max(1e-6, Math.abs(value) * 1e-14)) {
    throw new MalformedAnswer(`field ${name} is finer than ${currency}`);
  }
  return rounded;
}

/** Money of something still floating, rounded to the minor unit. */
export function floatingMinor(fields: Fields, name: string, currency: string): bigint {
  return fields[name] === undefined || fields[name] === null
    ? 0n
    : roundedMinor(number(fields, name), currency);
}

function roundedMinor(value: number, currency: string): bigint {
  return BigInt(value.toFixed(exponentOf(currency)).replace('.', ''));
}

/**
 * Milliseconds of *server* time; absent and the epoch are 0. The bridge may write a zone behind it: the trade
 * server knows none, so what counts are the digits on its clock.
 */
export function moment(fields: Fields, name: string): number {
  return momentOf(text(fields, name), name);
}

export function momentOf(written: string, what: string): number {
  if (written === '') return 0;
  const match =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?$/.exec(written) ?? [];
  const seconds = Date.parse(`${match[1] ?? ''}Z`);
  if (Number.isNaN(seconds)) throw new MalformedAnswer(`${what} is no moment`);
  const fraction = Math.floor(Number(`0${match[2] ?? ''}`) * 1000);
  return Math.max(0, seconds + fraction);
}

/** A moment of server time (seconds) as the bridge takes it in a query. */
export function writtenMoment(serverSeconds: number): string {
  const latest = 2 ** 31 - 1;
  const kept = Math.min(latest, Math.max(0, serverSeconds));
  return new Date(kept * 1000).toISOString().slice(0, 19);
}
