import { z } from 'zod';
import { namedByPattern } from '../../api/named';
import { periodPattern } from '../../domain/partners/period';

export const parts = ['params', 'query', 'body'] as const;
export type Part = (typeof parts)[number];

/** A place of a request that names something: `params/id`, `query/clientId`, `body/entities/0`. */
export interface Named {
  /** The whole place: `readDeposit params/id`. */
  readonly at: string;
  readonly part: Part;
  readonly path: readonly string[];
  /** The kind of thing that is named there. */
  readonly names: string;
}

/** Words of every kind: they name nothing that belongs to somebody. */
const textPatterns = new Set([
  '^[^\\u0000-\\u001f\\u007f-\\u009f]*$', // a line of text
  '^[^\\u0000-\\u0009\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$', // paragraphs
  '^[A-Z]{2}$', // a country
  '^\\+[0-9 ()./-]{6,24}$', // a phone
  '^[a-z]{2}(-[A-Z]{2})?$', // a locale
  '^\\d{1,12}(\\.\\d{1,2})?$', // an amount
  '^\\d{1,20}(\\.\\d{1,18})?$', // an amount
  '^[a-z_]{1,40}$', // a state or a decision
  '^[a-z_.]{1,60}$', // a type of event
  '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$', // a BIC
  '^\\d[\\d -]{3,58}\\d$', // the number of a bank account
  periodPattern.source, // a month, a week or a day
  '^[0-9a-f]{64}$', // a hash
  '^([01]\\d|2[0-3]):[0-5]\\d$|^24:00$', // a time of day
]);
const textNames = /^(password|repeatedPassword|mrz|cursor|iban|reasons\/\d+)$/;

export interface RequestShape {
  /** Operation id or form, for `special`. */
  readonly name: string;
  readonly params?: z.ZodType | undefined;
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
}

/** What the places name of which no pattern tells: `<name or *> <part>/<path>` → kind, or `text`. */
export type Special = Readonly<Record<string, string>>;

/** Where a request names something, and the places of which nobody has said whether they do. */
export function placesOf(
  request: RequestShape,
  special: Special,
): { readonly named: readonly Named[]; readonly unclear: readonly string[] } {
  const named = new Map<string, Named>();
  const unclear = new Set<string>();
  for (const part of parts) {
    const schema = request[part];
    if (!schema) continue;
    for (const { path, pattern } of textsOf(schema)) {
      const at = `${part}/${path.join('/')}`;
      const place = `${request.name} ${at}`;
      const byPattern = pattern === undefined ? undefined : kindOf(pattern);
      const names = special[place] ?? special[`* ${at}`] ?? byPattern;
      if (names !== undefined && names !== 'text')
        named.set(place, { at: place, part, path, names });
      else if (names === undefined && !isText(path, pattern)) unclear.add(place);
    }
  }
  return { named: [...named.values()], unclear: [...unclear].filter((place) => !named.has(place)) };
}

function kindOf(pattern: string): string | undefined {
  return pattern === '^[a-z0-9-]{1,20}$' ? 'server' : namedByPattern(pattern);
}

function isText(path: readonly string[], pattern: string | undefined): boolean {
  return pattern === undefined ? textNames.test(path.join('/')) : textPatterns.has(pattern);
}

interface Text {
  readonly path: readonly string[];
  readonly pattern: string | undefined;
}

/** Every string of a schema that is neither one of a list nor of a format such as a date. */
function textsOf(schema: z.ZodType): Text[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const found: Text[] = [];
  const walk = (node: z.core.JSONSchema._JSONSchema | undefined, path: readonly string[]): void => {
    if (typeof node !== 'object') return;
    if (node.$ref !== undefined) {
      walk(root.$defs?.[node.$ref.split('/').at(-1) ?? ''], path);
      return;
    }
    for (const each of [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])]) {
      walk(each, path);
    }
    for (const [name, each] of Object.entries(node.properties ?? {})) walk(each, [...path, name]);
    if (node.items !== undefined && !Array.isArray(node.items)) walk(node.items, [...path, '0']);
    const isFree = node.enum === undefined && node.const === undefined && node.format === undefined;
    if (node.type === 'string' && isFree) found.push({ path, pattern: node.pattern });
  };
  walk(root, []);
  return found;
}

/** The first text of a schema that lists them, or its example. */
export function oneOf(schema: unknown): string {
  if (!(schema instanceof z.ZodType)) throw new Error('there is no such schema');
  const { enum: listed } = z.toJSONSchema(schema, { io: 'input' });
  const [first] = listed ?? [schema.meta()?.['example']];
  if (typeof first !== 'string') throw new Error('the schema has no text to offer');
  return first;
}

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The value with another text at the path; what is not there on the way is made. */
export function withAt(value: Json | undefined, path: readonly string[], text: string): Json {
  const [first, ...rest] = path;
  if (first === undefined) return text;
  if (Array.isArray(value) || (value === undefined && /^\d+$/.test(first))) {
    const items: readonly Json[] = Array.isArray(value) ? value : [];
    const copy = [...items];
    copy[Number(first)] = withAt(items[Number(first)], rest, text);
    return copy;
  }
  const fields = typeof value === 'object' && value !== null ? { ...value } : {};
  return { ...fields, [first]: withAt(Reflect.get(fields, first) as Json | undefined, rest, text) };
}
