import { type Fields, MalformedAnswer, parseJson, record } from '../fields';

/**
 * The bodies of MT5's REST answers: `{"retcode":"0 Done","answer":…}`, in which every number is a
 * JSON string; the raw wire carries the same records. Parsed here once; above this file a field is a
 * bigint, an integer or a decimal string.
 */
export interface Reply {
  readonly retcode: number;
  readonly answer: unknown;
}

/** Reads a reply. Throws MalformedAnswer when it is no JSON or its retcode cannot be read. */
export function parseReply(body: string): Reply {
  const { retcode, ...rest } = record(parseJson(body), 'the answer');
  return { retcode: readRetcode(retcode), answer: rest.answer ?? rest };
}

/** The number at the beginning of `"0 Done"`. */
export function readRetcode(value: unknown): number {
  const match = typeof value === 'string' ? /^\s*(\d{1,9})(?:\s|$)/.exec(value) : null;
  if (match?.[1] === undefined) throw new MalformedAnswer('the answer has no readable retcode');
  return Number(match[1]);
}

/** A field as text; a field that is not there is empty text, as MT5 leaves fields out freely. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw new MalformedAnswer(`field ${name} is no text`);
}

/** An integer field of any size; absent and empty are 0. */
export function integer(fields: Fields, name: string): bigint {
  const value = text(fields, name);
  if (value === '') return 0n;
  if (!/^-?\d+$/.test(value)) throw new MalformedAnswer(`field ${name} is no integer`);
  return BigInt(value);
}

/** An integer field that a number holds exactly. */
export function count(fields: Fields, name: string): number {
  const value = Number(integer(fields, name));
  if (!Number.isSafeInteger(value)) throw new MalformedAnswer(`field ${name} is too large`);
  return value;
}

/** A decimal field as plain text ("1.08423"); absent and empty are null. */
export function decimal(fields: Fields, name: string): string | null {
  const value = text(fields, name);
  if (value === '') return null;
  if (!/^-?\d+(?:\.\d+)?$/.test(value)) throw new MalformedAnswer(`field ${name} is no decimal`);
  return value;
}

/** A decimal field that must be there. */
export function requiredDecimal(fields: Fields, name: string): string {
  const value = decimal(fields, name);
  if (value === null) throw new MalformedAnswer(`field ${name} is missing`);
  return value;
}

/** A decimal field, null when it is absent or zero: MT5 writes 0 where nothing is known. */
export function decimalOrNull(fields: Fields, name: string): string | null {
  const value = decimal(fields, name);
  return value === null || /^-?0+(?:\.0+)?$/.test(value) ? null : value;
}

/** Identifiers: a positive integer as text; 0 and absent are null. */
export function idOrNull(fields: Fields, name: string): string | null {
  const value = integer(fields, name);
  return value > 0n ? value.toString() : null;
}

export function requiredId(fields: Fields, name: string): string {
  const value = idOrNull(fields, name);
  if (value === null) throw new MalformedAnswer(`field ${name} is missing`);
  return value;
}
