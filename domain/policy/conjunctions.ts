import { type Condition } from './condition';
import { resolveOperand, type RuleContext } from './rule-problems';
import { intersect, includes, isEmpty, oppositeOf, type ValueSet, valueSetOf } from './value-set';

/** One way for a condition to hold: what each fact that is named must be. */
export type Conjunction = ReadonlyMap<string, ValueSet>;

/** More ways than these are not counted: nothing is said about such a condition. */
const waysMax = 128;

/**
 * Every way in which a condition can hold, "not" pushed down to the comparisons; none means never, and
 * undefined that it cannot be told. Ways that contradict themselves stay, so that they can be named.
 */
export function waysOf(context: RuleContext, condition: Condition): Conjunction[] | undefined {
  return ways(context, condition, true);
}

function ways(
  context: RuleContext,
  condition: Condition,
  wanted: boolean,
): Conjunction[] | undefined {
  if ('not' in condition) return ways(context, condition.not, !wanted);
  if ('all' in condition || 'any' in condition) {
    const parts = 'all' in condition ? condition.all : condition.any;
    const found: Conjunction[][] = [];
    for (const part of parts) {
      const of = ways(context, part, wanted);
      if (of === undefined) return undefined;
      found.push(of);
    }
    return 'all' in condition === wanted ? product(found) : bounded(found.flat());
  }
  const definition = context.facts[condition.fact];
  const operand = resolveOperand(context, condition);
  if (definition === undefined || operand.problem !== null) return undefined;
  const operator = wanted ? condition.operator : oppositeOf(condition.operator);
  const set = valueSetOf(definition, { operator }, operand.value);
  return set && [new Map([[condition.fact, set]])];
}

function product(parts: readonly Conjunction[][]): Conjunction[] | undefined {
  let made: Conjunction[] = [new Map()];
  for (const part of parts) {
    const next: Conjunction[] = [];
    for (const left of made)
      for (const right of part) {
        const both = merged(left, right);
        if (both === undefined || next.length >= waysMax) return undefined;
        next.push(both);
      }
    made = next;
  }
  return made;
}

function bounded(found: Conjunction[]): Conjunction[] | undefined {
  return found.length > waysMax ? undefined : found;
}

function merged(left: Conjunction, right: Conjunction): Conjunction | undefined {
  const both = new Map(left);
  for (const [fact, set] of right) {
    const present = both.get(fact);
    const together = present === undefined ? set : intersect(present, set);
    if (together === undefined) return undefined;
    both.set(fact, together);
  }
  return both;
}

/** The first fact of which a way asks what it cannot be at once; undefined when there is none. */
export function contradictedFact(way: Conjunction): string | undefined {
  for (const [fact, set] of way) if (isEmpty(set)) return fact;
  return undefined;
}

/** Whether whatever fits the narrow way fits the wide one as well. */
export function isWithin(narrow: Conjunction, wide: Conjunction): boolean {
  for (const [fact, set] of wide) {
    const asked = narrow.get(fact);
    if (asked === undefined || !includes(set, asked)) return false;
  }
  return true;
}
