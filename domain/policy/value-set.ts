import { type Comparison, type Literal, type Operator } from './condition';
import { compareDecimals, type FactDefinition, isDecimal } from './fact';

/**
 * What a fact may be where a comparison holds: the basis for saying that a condition can never hold, or
 * holds only where another one does. `one of` and `none of` are of texts, yes and no; a range is of decimals.
 */
export type ValueSet =
  | { readonly kind: 'oneOf'; readonly values: ReadonlySet<string> }
  | { readonly kind: 'noneOf'; readonly values: ReadonlySet<string> }
  | {
      readonly kind: 'range';
      readonly low: Bound | null;
      readonly high: Bound | null;
      readonly except: readonly string[];
    }
  | {
      readonly kind: 'members';
      readonly present: ReadonlySet<string>;
      readonly absent: ReadonlySet<string>;
    };

export interface Bound {
  readonly at: string;
  /** Whether the bound itself belongs to the range. */
  readonly closed: boolean;
}

const opposites: Readonly<Record<Operator, Operator>> = {
  equal: 'notEqual',
  notEqual: 'equal',
  lessThan: 'greaterThanInclusive',
  lessThanInclusive: 'greaterThan',
  greaterThan: 'lessThanInclusive',
  greaterThanInclusive: 'lessThan',
  in: 'notIn',
  notIn: 'in',
  contains: 'doesNotContain',
  doesNotContain: 'contains',
};

/** The comparison that holds exactly where this one, on a known value, does not. */
export function oppositeOf(operator: Operator): Operator {
  return opposites[operator];
}

/** The values for which the comparison holds; undefined when they cannot be told. */
export function valueSetOf(
  definition: FactDefinition,
  { operator }: Pick<Comparison, 'operator'>,
  expected: Literal,
): ValueSet | undefined {
  if (definition.type === 'number' || definition.type === 'money') {
    const at = String(expected);
    return isDecimal(at) ? rangeOf(operator, at) : undefined;
  }
  if (definition.type === 'date') {
    // As a number its days stand in the same order.
    const at = String(expected).replaceAll('-', '');
    return isDecimal(at) ? rangeOf(operator, at) : undefined;
  }
  const values = new Set(Array.isArray(expected) ? expected.map(String) : [String(expected)]);
  switch (operator) {
    case 'equal':
    case 'in':
      return { kind: 'oneOf', values };
    case 'notEqual':
    case 'notIn':
      return withinChoices(definition, values);
    case 'contains':
      return { kind: 'members', present: values, absent: new Set() };
    case 'doesNotContain':
      return { kind: 'members', present: new Set(), absent: values };
    default:
      return undefined;
  }
}

/** With a closed list of choices "none of" is "one of the others", which can run out. */
function withinChoices(definition: FactDefinition, values: ReadonlySet<string>): ValueSet {
  const choices = definition.type === 'boolean' ? ['true', 'false'] : definition.values;
  if (choices === undefined) return { kind: 'noneOf', values };
  return { kind: 'oneOf', values: new Set(choices.filter((choice) => !values.has(choice))) };
}

function rangeOf(operator: Operator, at: string): ValueSet | undefined {
  const bound = (closed: boolean): Bound => ({ at, closed });
  const range = { kind: 'range', low: null, high: null, except: [] } as const;
  switch (operator) {
    case 'equal':
      return { ...range, low: bound(true), high: bound(true) };
    case 'notEqual':
      return { ...range, except: [at] };
    case 'lessThan':
      return { ...range, high: bound(false) };
    case 'lessThanInclusive':
      return { ...range, high: bound(true) };
    case 'greaterThan':
      return { ...range, low: bound(false) };
    case 'greaterThanInclusive':
      return { ...range, low: bound(true) };
    default:
      return undefined;
  }
}

/** The values that belong to both. Undefined for sets of different kinds, which no single fact has. */
export function intersect(a: ValueSet, b: ValueSet): ValueSet | undefined {
  if (a.kind === 'range' && b.kind === 'range')
    return {
      kind: 'range',
      low: tighter(a.low, b.low, 'low'),
      high: tighter(a.high, b.high, 'high'),
      except: [...new Set([...a.except, ...b.except])],
    };
  if (a.kind === 'members' && b.kind === 'members')
    return {
      kind: 'members',
      present: new Set([...a.present, ...b.present]),
      absent: new Set([...a.absent, ...b.absent]),
    };
  if (a.kind === 'noneOf' && b.kind === 'noneOf')
    return { kind: 'noneOf', values: new Set([...a.values, ...b.values]) };
  if (a.kind === 'oneOf' && (b.kind === 'oneOf' || b.kind === 'noneOf'))
    return { kind: 'oneOf', values: new Set([...a.values].filter((value) => holds(b, value))) };
  if (b.kind === 'oneOf' && a.kind === 'noneOf') return intersect(b, a);
  return undefined;
}

function holds(set: Extract<ValueSet, { kind: 'oneOf' | 'noneOf' }>, value: string): boolean {
  return set.kind === 'oneOf' ? set.values.has(value) : !set.values.has(value);
}

function tighter(a: Bound | null, b: Bound | null, side: 'low' | 'high'): Bound | null {
  if (a === null || b === null) return a ?? b;
  const order = compareDecimals(a.at, b.at);
  if (order === 0) return a.closed ? b : a;
  return order > 0 === (side === 'low') ? a : b;
}

/** Whether no value belongs to it. Between two numbers there is always another one. */
export function isEmpty(set: ValueSet): boolean {
  switch (set.kind) {
    case 'oneOf':
      return set.values.size === 0;
    case 'noneOf':
      return false;
    case 'members':
      return [...set.present].some((member) => set.absent.has(member));
    case 'range': {
      const { low, high, except } = set;
      if (low === null || high === null) return false;
      const order = compareDecimals(low.at, high.at);
      if (order !== 0) return order > 0;
      return !low.closed || !high.closed || except.some((at) => compareDecimals(at, low.at) === 0);
    }
  }
}

/** Whether every value of `inner` belongs to `outer`. False when it cannot be told. */
export function includes(outer: ValueSet, inner: ValueSet): boolean {
  if (inner.kind === 'oneOf' && (outer.kind === 'oneOf' || outer.kind === 'noneOf'))
    return [...inner.values].every((value) => holds(outer, value));
  if (inner.kind === 'noneOf' && outer.kind === 'noneOf')
    return [...outer.values].every((value) => inner.values.has(value));
  if (inner.kind === 'members' && outer.kind === 'members')
    return (
      [...outer.present].every((member) => inner.present.has(member)) &&
      [...outer.absent].every((member) => inner.absent.has(member))
    );
  if (inner.kind === 'range' && outer.kind === 'range')
    return (
      reachesAsFar(outer.low, inner.low, 'low') &&
      reachesAsFar(outer.high, inner.high, 'high') &&
      outer.except.every((at) => isOutside(inner, at))
    );
  return false;
}

function reachesAsFar(outer: Bound | null, inner: Bound | null, side: 'low' | 'high'): boolean {
  if (outer === null) return true;
  if (inner === null) return false;
  const order = compareDecimals(outer.at, inner.at);
  if (order === 0) return outer.closed || !inner.closed;
  return side === 'low' ? order < 0 : order > 0;
}

function isOutside(range: Extract<ValueSet, { kind: 'range' }>, at: string): boolean {
  const point: Bound = { at, closed: true };
  return (
    range.except.some((other) => compareDecimals(other, at) === 0) ||
    !reachesAsFar(range.low, point, 'low') ||
    !reachesAsFar(range.high, point, 'high')
  );
}
