/** A decoded form: `a[b]=1&c[]=2` is `{a: {b: '1'}, c: {'0': '2'}}`. */
export interface Form {
  readonly [key: string]: string | Form;
}

type Draft = Map<string, string | Draft>;

const fieldsMax = 200;

/** Decodes the bracketed form encoding of the card API, in a body or a query. */
export function decodeForm(encoded: string): Form {
  const root: Draft = new Map();
  let fields = 0;
  for (const [key, value] of new URLSearchParams(encoded)) {
    fields += 1;
    if (fields > fieldsMax) break;
    place(root, pathOf(key), value);
  }
  return freeze(root);
}

function pathOf(key: string): string[] {
  const [head = ''] = key.split('[', 1);
  const rest = [...key.slice(head.length).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '');
  return [head, ...rest];
}

function place(draft: Draft, path: readonly string[], value: string): void {
  let at = draft;
  for (const [index, part] of path.entries()) {
    const name = part === '' ? String(at.size) : part;
    if (index === path.length - 1) {
      at.set(name, value);
      return;
    }
    const inner = at.get(name);
    const next: Draft = inner instanceof Map ? inner : new Map<string, string | Draft>();
    at.set(name, next);
    at = next;
  }
}

function freeze(draft: Draft): Form {
  return Object.fromEntries(
    [...draft].map(([key, value]) => [key, typeof value === 'string' ? value : freeze(value)]),
  );
}

export function field(form: Form, key: string): string | undefined {
  const value = Object.hasOwn(form, key) ? form[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}

export function group(form: Form, key: string): Form {
  const value = Object.hasOwn(form, key) ? form[key] : undefined;
  return typeof value === 'object' ? value : {};
}

/** The texts of a list (`expand[]=…`) or of a map's values. */
export function texts(form: Form, key: string): string[] {
  return Object.values(group(form, key)).filter((value) => typeof value === 'string');
}

/** The texts of a map such as `metadata[…]`. */
export function textMap(form: Form, key: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(group(form, key)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
