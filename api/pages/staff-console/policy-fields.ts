import { isAsked, valueInWords } from '../../../domain/policy/edit/field-form';
import type { Field } from '../../../domain/policy/edit/fields';
import { listOf, looseOf, textOf } from '../../../domain/policy/edit/loose';

/** A field as its template reads it. */
export interface ShownField {
  readonly name: string;
  readonly label: string;
  readonly required: boolean;
  readonly nullable: boolean;
  readonly isNull: boolean;
  readonly text: string;
  readonly select: readonly Option[] | undefined;
  readonly checks: readonly Option[] | undefined;
  readonly area: boolean;
  readonly json: boolean;
  /** A text of many lines. */
  readonly prose: boolean;
  readonly date: boolean;
  readonly number: boolean;
  readonly hint: string;
  /** The list to choose from while one types. */
  readonly suggests: string | undefined;
  /** Choosing here changes what else is asked. */
  readonly reshapes: boolean;
  readonly fields: readonly ShownField[] | undefined;
  readonly rows: readonly ShownGroup[] | undefined;
}

interface ShownGroup {
  readonly name: string;
  readonly n: number;
  readonly fields: readonly ShownField[];
}

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly chosen: boolean;
}

/** The fields of an object with what is in them; those that the present choice does not ask for are left out. */
export function showFields(
  fields: readonly Field[],
  prefix: string,
  value: unknown,
): readonly ShownField[] {
  const read = looseOf(value);
  const choosers = new Set(fields.flatMap((field) => field.only?.field ?? []));
  return fields
    .filter((field) => isAsked(field, (name) => textOf(read[name])))
    .map((field) =>
      showField(field, `${prefix}.${field.name}`, {
        value: read[field.name],
        reshapes: choosers.has(field.name),
      }),
    );
}

function showField(
  field: Field,
  name: string,
  { value, reshapes }: { value: unknown; reshapes: boolean },
): ShownField {
  const shown: ShownField = {
    name,
    label: field.label,
    required: !field.optional && !field.nullable,
    nullable: field.nullable,
    isNull: value === null,
    text: textOf(value),
    select: undefined,
    checks: undefined,
    area: false,
    json: false,
    prose: false,
    date: false,
    number: field.type === 'number' || field.type === 'decimal',
    hint: hintOf(field),
    suggests: field.type === 'text' ? field.suggests : undefined,
    // The groups are those of the server.
    reshapes: reshapes || (field.type === 'text' && field.suggests === 'server'),
    fields: undefined,
    rows: undefined,
  };
  switch (field.type) {
    case 'text':
      return {
        ...shown,
        area: field.prose === true,
        prose: field.prose === true,
        date: field.date === true,
      };
    case 'decimal':
    case 'number':
      return shown;
    case 'boolean':
      return {
        ...shown,
        select: optionsOf(['yes', 'no'], typeof value === 'boolean' ? valueInWords(value) : ''),
      };
    case 'choice':
      return { ...shown, select: optionsOf(field.choices, textOf(value)) };
    case 'choices': {
      const chosen = listOf(value).map(textOf);
      return {
        ...shown,
        checks: field.choices.map((choice) => ({
          value: choice,
          label: choice.replaceAll('_', ' '),
          chosen: chosen.includes(choice),
        })),
      };
    }
    case 'texts':
      return { ...shown, area: true, text: listOf(value).map(textOf).join(', ') };
    case 'json':
      return {
        ...shown,
        area: true,
        json: true,
        text: value === undefined ? '' : JSON.stringify(value, undefined, 2),
      };
    case 'group':
      return { ...shown, fields: showFields(field.fields, name, value) };
    case 'rows':
      return {
        ...shown,
        rows: listOf(value).map((each, i) => ({
          name: `${name}.${i}`,
          n: i + 1,
          fields: showFields(field.fields, `${name}.${i}`, each),
        })),
      };
  }
}

function optionsOf(choices: readonly string[], chosen: string): Option[] {
  // What was typed once and is no choice any more stays to be seen until another is chosen.
  const all = chosen === '' || choices.includes(chosen) ? choices : [...choices, chosen];
  return all.map((value) => ({
    value,
    label: value.replaceAll('_', ' '),
    chosen: value === chosen,
  }));
}

function hintOf(field: Field): string {
  if (field.hint !== undefined) return field.hint;
  if (field.type === 'texts') return 'separated by commas';
  if (field.type === 'decimal') return 'an amount, such as 2000.00';
  if (field.type !== 'number') return '';
  if (field.min !== undefined && field.max !== undefined) return `${field.min} to ${field.max}`;
  return '';
}
