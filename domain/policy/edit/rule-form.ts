import { type FactCatalogue } from '../fact';
import {
  changeParts,
  conditionOf,
  newComparison,
  type PartCommand,
  partsOf,
  readParts,
} from './condition-form';
import { readFields, type Typed } from './field-form';
import { type Field } from './fields';
import { given, type Loose, looseOf } from './loose';

/** Where the parts of a rule's form begin. */
export const whenPrefix = 'when';
export const thenPrefix = 'then';

/** Reads a whole rule from its form, and does what the pressed button says to its condition. */
export function readRule(
  kind: { readonly facts: FactCatalogue; readonly then: readonly Field[] },
  typed: Typed,
  present: Loose,
): Loose {
  const { facts, then } = kind;
  const read = readParts(facts, whenPrefix, typed);
  const command = partCommandOf(facts, typed);
  const group = command === undefined ? read : changeParts(read, command);
  const [only] = group.parts;
  // A lone comparison stays written as it was, so that an edit of something else does not touch it.
  const isBare = 'fact' in looseOf(present['when']);
  const isLone = group.mode === 'all' && group.parts.length === 1;
  const when =
    isBare && isLone && only?.type === 'comparison' ? conditionOf(only) : conditionOf(group);
  const outcome =
    then.length > 0 ? readFields(then, thenPrefix, typed) : jsonOf(typed, present['then']);
  return {
    id: given(typed['id']) ?? '',
    title: given(typed['title']) ?? '',
    when,
    then: outcome,
    reason: given(typed['reason']) ?? '',
    source: given(typed['source']) ?? '',
    ...(typed['mandatory'] === undefined ? {} : { mandatory: true }),
  };
}

/** The outcome of a kind whose rules may say anything. */
function jsonOf(typed: Typed, present: unknown): unknown {
  const text = given(typed[thenPrefix]);
  if (text === undefined) return present ?? {};
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

/** `add:0.1`, `group:`, `remove:2`, `up:2`, `down:0.1`: what a button of the form is called. */
function partCommandOf(facts: FactCatalogue, typed: Typed): PartCommand | undefined {
  const [, verb, path = ''] =
    /^(add|group|remove|up|down):([\d.]*)$/.exec(given(typed['do']) ?? '') ?? [];
  const at = path === '' ? [] : path.split('.').map(Number);
  if (verb === 'remove' || verb === 'up' || verb === 'down') return { do: verb, at };
  const prefix = path === '' ? whenPrefix : `${whenPrefix}.${path}`;
  const fact = given(typed[`${prefix}.new`]) ?? Object.keys(facts)[0] ?? '';
  const comparison = newComparison(facts, fact);
  if (verb === 'add') return { do: 'add', at, part: comparison };
  if (verb === 'group')
    return { do: 'add', at, part: { type: 'group', mode: 'any', parts: [comparison] } };
  return undefined;
}

/** The condition of a rule as parts, for its form. */
export function partsOfRule(rule: Loose) {
  return partsOf(rule['when']);
}
