import type { z } from 'zod';
import { wordsOfIssue } from '../domain/plan-problem';
import { malformed, Problem, type ProblemPointer } from '../domain/problem';
import type { Json } from '../db/events';

/** Parses input by its schema. Throws 400 with a pointer to each place (`/body/amount`). */
export function parseInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  place: 'query' | 'body' | 'headers',
): z.output<S> {
  assertStorable(value, `/${place}`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw malformed(
    place === 'query' ? 'The query cannot be read.' : 'The input cannot be read.',
    pointersOf(parsed.error, `/${place}`),
  );
}

/** Parses the ids of a path. What cannot be an id names nothing: 404. */
export function parsePath<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem({
    status: 404,
    code: 'not_found',
    detail: 'There is nothing at this address.',
  });
}

export function pointersOf(error: z.ZodError, prefix: string): ProblemPointer[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => `/${escapePointer(String(part))}`).join('');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        pointer: `${prefix}${path}/${escapePointer(key)}`,
        detail: 'is not known here',
      }));
    }
    return [{ pointer: `${prefix}${path}`, detail: wordsOfIssue(issue) }];
  });
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

const depthMax = 40;

/** PostgreSQL keeps neither NUL nor half a surrogate pair: such text is refused here, not as a fault there. */
export function assertStorable(value: unknown, pointer: string, depth = 0): void {
  if (depth > depthMax) throw malformed('The input is nested too deeply.', []);
  if (typeof value === 'string') {
    if (!/[\0\p{Surrogate}]/u.test(value)) return;
    throw malformed('The input holds a character that cannot be kept.', [
      { pointer, detail: 'holds NUL or half a character' },
    ]);
  }
  if (Array.isArray(value)) {
    value.forEach((item, index) => assertStorable(item, `${pointer}/${index}`, depth + 1));
  } else if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    for (const [key, item] of Object.entries(value)) {
      assertStorable(key, pointer, depth + 1);
      assertStorable(item, `${pointer}/${escapePointer(key)}`, depth + 1);
    }
  }
}

/** The value as it stands in JSON; undefined becomes null. */
export function jsonOf(value: unknown): Json {
  // A parser: what JSON.parse answers is Json by its definition.
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as Json);
}
