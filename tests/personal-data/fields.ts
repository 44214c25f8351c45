/** For tests only: every field that a caller can type into, read from the OpenAPI document. */
export interface Field {
  /** `POST /api/v1/registrations` */
  readonly operation: string;
  /** `name`, `account.currency`, `reasons[]` */
  readonly path: string;
  readonly schema: Schema;
}

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly example?: unknown;
}

interface Content {
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema?: Schema;
  }[];
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface NamedOperation extends Operation {
  readonly method: string;
  readonly path: string;
  /** Of the body; undefined without one. */
  readonly content: Content | undefined;
  readonly mediaType: string | undefined;
}

export function operationsOf(document: ApiDocument): NamedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const [first] = Object.entries(operation.requestBody?.content ?? {});
      return {
        ...operation,
        method: method.toUpperCase(),
        path,
        mediaType: first?.[0],
        content: first?.[1],
      };
    }),
  );
}

export function fieldsOf(document: ApiDocument): Field[] {
  return operationsOf(document).flatMap(({ method, path, content }) =>
    content === undefined
      ? []
      : leavesOf(document, content.schema).map((leaf) => ({
          operation: `${method} ${path}`,
          ...leaf,
        })),
  );
}

/** The places of a schema that take one value. A schema that holds itself is entered once. */
export function leavesOf(
  document: ApiDocument,
  schema: Schema,
): { readonly path: string; readonly schema: Schema }[] {
  const leaves = new Map<string, Schema>();
  const walk = (at: Schema, path: string, entered: readonly string[]): void => {
    if (at.$ref !== undefined) {
      if (entered.includes(at.$ref)) return;
      const named = document.components?.schemas?.[at.$ref.split('/').at(-1) ?? ''];
      if (named) walk(named, path, [...entered, at.$ref]);
      return;
    }
    const branches = [...(at.anyOf ?? []), ...(at.oneOf ?? []), ...(at.allOf ?? [])];
    for (const branch of branches) walk(branch, path, entered);
    for (const [name, property] of Object.entries(at.properties ?? {}))
      walk(property, path === '' ? name : `${path}.${name}`, entered);
    if (typeof at.additionalProperties === 'object')
      walk(at.additionalProperties, path === '' ? '*' : `${path}.*`, entered);
    if (at.items) walk(at.items, `${path}[]`, entered);
    const isLeaf = branches.length === 0 && !at.properties && !at.items;
    const isWorse = leaves.has(path) && !canCarry(at);
    if (isLeaf && at.type !== 'object' && !isWorse) leaves.set(path, at);
  };
  walk(schema, '', []);
  return [...leaves].map(([path, leaf]) => ({ path, schema: leaf }));
}

/** One of each kind of thing that tells of a person; whatever takes one of them can carry personal data. */
const samples = [
  'Zqabcdefghij',
  'zqabcdefghij',
  'ZQABCDEF',
  'ZQ1234567',
  'zqabc@people.example',
  '+357912345678',
  '1931-02-03',
  'DE89370400440532013000',
  'Zq1!abcdefgh',
];

/** Whether somebody could type a name, a number or a date of a person into a field of this schema. */
export function canCarry(schema: Schema): boolean {
  return samples.some((sample) => takes(schema, sample));
}

/** Whether a text fits a schema, as far as one can tell without the product. */
export function takes(schema: Schema, text: string): boolean {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (schema.enum !== undefined || schema.const !== undefined) return false;
  if (schema.type !== undefined && !types.includes('string')) return false;
  if (schema.format === 'date' && !/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  if (text.length < (schema.minLength ?? 0) || text.length > (schema.maxLength ?? 1e9))
    return false;
  return schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(text);
}

/** The places of a JSON value and what stands there, named as in `Field.path`. */
export function valuesOf(value: unknown, path = ''): { path: string; value: unknown }[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesOf(item, `${path}[]`));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, item]) =>
      valuesOf(item, path === '' ? name : `${path}.${name}`),
    );
  return [{ path, value }];
}

/** A copy of the value with another one at the path; arrays are entered at their first item. */
export function withValueAt(value: unknown, path: string, replacement: unknown): unknown {
  if (path === '') return replacement;
  if (path.startsWith('[]')) return [withValueAt(undefined, path.slice(2), replacement)];
  const [, name = '', rest = ''] = /^\.?([^.[]+)(.*)$/.exec(path) ?? [];
  const object = typeof value === 'object' && value !== null ? value : {};
  return { ...object, [name]: withValueAt(Reflect.get(object, name), rest, replacement) };
}
