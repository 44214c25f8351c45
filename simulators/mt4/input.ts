import { Invalid } from './envelope';

export type Fields = Readonly<Record<string, unknown>>;

/** The body as JSON, whatever its declared type; nothing is `undefined`. */
export function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Invalid('the body is no JSON');
  }
}

export function fields(body: unknown): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Invalid('the body must be a JSON object');
  }
  return body as Fields;
}

/** A text field; absent and null are undefined. */
export function textOf(from: Fields, name: string, max: number): string | undefined {
  const value = from[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new Invalid(`${name} must be a text`);
  return value.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
}

export function wholeOf(from: Fields, name: string): number | undefined {
  const value = from[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new Invalid(`${name} must be a whole number`);
  }
  return value;
}

/** A log-in or order in a path. */
export function numberIn(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Invalid('a number is expected in the path');
  return Number(text);
}

/** Numbers in a repeated query parameter. */
export function numbersOf(query: URLSearchParams, name: string): number[] {
  return query.getAll(name).map(numberIn);
}

/**
 * A moment of server time in the query: seconds as ISO text. A zone that is written is taken as no more than a
 * decoration, since the trade server has a clock of its own and knows no zones.
 */
export function momentOf(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === null || text === '') return otherwise;
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?/.exec(text);
  const at = match ? Date.parse(`${match[1] ?? ''}T${match[2] ?? '00:00'}Z`) : Number.NaN;
  if (Number.isNaN(at)) throw new Invalid(`${name} must be a date and time`);
  return at;
}

const LIMIT_MAX = 10_000;

/** A page of rows with rising keys: the cursor is the last key, opaque to the client. */
export function pageOf<T>(
  rows: readonly T[],
  query: URLSearchParams,
  keyOf: (row: T) => string,
  isAfter: (key: string, cursor: string) => boolean,
): { rows: readonly T[]; paging: { nextCursor: string | null; hasMore: boolean } } {
  const cursorText = query.get('cursor');
  const cursor = cursorText ? Buffer.from(cursorText, 'base64url').toString('utf8') : null;
  const rest = cursor === null ? rows : rows.filter((row) => isAfter(keyOf(row), cursor));
  const limitText = query.get('limit');
  const limit = limitText === null ? rest.length : Number(limitText);
  if (limitText !== null && (!/^\d{1,5}$/.test(limitText) || limit < 1 || limit > LIMIT_MAX)) {
    throw new Invalid(`limit must be 1 to ${LIMIT_MAX}`);
  }
  const page = rest.slice(0, limit);
  const hasMore = rest.length > page.length;
  const last = page.at(-1);
  const nextCursor =
    hasMore && last !== undefined ? Buffer.from(keyOf(last)).toString('base64url') : null;
  return { rows: page, paging: { nextCursor, hasMore } };
}

export function afterNumber(key: string, cursor: string): boolean {
  return Number(key) > Number(cursor);
}

export function afterText(key: string, cursor: string): boolean {
  return key > cursor;
}
