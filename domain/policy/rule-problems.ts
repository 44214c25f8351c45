import {
  type PolicyList,
  type PolicyParameters,
  type PolicyProblem,
  type Rule,
  rulesPerPolicyMax,
} from './body';
import {
  type Comparison,
  type Condition,
  conditionDepthMax,
  conditionsPerRuleMax,
  isListReference,
  isParameterReference,
  type Literal,
} from './condition';
import { type FactDefinition, factProblem, operatorsByType } from './fact';
import { type HitPolicy } from './kind';
import { type FactCatalogue } from './fact';

export interface RuleContext {
  readonly facts: FactCatalogue;
  readonly hitPolicy: HitPolicy;
  readonly parameters: PolicyParameters;
  readonly lists: Readonly<Record<string, PolicyList>>;
}

/** Everything wrong with rules whose shape is right: facts, operators, values, references, reachability. */
export function ruleProblems(
  context: RuleContext,
  rules: readonly Rule[],
  requires: readonly string[],
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (rules.length > rulesPerPolicyMax)
    problems.push(error('/rules', 'too_many', `more than ${rulesPerPolicyMax} rules`));

  const seen = new Set<string>();
  let catchAll: string | null = null;
  rules.slice(0, rulesPerPolicyMax).forEach((rule, position) => {
    const pointer = `/rules/${position}`;
    const found: PolicyProblem[] = [];
    if (seen.has(rule.id))
      found.push(error(`${pointer}/id`, 'duplicate_rule', `rule id "${rule.id}" is used twice`));
    seen.add(rule.id);
    if (catchAll !== null)
      found.push(
        warning(
          pointer,
          'unreachable',
          `rule "${rule.id}" is never reached: "${catchAll}" always holds`,
        ),
      );
    if (context.hitPolicy === 'first' && alwaysHolds(rule.when)) catchAll ??= rule.id;
    found.push(...conditionProblems(context, rule.when, `${pointer}/when`));
    problems.push(...found.map((problem) => ({ ...problem, rule: rule.id })));
  });

  requires.forEach((fact, position) => {
    if (!Object.hasOwn(context.facts, fact))
      problems.push(error(`/requires/${position}`, 'unknown_fact', `there is no fact "${fact}"`));
  });
  return problems;
}

/** Whether a condition holds whatever the facts are. */
export function alwaysHolds(condition: Condition): boolean {
  return 'all' in condition && condition.all.every(alwaysHolds);
}

function conditionProblems(
  context: RuleContext,
  root: Condition,
  rootPointer: string,
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  let comparisons = 0;
  const walk = (condition: Condition, pointer: string, depth: number): void => {
    if (depth > conditionDepthMax) {
      problems.push(error(pointer, 'too_deep', `nested deeper than ${conditionDepthMax}`));
      return;
    }
    if ('all' in condition) {
      condition.all.forEach((part, i) => walk(part, `${pointer}/all/${i}`, depth + 1));
    } else if ('any' in condition) {
      if (condition.any.length === 0)
        problems.push(error(pointer, 'never_true', 'an empty "any" never holds'));
      condition.any.forEach((part, i) => walk(part, `${pointer}/any/${i}`, depth + 1));
    } else if ('not' in condition) {
      walk(condition.not, `${pointer}/not`, depth + 1);
    } else {
      comparisons += 1;
      problems.push(...comparisonProblems(context, condition, pointer));
    }
  };
  walk(root, rootPointer, 1);
  if (comparisons > conditionsPerRuleMax)
    problems.push(
      error(rootPointer, 'too_many', `more than ${conditionsPerRuleMax} comparisons in one rule`),
    );
  return problems;
}

function comparisonProblems(
  context: RuleContext,
  comparison: Comparison,
  pointer: string,
): PolicyProblem[] {
  const definition = Object.hasOwn(context.facts, comparison.fact)
    ? context.facts[comparison.fact]
    : undefined;
  if (definition === undefined)
    return [error(`${pointer}/fact`, 'unknown_fact', `there is no fact "${comparison.fact}"`)];
  const allowed = operatorsByType[definition.type];
  if (!allowed.includes(comparison.operator))
    return [
      error(
        `${pointer}/operator`,
        'operator_not_allowed',
        `"${comparison.operator}" cannot be used on "${comparison.fact}" (${definition.type}): use ${allowed.join(', ')}`,
      ),
    ];
  const resolved = resolveOperand(context, comparison);
  if (resolved.problem !== null)
    return [error(`${pointer}/value`, resolved.problem.code, resolved.problem.detail)];
  const wrong = literalProblem(definition, comparison, resolved.value);
  return wrong === null ? [] : [error(`${pointer}/value`, 'value_type', wrong)];
}

export type ResolvedOperand =
  | { readonly value: Literal; readonly problem: null }
  | {
      readonly value: null;
      readonly problem: {
        readonly code: 'unknown_list' | 'unknown_parameter' | 'value_type';
        readonly detail: string;
      };
    };

/** Looks the operand up in lists and parameters, so that what is compared with is a plain value. */
export function resolveOperand(
  context: Pick<RuleContext, 'lists' | 'parameters'>,
  comparison: Comparison,
): ResolvedOperand {
  const operand = comparison.value;
  if (isListReference(operand)) {
    const list = Object.hasOwn(context.lists, operand.list)
      ? context.lists[operand.list]
      : undefined;
    return list === undefined
      ? refusal('unknown_list', `there is no list "${operand.list}"`)
      : { value: list.values, problem: null };
  }
  if (isParameterReference(operand)) {
    const name = operand.parameter;
    if (!Object.hasOwn(context.parameters, name))
      return refusal('unknown_parameter', `there is no parameter "${name}"`);
    const value = context.parameters[name];
    return isLiteral(value)
      ? { value, problem: null }
      : refusal('value_type', `the parameter "${name}" is not a plain value`);
  }
  return { value: operand, problem: null };
}

function refusal(
  code: 'unknown_list' | 'unknown_parameter' | 'value_type',
  detail: string,
): ResolvedOperand {
  return { value: null, problem: { code, detail } };
}

function isLiteral(value: unknown): value is Literal {
  return (
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    typeof value === 'string' ||
    (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
}

function literalProblem(
  definition: FactDefinition,
  comparison: Comparison,
  value: Literal,
): string | null {
  const { operator, fact } = comparison;
  if (operator === 'in' || operator === 'notIn') {
    if (!Array.isArray(value)) return `"${operator}" needs a list`;
    const wrong = value.map((item) => factProblem(definition, item)).find((p) => p !== null);
    return wrong === undefined ? null : `the list for "${fact}" has a value that ${wrong}`;
  }
  const asked =
    operator === 'contains' || operator === 'doesNotContain'
      ? typeof value === 'string'
        ? factProblem(definition, [value])
        : 'is not a text'
      : factProblem(definition, value);
  return asked === null ? null : `the value for "${fact}" ${asked}`;
}

function error(pointer: string, code: PolicyProblem['code'], detail: string): PolicyProblem {
  return { pointer, code, detail, severity: 'error' };
}

function warning(pointer: string, code: PolicyProblem['code'], detail: string): PolicyProblem {
  return { pointer, code, detail, severity: 'warning' };
}
