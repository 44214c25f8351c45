import { type EffectiveRule } from './body';
import { type CompiledPolicy } from './compile';
import { factProblem, type Facts } from './fact';
import { type RuleHit } from './kind';
import { type OutcomeOf, policyKinds, type PolicyKind, type ThenOf } from './kinds/registry';
import { comparisonsOf, type RuleTrace, unknownFactsOf } from './trace';

export interface Evaluation<K extends PolicyKind> {
  readonly kind: K;
  /** `incomplete`: data is missing; `error`: a value could not be read. Both reach a person, never "clear". */
  readonly status: 'decided' | 'incomplete' | 'error';
  readonly outcome: OutcomeOf<K>;
  /** Every rule that holds; with hit policy `first` only the one that decided. */
  readonly hits: readonly RuleHit<ThenOf<K>>[];
  /** Rules whose condition is not known and that could have mattered. */
  readonly undecided: readonly RuleHit<ThenOf<K>>[];
  /** Fact ids that have to be supplied. */
  readonly missing: readonly string[];
  readonly errors: readonly string[];
  /** The same in words for a person: "data missing: age". */
  readonly says: readonly string[];
  /** One entry per rule, in order, whatever it came to. */
  readonly trace: readonly RuleTrace[];
}

/** Evaluates every rule on the facts. Never throws, keeps the whole trace, and is the same for the same input. */
export function evaluate<K extends PolicyKind>(
  policy: CompiledPolicy<K>,
  facts: Facts,
): Evaluation<K> {
  const definition = policyKinds[policy.kind];
  const trace = policy.rules.map(({ rule, test }): RuleTrace => {
    const tree = test(facts);
    const { id: ruleId, title, reason, source, layer } = rule;
    return { ruleId, title, reason, source, layer, result: tree.result, tree };
  });

  const hits: RuleHit<ThenOf<K>>[] = [];
  const undecided: RuleHit<ThenOf<K>>[] = [];
  const missing = new Set<string>();
  const errors = new Set<string>();
  for (const [position, { rule }] of policy.rules.entries()) {
    const traced = trace[position];
    if (traced === undefined) break;
    if (traced.result === 'error')
      for (const { problem } of comparisonsOf(traced.tree))
        if (problem !== undefined) errors.add(`rule ${rule.id}: ${problem}`);
    // With `first`, what stands behind the deciding rule cannot matter any more.
    if (definition.hitPolicy === 'first' && hits.length > 0) continue;
    if (traced.result === 'true') hits.push(hitOf(rule));
    if (traced.result === 'unknown') {
      undecided.push(hitOf(rule));
      for (const fact of unknownFactsOf(traced.tree)) missing.add(fact);
    }
  }

  for (const fact of policy.required) {
    const value = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
    if (value === undefined || value === null) {
      missing.add(fact);
      continue;
    }
    const known = policy.facts[fact];
    const problem = known === undefined ? 'is not in the catalogue' : factProblem(known, value);
    if (problem !== null) errors.add(`required: ${fact} ${problem}`);
  }

  const findings = {
    hits,
    undecided,
    missing: [...missing],
    errors: [...errors],
    parameters: policy.effective.parameters,
    facts,
  };
  const labelled = findings.missing.map((fact) => policy.facts[fact]?.label ?? fact);
  return {
    kind: policy.kind,
    status: errors.size > 0 ? 'error' : missing.size > 0 ? 'incomplete' : 'decided',
    outcome: definition.conclude(findings),
    hits,
    undecided,
    missing: findings.missing,
    errors: findings.errors,
    says: [
      ...labelled.map((label) => `data missing: ${label}`),
      ...findings.errors.map((error) => `cannot be evaluated: ${error}`),
    ],
    trace,
  };
}

function hitOf<Then>(rule: EffectiveRule<Then>): RuleHit<Then> {
  const { id: ruleId, title, reason, source, layer, then } = rule;
  return { ruleId, title, reason, source, layer, then };
}
