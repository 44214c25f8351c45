import { z } from 'zod';
import { listOf, looseOf, textOf } from './loose';

/** One thing to fill in, read from a kind's own schema: a new kind or a new field needs no form of its own. */
export type Field = FieldHead & FieldShape;

interface FieldHead {
  readonly name: string;
  readonly label: string;
  readonly optional: boolean;
  /** Null is a value of its own: "not offered", "none by rule". */
  readonly nullable: boolean;
  /** What the schema says of it. */
  readonly hint?: string;
  /** The choices of `by.field` with which this one is asked for. */
  readonly only?: { readonly field: string; readonly choices: readonly string[] };
}

/** What is offered to choose from while one types; anything may be typed, the check says what is not known. */
export type Suggested = 'server' | 'group' | 'queue';

export type FieldShape =
  | { readonly type: 'decimal' | 'boolean' | 'json' }
  | {
      readonly type: 'text';
      readonly suggests?: Suggested;
      readonly prose?: true;
      readonly date?: true;
    }
  | { readonly type: 'number'; readonly min?: number; readonly max?: number }
  | { readonly type: 'choice' | 'choices'; readonly choices: readonly string[] }
  /** Texts, one beside the other, or numbers. */
  | { readonly type: 'texts'; readonly numeric?: true }
  | { readonly type: 'group'; readonly fields: readonly Field[] }
  /** Groups, one below the other. */
  | { readonly type: 'rows'; readonly fields: readonly Field[]; readonly max: number };

type Node = Readonly<Record<string, unknown>>;

const depthMax = 6;
const rowsMax = 50;

/** The fields of an object's schema; none when it has no fixed ones. */
export function fieldsOf(schema: z.ZodType): readonly Field[] {
  const node = looseOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  const shape = shapeOf(node, 0);
  return shape.type === 'group' ? shape.fields : [];
}

function groupFields(node: Node, depth: number): readonly Field[] {
  const required = listOf(node['required']);
  // What nothing reads any more is taken from versions that say it, and asked of nobody.
  const asked = Object.entries(looseOf(node['properties'])).filter(
    ([, each]) => looseOf(each)['unread'] !== true,
  );
  const fields = asked.map(([name, each]) =>
    fieldOf(name, looseOf(each), { optional: !required.includes(name), depth }),
  );
  const names = listOf(looseOf(node['propertyNames'])['enum']).map(textOf);
  const each = looseOf(node['additionalProperties']);
  return [...fields, ...names.map((name) => fieldOf(name, each, { optional: true, depth }))];
}

function fieldOf(
  name: string,
  node: Node,
  { optional, depth }: { optional: boolean; depth: number },
): Field {
  const parts = listOf(node['anyOf']).map(looseOf);
  const nullable = parts.some((part) => part['type'] === 'null');
  const [only] = parts.filter((part) => part['type'] !== 'null');
  const shape = shapeOf(nullable && parts.length === 2 && only ? only : node, depth + 1);
  const { description } = node;
  const hint = typeof description === 'string' ? { hint: description } : {};
  const label = typeof node['title'] === 'string' ? node['title'] : labelOf(name);
  return { name, label, optional, nullable, ...hint, ...shape };
}

function shapeOf(node: Node, depth: number): FieldShape {
  if (depth > depthMax) return { type: 'json' };
  const variants = listOf(node['oneOf'] ?? node['anyOf']).map(looseOf);
  if (variants.length > 0) return variantsOf(variants, depth);
  const choices = choicesOf(node);
  if (choices !== undefined) return { type: 'choice', choices };
  switch (node['type']) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
    case 'number':
      return {
        type: 'number',
        ...(typeof node['minimum'] === 'number' ? { min: node['minimum'] } : {}),
        ...(typeof node['maximum'] === 'number' ? { max: node['maximum'] } : {}),
      };
    case 'string':
      if (node['format'] === 'decimal') return { type: 'decimal' };
      if (node['format'] === 'prose') return { type: 'text', prose: true };
      if (node['format'] === 'date') return { type: 'text', date: true };
      return isSuggested(node['suggests'])
        ? { type: 'text', suggests: node['suggests'] }
        : { type: 'text' };
    case 'array': {
      const items = looseOf(node['items']);
      const listed = choicesOf(items);
      if (listed !== undefined) return { type: 'choices', choices: listed };
      if (items['type'] === 'string') return { type: 'texts' };
      if (items['type'] === 'integer' || items['type'] === 'number')
        return { type: 'texts', numeric: true };
      const { maxItems } = node;
      const max = typeof maxItems === 'number' ? Math.min(maxItems, rowsMax) : rowsMax;
      const shape = shapeOf(items, depth + 1);
      return shape.type === 'group'
        ? { type: 'rows', fields: shape.fields, max }
        : { type: 'json' };
    }
    case 'object': {
      const fields = groupFields(node, depth);
      return fields.length > 0 ? { type: 'group', fields } : { type: 'json' };
    }
    default:
      return { type: 'json' };
  }
}

function isSuggested(value: unknown): value is Suggested {
  return value === 'server' || value === 'group' || value === 'queue';
}

function choicesOf(node: Node): readonly string[] | undefined {
  const listed = listOf(node['enum']);
  if (listed.length > 0 && listed.every((each) => typeof each === 'string')) return listed;
  return typeof node['const'] === 'string' ? [node['const']] : undefined;
}

/** Objects told apart by one field become one group; that field chooses which of the others are asked for. */
function variantsOf(variants: readonly Node[], depth: number): FieldShape {
  const groups = variants.map((variant) => groupFields(variant, depth));
  const names = new Set(groups.flatMap((fields) => fields.map((field) => field.name)));
  const tag = [...names].find((name) =>
    groups.every((fields) => {
      const field = fields.find((each) => each.name === name);
      return field?.type === 'choice' && field.choices.length === 1;
    }),
  );
  if (tag === undefined) return { type: 'json' };
  const tagOf = (fields: readonly Field[]): string[] =>
    fields.flatMap((field) =>
      field.name === tag && field.type === 'choice' ? [...field.choices] : [],
    );
  const merged = new Map<string, Field>();
  for (const fields of groups)
    for (const field of fields) {
      if (field.name === tag) continue;
      const choices = [...(merged.get(field.name)?.only?.choices ?? []), ...tagOf(fields)];
      merged.set(field.name, { ...field, only: { field: tag, choices } });
    }
  const chooser: Field = {
    name: tag,
    label: labelOf(tag),
    optional: false,
    nullable: false,
    type: 'choice',
    choices: groups.flatMap(tagOf),
  };
  return { type: 'group', fields: [chooser, ...merged.values()] };
}

/** `accountsPerClientMax` → "accounts per client max", `fx_major` → "fx major". */
export function labelOf(name: string): string {
  return name
    .replaceAll('_', ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([a-z])(\d)/g, '$1 $2')
    .toLowerCase();
}
