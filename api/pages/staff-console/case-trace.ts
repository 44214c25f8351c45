import type { Scope } from '../../../domain/access/scope';
import type { EvaluationRecord } from '../../../db/case-file';
import type { Json } from '../../../db/events';
import { operatorWords, operators } from '../../../domain/policy/condition';
import { betrayingFacts } from '../../../domain/policy/hidden-facts';
import { isPolicyKind, policyKinds } from '../../../domain/policy/kinds/registry';

interface ShownRule {
  readonly title: string;
  readonly ruleId: string;
  readonly reason: string;
  readonly source: string;
  readonly layer: string;
  readonly result: string;
  /** What was looked at: "age is 17, asked: is less than 18". */
  readonly looked: readonly string[];
}

/** An evaluation in words: rules that held first, then undecided ones, the rest folded. */
export interface ShownEvaluation {
  readonly id: string;
  readonly kindTitle: string;
  readonly at: string;
  readonly pins: readonly string[];
  readonly decision: string;
  readonly held: readonly ShownRule[];
  readonly undecided: readonly ShownRule[];
  readonly rest: readonly ShownRule[];
}

/** Rules that look at what a hidden hold makes true are left out for whoever may not see it. */
export function showEvaluations(
  evaluations: readonly EvaluationRecord[],
  scope: Scope,
): ShownEvaluation[] {
  const maySeeHidden = scope.kind === 'system' || (scope.kind === 'staff' && scope.restricted);
  return evaluations.map((evaluation) => {
    const rules = listOf(evaluation.trace)
      .filter((rule) => maySeeHidden || !factsOf(recordOf(rule)['tree']).some(isBetraying))
      .map(showRule);
    const outcome = recordOf(evaluation.outcome);
    const { decision, level } = outcome;
    return {
      id: evaluation.id,
      kindTitle: isPolicyKind(evaluation.kind)
        ? policyKinds[evaluation.kind].title
        : evaluation.kind,
      at: evaluation.at,
      pins: evaluation.pins,
      decision: textOf(decision) || textOf(level),
      held: rules.filter((rule) => rule.result === 'true'),
      undecided: rules.filter((rule) => rule.result === 'unknown' || rule.result === 'error'),
      rest: rules.filter((rule) => rule.result === 'false'),
    };
  });
}

function recordOf(value: Json | undefined): { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function showRule(value: Json): ShownRule {
  const rule = recordOf(value);
  return {
    title: textOf(rule['title']),
    ruleId: textOf(rule['ruleId']),
    reason: textOf(rule['reason']),
    source: textOf(rule['source']),
    layer: textOf(rule['layer']),
    result: textOf(rule['result']),
    looked: comparisons(rule['tree']),
  };
}

const isBetraying = (fact: string) => betrayingFacts.has(fact);

const depthMax = 12;

/** The facts that a rule looked at. */
function factsOf(value: Json | undefined, depth = 0): string[] {
  const node = recordOf(value);
  if (depth > depthMax) return [];
  if (node['type'] === 'comparison') return [textOf(node['fact'])];
  return partsOf(node).flatMap((part) => factsOf(part, depth + 1));
}

function partsOf(node: { readonly [key: string]: Json }): readonly Json[] {
  const of = node['of'];
  if (of === undefined) return [];
  return Array.isArray(of) ? of : [of];
}

function comparisons(value: Json | undefined, depth = 0): string[] {
  const node = recordOf(value);
  if (depth > depthMax) return [];
  if (node['type'] === 'comparison') {
    const operator = operators.find((known) => known === node['operator']);
    const asked = `${operator ? operatorWords[operator] : ''} ${wordsOf(node['expected'])}`;
    return [`${textOf(node['label'])} is ${wordsOf(node['seen'])}; asked: ${asked.trim()}`];
  }
  return partsOf(node).flatMap((part) => comparisons(part, depth + 1));
}

function wordsOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'not known';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.slice(0, 8).map(wordsOf).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
