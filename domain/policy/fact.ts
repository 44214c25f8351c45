import { type Operator } from './condition';

export const factTypes = [
  'boolean',
  'number',
  'money',
  'date',
  'text',
  'country',
  'currency',
  'textList',
] as const;
export type FactType = (typeof factTypes)[number];

/** A money fact is a decimal string in the unit its definition names; a country is ISO 3166 alpha-2, a date is `2026-01-31`. */
export type FactValue = boolean | number | string | readonly string[];

/** Facts by id; absent, `null` and `undefined` all mean "not known". Never names, dates of birth or document numbers: traces are kept. */
export type Facts = Readonly<Record<string, FactValue | null | undefined>>;

export interface FactDefinition {
  readonly label: string;
  readonly type: FactType;
  /** days, hours, percent, EUR … */
  readonly unit?: string;
  /** Where the value comes from, for the person who reads the rule. */
  readonly source: string;
  /** The closed list of values of a text or textList fact. */
  readonly values?: readonly string[];
}

export type FactCatalogue = Readonly<Record<string, FactDefinition>>;

const comparable: readonly Operator[] = [
  'equal',
  'notEqual',
  'lessThan',
  'lessThanInclusive',
  'greaterThan',
  'greaterThanInclusive',
];
const nominal: readonly Operator[] = ['equal', 'notEqual', 'in', 'notIn'];

export const operatorsByType: Readonly<Record<FactType, readonly Operator[]>> = {
  boolean: ['equal', 'notEqual'],
  number: comparable,
  money: comparable,
  date: comparable,
  text: nominal,
  country: nominal,
  currency: nominal,
  textList: ['contains', 'doesNotContain'],
};

/** Why the value cannot be read as the fact's type, or null when it can. */
export function factProblem(definition: FactDefinition, value: FactValue): string | null {
  switch (definition.type) {
    case 'boolean':
      return typeof value === 'boolean' ? null : 'is not a yes or no';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? null : 'is not a finite number';
    case 'money':
      return typeof value === 'string' && isDecimal(value) ? null : 'is not a decimal amount';
    case 'date':
      return typeof value === 'string' && isCivilDate(value)
        ? null
        : 'is not a date such as 2026-01-31';
    case 'country':
      return typeof value === 'string' && /^[A-Z]{2}$/.test(value)
        ? null
        : 'is not an ISO 3166 alpha-2 code';
    case 'currency':
      return typeof value === 'string' && /^[A-Z0-9]{3,6}$/.test(value)
        ? null
        : 'is not a currency code';
    case 'text':
      return typeof value === 'string' ? valueProblem(definition, [value]) : 'is not a text';
    case 'textList':
      if (!Array.isArray(value)) return 'is not a list';
      return value.every((item) => typeof item === 'string')
        ? valueProblem(definition, value)
        : 'is not a list of texts';
  }
}

function valueProblem(definition: FactDefinition, values: readonly string[]): string | null {
  const allowed = definition.values;
  if (allowed === undefined) return null;
  const stranger = values.find((value) => !allowed.includes(value));
  return stranger === undefined ? null : `is none of ${allowed.join(', ')}`;
}

/** A day of the calendar, `2026-02-30` is none. */
export function isCivilDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

const decimalShape = /^-?\d{1,30}(\.\d{1,18})?$/;
const scaleDigits = 18;

export function isDecimal(text: string): boolean {
  return decimalShape.test(text);
}

/** Compares two decimal strings exactly: negative, zero or positive, like a sort function. */
export function compareDecimals(left: string, right: string): -1 | 0 | 1 {
  const a = scaled(left);
  const b = scaled(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

function scaled(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(scaleDigits, '0'));
}
