import {
  type EffectivePolicy,
  type EffectiveRule,
  parameterRecord,
  PolicyInvalid,
  type PolicyLayers,
} from './body';
import { type Comparison, type Condition, type Literal } from './condition';
import { withAnswerFacts } from './answer-facts';
import {
  compareDecimals,
  type FactCatalogue,
  type FactDefinition,
  factProblem,
  type Facts,
  type FactValue,
} from './fact';
import { type ParametersOf, policyKinds, type PolicyKind, type ThenOf } from './kinds/registry';
import { foldLayers } from './layers';
import { resolveOperand, type RuleContext, ruleProblems } from './rule-problems';
import { type TraceNode } from './trace';
import { andOf, notOf, orOf, truthOf } from './truth';

type Test = (facts: Facts) => TraceNode;

export interface CompiledRule<Then> {
  readonly rule: EffectiveRule<Then>;
  readonly test: Test;
}

/** A policy ready to evaluate: closures over an immutable effective body. */
export interface CompiledPolicy<K extends PolicyKind> {
  readonly kind: K;
  readonly effective: EffectivePolicy<ThenOf<K>, ParametersOf<K>>;
  /** The kind's, and the answers that its rules read. */
  readonly facts: FactCatalogue;
  readonly rules: readonly CompiledRule<ThenOf<K>>[];
  /** The kind's required facts and the body's own. */
  readonly required: readonly string[];
}

/** Folds the layers and compiles them. Throws `PolicyInvalid` naming every problem. */
export function compilePolicy<K extends PolicyKind>(
  kind: K,
  layers: PolicyLayers<ThenOf<K>, ParametersOf<K>>,
): CompiledPolicy<K> {
  return compileEffective(kind, foldLayers<ThenOf<K>, ParametersOf<K>>(kind, layers));
}

/** Compiles a stored effective body, as a pinned case does. Throws `PolicyInvalid`. */
export function compileEffective<K extends PolicyKind>(
  kind: K,
  effective: EffectivePolicy<ThenOf<K>, ParametersOf<K>>,
): CompiledPolicy<K> {
  const definition = policyKinds[kind];
  const context: RuleContext = {
    facts: withAnswerFacts(definition.facts, [effective.rules, effective.requires]),
    hitPolicy: definition.hitPolicy,
    parameters: parameterRecord(effective.parameters),
    lists: effective.lists,
  };
  const problems = ruleProblems(context, effective.rules, effective.requires).filter(
    (problem) => problem.severity === 'error',
  );
  if (problems.length > 0) throw new PolicyInvalid(kind, problems);
  return Object.freeze({
    kind,
    effective,
    facts: context.facts,
    rules: effective.rules.map((rule) => ({ rule, test: compileCondition(context, rule.when) })),
    required: [...new Set([...definition.required, ...effective.requires])],
  });
}

function compileCondition(context: RuleContext, condition: Condition): Test {
  if ('all' in condition) {
    const parts = condition.all.map((part) => compileCondition(context, part));
    return (facts) => {
      const of = parts.map((part) => part(facts));
      return { type: 'all', result: andOf(of.map((node) => node.result)), of };
    };
  }
  if ('any' in condition) {
    const parts = condition.any.map((part) => compileCondition(context, part));
    return (facts) => {
      const of = parts.map((part) => part(facts));
      return { type: 'any', result: orOf(of.map((node) => node.result)), of };
    };
  }
  if ('not' in condition) {
    const part = compileCondition(context, condition.not);
    return (facts) => {
      const of = part(facts);
      return { type: 'not', result: notOf(of.result), of };
    };
  }
  return compileComparison(context, condition);
}

function compileComparison(context: RuleContext, comparison: Comparison): Test {
  const { fact, operator } = comparison;
  const definition = context.facts[fact];
  const operand = resolveOperand(context, comparison);
  if (definition === undefined || operand.problem !== null)
    throw new PolicyInvalid(fact, [
      {
        pointer: '',
        code: 'unknown_fact',
        detail: `"${fact}" cannot be compared`,
        severity: 'error',
      },
    ]);
  const expected = operand.value;
  const holds = comparator(definition, comparison, expected);
  const { label } = definition;
  // Each node is written out: spreading a head into it takes V8 ten times as long, and it is most of an evaluation.
  return (facts) => {
    const seen = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
    if (seen === undefined || seen === null)
      return { type: 'comparison', fact, label, operator, expected, seen: null, result: 'unknown' };
    const problem = factProblem(definition, seen);
    if (problem !== null) {
      const said = { seen, result: 'error', problem: `${fact} ${problem}` } as const;
      return { type: 'comparison', fact, label, operator, expected, ...said };
    }
    const result = truthOf(holds(seen));
    return { type: 'comparison', fact, label, operator, expected, seen, result };
  };
}

/** The comparison proper; both sides have been checked against the fact's type. */
function comparator(
  definition: FactDefinition,
  { operator }: Comparison,
  expected: Literal,
): (seen: FactValue) => boolean {
  const compare = (seen: FactValue): number => {
    if (definition.type === 'money') return compareDecimals(String(seen), String(expected));
    if (definition.type === 'date') return String(seen).localeCompare(String(expected), 'en');
    return Number(seen) - Number(expected);
  };
  const members = new Set(Array.isArray(expected) ? expected : []);
  const equal =
    definition.type === 'money'
      ? (seen: FactValue) => compare(seen) === 0
      : (seen: FactValue) => seen === expected;
  switch (operator) {
    case 'equal':
      return equal;
    case 'notEqual':
      return (seen) => !equal(seen);
    case 'lessThan':
      return (seen) => compare(seen) < 0;
    case 'lessThanInclusive':
      return (seen) => compare(seen) <= 0;
    case 'greaterThan':
      return (seen) => compare(seen) > 0;
    case 'greaterThanInclusive':
      return (seen) => compare(seen) >= 0;
    case 'in':
      return (seen) => members.has(String(seen));
    case 'notIn':
      return (seen) => !members.has(String(seen));
    case 'contains':
      return (seen) => Array.isArray(seen) && seen.includes(expected);
    case 'doesNotContain':
      return (seen) => Array.isArray(seen) && !seen.includes(expected);
  }
}
