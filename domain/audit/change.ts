import { isRecord } from '../record';

type Value =
  null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };
type Fields = Readonly<Record<string, Value | undefined>>;

/** A thing before and after: the whole of both, or what may have changed of them. */
export interface BeforeAfter {
  readonly before: Fields;
  readonly after: Fields;
}

/** What an event keeps of a change: each field that differs, with what it was and what it is; null where there is nothing. */
export type Change = Readonly<Record<string, { readonly before: Value; readonly after: Value }>>;

/** The fields that differ; undefined when none does. */
export function changeOf({ before, after }: BeforeAfter): Change | undefined {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const differing = fields.flatMap((field) => {
    const [was, is] = [before[field] ?? null, after[field] ?? null];
    return JSON.stringify(was) === JSON.stringify(is)
      ? []
      : [[field, { before: was, after: is }] as const];
  });
  return differing.length === 0 ? undefined : Object.fromEntries(differing);
}

/** One line of it, as people read it: texts as they are, anything else as JSON; null where there is nothing. */
export interface ShownChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * The changes that a payload tells of. Events of accounts say `from` and `to`, each a text or an object of fields; all
 * others `change`. What has neither has none.
 */
export function changesIn(payload: Readonly<Record<string, unknown>>): ShownChange[] {
  const { change, from, to } = payload;
  if (isRecord(change))
    return Object.entries(change).flatMap(([field, values]) =>
      isRecord(values) ? [shown(field, values['before'], values['after'])] : [],
    );
  if (isRecord(from) && isRecord(to))
    return [...new Set([...Object.keys(from), ...Object.keys(to)])]
      .sort()
      .filter((field) => JSON.stringify(from[field]) !== JSON.stringify(to[field]))
      .map((field) => shown(field, from[field], to[field]));
  if (typeof from === 'string' && typeof to === 'string') return [shown('state', from, to)];
  return [];
}

function shown(field: string, before: unknown, after: unknown): ShownChange {
  return { field, before: inWords(before), after: inWords(after) };
}

function inWords(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
