import { z } from 'zod';
import { malformed } from '../domain/problem';

/** Longest list page. */
export const limitMax = 200;

/** Query of every list: spread it into the route's `query`. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(limitMax)
    .default(50)
    .meta({ description: 'How many at most.', example: 50 }),
  cursor: z
    .string()
    .max(500)
    .optional()
    .meta({ description: '`nextCursor` of the page before.', example: 'WyJjbF8wMTkzIl0' }),
};

/** Body of every list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Give it as `cursor` for what follows; null at the end.' }),
  });
}

/** Opaque to callers: the text that a store continues after. */
export function encodeCursor(after: string): string {
  return Buffer.from(JSON.stringify([after]), 'utf8').toString('base64url');
}

const cursorShape = z.tuple([z.string().min(1).max(200)]);

/** What to continue after; undefined for the first page. Throws 400 for a cursor that is none of ours. */
export function decodeCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [after] = cursorShape.parse(parsed);
    // A NUL or half a character would reach PostgreSQL as an error instead of an empty page.
    if (!/[\0\p{Surrogate}]/u.test(after)) return after;
  } catch {
    // Said below: every way of being no cursor reads the same.
  }
  throw malformed('This cursor is not one that a list answered.', [
    { pointer: '/query/cursor', detail: 'is not a cursor' },
  ]);
}

/** As `decodeCursor`, for lists of entries, which continue before the place of one: 400 for what is none. */
export function decodePlaceCursor(cursor: string | undefined): string | undefined {
  const text = decodeCursor(cursor);
  if (text === undefined || /^\d{1,18}\.\d{1,9}$/.test(text)) return text;
  throw malformed('This cursor is of another list.');
}

/**
 * A page from `limit + 1` items read: the extra one only says that more follow. `after` names the text
 * that the store continues after.
 */
export function pageFrom<T, U>(
  items: readonly T[],
  limit: number,
  { after, show }: { after: (item: T) => string; show: (item: T) => U },
): { data: U[]; nextCursor: string | null } {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  const more = items.length > limit && last !== undefined;
  return { data: shown.map(show), nextCursor: more ? encodeCursor(after(last)) : null };
}

/** The `after` of a store's list, left out on the first page. */
export function after(cursor: string | undefined): { readonly after?: string } {
  const decoded = decodeCursor(cursor);
  return decoded === undefined ? {} : { after: decoded };
}
