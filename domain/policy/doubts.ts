import { type PolicyProblem, type Rule, rulesPerPolicyMax } from './body';
import { type Condition } from './condition';
import { type Conjunction, contradictedFact, isWithin, waysOf } from './conjunctions';
import { alwaysHolds, type RuleContext } from './rule-problems';

/**
 * What a person would want to know about rules that can be compiled: one that can never hold, one that is
 * never reached, no rule for the rest, a fact that is required and that nobody reads. Slower than compiling,
 * so it belongs to the check of a draft and never to an evaluation.
 */
export function ruleDoubts(
  context: RuleContext,
  rules: readonly Rule[],
  requires: readonly string[],
): PolicyProblem[] {
  const doubts: PolicyProblem[] = [];
  const earlier: { readonly rule: Rule; readonly row: number; readonly ways: Conjunction[] }[] = [];
  rules.slice(0, rulesPerPolicyMax).forEach((rule, position) => {
    const ways = waysOf(context, rule.when);
    if (ways === undefined || ways.length === 0) return;
    const possible = ways.filter((way) => contradictedFact(way) === undefined);
    const [contradicted] = ways.flatMap((way) => contradictedFact(way) ?? []);
    const pointer = `/rules/${position}/when`;
    if (contradicted !== undefined) {
      const label = context.facts[contradicted]?.label ?? contradicted;
      doubts.push({
        pointer,
        code: 'contradiction',
        rule: rule.id,
        severity: possible.length === 0 ? 'error' : 'warning',
        detail: `${rowWords(rule, position)} asks of “${label}” what cannot be true at once${
          possible.length === 0 ? ': it never holds' : ': a part of it never holds'
        }`,
      });
    }
    if (possible.length === 0) return;
    if (context.hitPolicy === 'first' && !alwaysHolds(rule.when)) {
      const before = earlier.find(({ ways: wide }) =>
        possible.every((way) => wide.some((each) => isWithin(way, each))),
      );
      if (before)
        doubts.push({
          pointer,
          code: 'unreachable',
          rule: rule.id,
          severity: 'warning',
          detail: `${rowWords(rule, position)} is never reached: whenever it holds, ${rowWords(before.rule, before.row)} holds and comes first`,
        });
      earlier.push({ rule, row: position, ways: possible });
    }
  });
  if (context.hitPolicy === 'first' && !rules.some((rule) => alwaysHolds(rule.when)))
    doubts.push({
      pointer: '/rules',
      code: 'no_default',
      severity: 'warning',
      detail:
        'no row says “always”: what none of them speaks of goes to a person as NO_RULE_APPLIES',
    });
  return [...doubts, ...unread(context, rules, requires)];
}

function unread(
  context: RuleContext,
  rules: readonly Rule[],
  requires: readonly string[],
): PolicyProblem[] {
  const read = new Set(rules.flatMap((rule) => factsOf(rule.when)));
  return requires.flatMap((fact, position): PolicyProblem[] => {
    const definition = context.facts[fact];
    if (definition === undefined || read.has(fact)) return [];
    return [
      {
        pointer: `/requires/${position}`,
        code: 'unused_fact',
        severity: 'warning',
        detail: `“${definition.label}” has to be known, and no row reads it`,
      },
    ];
  });
}

/** Every fact that a condition reads, left to right. */
export function factsOf(condition: Condition): string[] {
  if ('all' in condition) return condition.all.flatMap(factsOf);
  if ('any' in condition) return condition.any.flatMap(factsOf);
  if ('not' in condition) return factsOf(condition.not);
  return [condition.fact];
}

function rowWords(rule: Rule, position: number): string {
  return `row ${position + 1} “${rule.title}”`;
}
