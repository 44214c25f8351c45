import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../../cursor';

/** How many rows a list shows. */
export const rowsPerPage = 50;

export const cursorQuery = z.string().max(500).optional();

export interface Chip {
  readonly label: string;
  readonly href: string;
  readonly isCurrent: boolean;
  readonly count: number | undefined;
}

type Query = Readonly<Record<string, string | undefined>>;

/** An address with its filters; what is undefined is left out. */
export function address(path: string, query: Query): string {
  const given = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const search = new URLSearchParams(given).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** Filter chips of one name: each is a link that keeps the other filters; the first takes the filter away. */
export function chipsOf(
  path: string,
  query: Query,
  {
    name,
    all,
    options,
    counts = {},
  }: {
    name: string;
    all: string;
    options: readonly (string | { readonly value: string; readonly label: string })[];
    counts?: Readonly<Record<string, number>>;
  },
): Chip[] {
  const { cursor: _, ...filters } = query;
  const chip = (value: string | undefined, label: string): Chip => ({
    label,
    href: address(path, { ...filters, [name]: value }),
    isCurrent: filters[name] === value,
    count: value === undefined ? undefined : counts[value],
  });
  return [
    chip(undefined, all),
    ...options.map((option) =>
      typeof option === 'string'
        ? chip(option, option.replaceAll('_', ' '))
        : chip(option.value, option.label),
    ),
  ];
}

/** The rows to show of `rowsPerPage + 1` read, and the address of the page after them. */
export function pageOfRows<T>(
  found: readonly T[],
  { path, query, after }: { path: string; query: Query; after: (row: T) => string },
): { rows: readonly T[]; next: string | undefined } {
  const rows = found.slice(0, rowsPerPage);
  const last = rows.at(-1);
  const hasMore = found.length > rowsPerPage && last !== undefined;
  return {
    rows,
    next: hasMore ? address(path, { ...query, cursor: encodeCursor(after(last)) }) : undefined,
  };
}

/** Spread into a store's filter: `after` only when there is one. */
export function afterOf(cursor: string | undefined): { after?: string } {
  const after = decodeCursor(cursor);
  return after === undefined ? {} : { after };
}

/** Fields that a form may repeat (checkboxes) arrive as one text or several. */
export const severalTexts = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) => (value === undefined ? [] : typeof value === 'string' ? [value] : value));
