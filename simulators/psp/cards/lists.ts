import { type State } from '../state';
import { invalidRequest } from './errors';
import { field, group, texts, type Form } from './form';

interface Listed {
  readonly id: string;
  readonly created: number;
}

/** A page of a list, newest first, as the card API cuts it. */
export function listPage<T extends Listed>(url: string, rows: readonly T[], form: Form): object {
  const limit = Number(field(form, 'limit') ?? '10');
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw invalidRequest('parameter_invalid_integer', 'limit must be between 1 and 100.', 'limit');
  }
  const newest = rows.filter((row) => within(row.created, group(form, 'created'))).reverse();
  const after = field(form, 'starting_after');
  const start = after === undefined ? 0 : newest.findIndex((row) => row.id === after) + 1;
  if (after !== undefined && start === 0) {
    throw invalidRequest('resource_missing', `No such object: '${after}'`, 'starting_after');
  }
  const data = newest.slice(start, start + limit);
  return { object: 'list', url, has_more: start + limit < newest.length, data };
}

function within(created: number, range: Form): boolean {
  const bound = (key: string) => {
    const text = field(range, key);
    return text === undefined ? undefined : Number(text);
  };
  return (
    created >= (bound('gte') ?? 0) &&
    created > (bound('gt') ?? -1) &&
    created <= (bound('lte') ?? Number.MAX_SAFE_INTEGER) &&
    created < (bound('lt') ?? Number.MAX_SAFE_INTEGER)
  );
}

/** The one search the product could use: `metadata['key']:'value'`. */
export function searchMetadata<T extends { readonly metadata: Readonly<Record<string, string>> }>(
  url: string,
  rows: readonly T[],
  form: Form,
): object {
  const query = field(form, 'query') ?? '';
  const match = /^metadata\[["']([^"']+)["']\]:["']([^"']*)["']$/.exec(query);
  if (!match) throw invalidRequest('parameter_invalid', "Search by metadata['key']:'value'.");
  const [, key = '', value = ''] = match;
  const data = rows.filter((row) => row.metadata[key] === value);
  return { object: 'search_result', url, has_more: false, next_page: null, data };
}

const expandable: Readonly<
  Record<string, 'charges' | 'intents' | 'refunds' | 'disputes' | undefined>
> = {
  ch: 'charges',
  pi: 'intents',
  re: 'refunds',
  dp: 'disputes',
};

/** Puts whole objects where `expand[]` asks for them (`latest_charge`, `data.latest_charge`, …). */
export function expand(state: State, value: unknown, form: Form): unknown {
  return texts(form, 'expand').reduce(
    (result, path) => expandPath(state, result, path.split('.')),
    value,
  );
}

function expandPath(state: State, value: unknown, path: readonly string[]): unknown {
  const [head, ...rest] = path;
  if (head === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => expandPath(state, item, path));
  if (!Object.hasOwn(value, head)) return value;
  const inner: unknown = Object.entries(value).find(([key]) => key === head)?.[1];
  const table = typeof inner === 'string' ? expandable[inner.split('_')[0] ?? ''] : undefined;
  const whole = table && typeof inner === 'string' ? state.get(table, inner) : inner;
  return { ...value, [head]: expandPath(state, whole ?? inner, rest) };
}
