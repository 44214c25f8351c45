import { type Field } from './fields';
import { given, listOf, type Loose, looseOf, textOf } from './loose';

/** Fields of a form as a browser sends them: a name may come several times, an empty one not at all. */
export type Typed = Readonly<Record<string, unknown>>;

/** Reads what was typed into the fields of an object. What does not fit its type stays as it was typed. */
export function readFields(fields: readonly Field[], prefix: string, typed: Typed): Loose {
  const read: Record<string, unknown> = {};
  for (const field of fields) {
    if (!isAsked(field, (name) => given(typed[`${prefix}.${name}`]))) continue;
    const value = readField(field, `${prefix}.${field.name}`, typed);
    if (value !== undefined) read[field.name] = value;
  }
  return read;
}

/** Whether a field is asked for, given what its chooser says. */
export function isAsked(field: Field, chosen: (name: string) => string | undefined): boolean {
  return field.only === undefined || field.only.choices.includes(chosen(field.only.field) ?? '');
}

function readField(field: Field, name: string, typed: Typed): unknown {
  if (field.nullable && typed[`${name}.none`] !== undefined) return null;
  const text = given(typed[name]);
  switch (field.type) {
    case 'text':
    case 'decimal':
    case 'choice':
      return text;
    case 'number':
      return text === undefined ? undefined : numberOrText(text);
    case 'boolean':
      return text === undefined ? undefined : text === 'yes' ? true : text === 'no' ? false : text;
    case 'choices':
      return listOf(typed[name]).length > 0
        ? listOf(typed[name]).map(textOf)
        : text === undefined
          ? field.optional
            ? undefined
            : []
          : [text];
    case 'texts': {
      if (text === undefined) return field.optional ? undefined : [];
      return field.numeric ? textsOf(text).map(numberOrText) : textsOf(text);
    }
    case 'json':
      return text === undefined ? undefined : jsonOrText(text);
    case 'group': {
      const group = readFields(field.fields, name, typed);
      return field.optional && Object.keys(group).length === 0 ? undefined : group;
    }
    case 'rows':
      return readRows(field, name, typed);
  }
}

function readRows(
  field: Extract<Field, { type: 'rows' }>,
  name: string,
  typed: Typed,
): readonly unknown[] {
  const rows: unknown[] = [];
  for (let row = 0; row < field.max; row += 1) {
    const prefix = `${name}.${row}`;
    if (typed[`${prefix}.here`] === undefined || typed[`${prefix}.gone`] !== undefined) continue;
    rows.push(readFields(field.fields, prefix, typed));
  }
  if (typed[`${name}.more`] !== undefined && rows.length < field.max)
    rows.push(readFields(field.fields, `${name}.${field.max}`, typed));
  return rows;
}

export function numberOrText(text: string): number | string {
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : text;
}

/** "CY, DE" or one a line. */
export function textsOf(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function jsonOrText(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

/** A value in words, as a person reads it in a table. */
export function valueInWords(value: unknown): string {
  if (value === null) return 'none';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value))
    return value.length === 0 ? 'empty' : value.map(valueInWords).join(', ');
  if (typeof value === 'object' && value !== undefined)
    return Object.entries(looseOf(value))
      .map(([name, each]) => `${name} ${valueInWords(each)}`)
      .join('; ');
  return textOf(value) || 'not set';
}
