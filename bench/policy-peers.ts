import { Engine, type TopLevelCondition } from 'json-rules-engine';
import type { Condition, Literal, Operator } from '../domain/policy/condition';
import type { Facts } from '../domain/policy/fact';
import { kycApproval, type KycDecision } from '../domain/policy/kinds/kyc-approval';
import type { RuleTrace, TraceNode } from '../domain/policy/trace';
import type { Truth } from '../domain/policy/truth';

/** One of the bench's rules: as a policy holds it, and as somebody would write it by hand with the same trace. */
export interface BenchRule {
  readonly id: string;
  readonly decision: KycDecision;
  readonly when: Condition;
  readonly byHand: (facts: Facts) => TraceNode;
}

const labels = Object.fromEntries(
  Object.entries(kycApproval.facts).map(([fact, { label }]) => [fact, label]),
);

/** A comparison as the trace has it; `holds` is asked only of a value that is known. */
function node(
  facts: Facts,
  fact: string,
  operator: Operator,
  expected: Literal,
  holds: (seen: never) => boolean,
): TraceNode {
  const label = labels[fact] ?? fact;
  const seen = facts[fact];
  if (seen === undefined || seen === null)
    return { type: 'comparison', fact, label, operator, expected, seen: null, result: 'unknown' };
  // The bench's own cases: each fact has the type that the rule takes it for.
  const result: Truth = holds(seen as never) ? 'true' : 'false';
  return { type: 'comparison', fact, label, operator, expected, seen, result };
}

function all(...of: readonly TraceNode[]): TraceNode {
  let result: Truth = 'true';
  for (const { result: each } of of) {
    if (each === 'false') result = 'false';
    else if (each === 'unknown' && result === 'true') result = 'unknown';
  }
  return { type: 'all', result, of };
}

function any(...of: readonly TraceNode[]): TraceNode {
  let result: Truth = 'false';
  for (const { result: each } of of) {
    if (each === 'true') result = 'true';
    else if (each === 'unknown' && result === 'false') result = 'unknown';
  }
  return { type: 'any', result, of };
}

function not(of: TraceNode): TraceNode {
  const result = of.result === 'true' ? 'false' : of.result === 'false' ? 'true' : of.result;
  return { type: 'not', result, of };
}

const failureCodes = ['DOC_EXPIRED', 'DOC_UNREADABLE', 'NAME_MISMATCH'] as const;
const countryLists = [
  ['CY', 'DE', 'FR', 'GR', 'IT'],
  ['KE', 'NG', 'ZA', 'AE', 'SC'],
  ['MY', 'ID', 'TH', 'VN', 'PH', 'SG'],
] as const;

type Shape = (level: 0 | 1 | 2) => Omit<BenchRule, 'id'>;

/** Ten ways in which rules are made; each is used at three levels. */
const shapes: readonly Shape[] = [
  (level) => {
    const [years, countries] = [18 + level * 3, [...countryLists[level]]];
    const within = new Set<string>(countries);
    return {
      decision: 'reject',
      when: {
        all: [
          { fact: 'client.ageYears', operator: 'lessThan', value: years },
          { fact: 'client.residence', operator: 'in', value: countries },
        ],
      },
      byHand: (facts) =>
        all(
          node(facts, 'client.ageYears', 'lessThan', years, (seen: number) => seen < years),
          node(facts, 'client.residence', 'in', countries, (seen: string) => within.has(seen)),
        ),
    };
  },
  (level) => {
    const days = 30 * (level + 1);
    return {
      decision: 'request',
      when: {
        any: [
          { fact: 'identity.expiresInDays', operator: 'lessThan', value: days },
          { fact: 'identity.checksPassed', operator: 'equal', value: false },
        ],
      },
      byHand: (facts) =>
        any(
          node(facts, 'identity.expiresInDays', 'lessThan', days, (seen: number) => seen < days),
          node(facts, 'identity.checksPassed', 'equal', false, (seen: boolean) => !seen),
        ),
    };
  },
  (level) => {
    const points = 60 + level * 15;
    return {
      decision: 'review',
      when: { fact: 'risk.score', operator: 'greaterThanInclusive', value: points },
      byHand: (facts) =>
        node(facts, 'risk.score', 'greaterThanInclusive', points, (seen: number) => seen >= points),
    };
  },
  (level) => {
    const points = 40 + level * 10;
    return {
      decision: 'escalate',
      when: {
        all: [
          { fact: 'client.pep', operator: 'equal', value: true },
          {
            any: [
              { fact: 'risk.level', operator: 'equal', value: 'high' },
              { fact: 'risk.score', operator: 'greaterThan', value: points },
            ],
          },
        ],
      },
      byHand: (facts) =>
        all(
          node(facts, 'client.pep', 'equal', true, (seen: boolean) => seen),
          any(
            node(facts, 'risk.level', 'equal', 'high', (seen: string) => seen === 'high'),
            node(facts, 'risk.score', 'greaterThan', points, (seen: number) => seen > points),
          ),
        ),
    };
  },
  (level) => {
    const days = 60 + level * 30;
    return {
      decision: 'request',
      when: {
        all: [
          { not: { fact: 'documents.complete', operator: 'equal', value: true } },
          { fact: 'address.ageDays', operator: 'greaterThan', value: days },
        ],
      },
      byHand: (facts) =>
        all(
          not(node(facts, 'documents.complete', 'equal', true, (seen: boolean) => seen)),
          node(facts, 'address.ageDays', 'greaterThan', days, (seen: number) => seen > days),
        ),
    };
  },
  (level) => {
    const hours = 24 * (level + 1);
    const verdicts = ['possible', 'strong', 'unreadable'];
    const within = new Set(verdicts);
    return {
      decision: 'review',
      when: {
        all: [
          { fact: 'screening.verdict', operator: 'in', value: verdicts },
          { fact: 'screening.ageHours', operator: 'greaterThan', value: hours },
        ],
      },
      byHand: (facts) =>
        all(
          node(facts, 'screening.verdict', 'in', verdicts, (seen: string) => within.has(seen)),
          node(facts, 'screening.ageHours', 'greaterThan', hours, (seen: number) => seen > hours),
        ),
    };
  },
  (level) => {
    const code = failureCodes[level];
    return {
      decision: 'request',
      when: { fact: 'documents.failures', operator: 'contains', value: code },
      byHand: (facts) =>
        node(facts, 'documents.failures', 'contains', code, (seen: readonly string[]) =>
          seen.includes(code),
        ),
    };
  },
  (level) => {
    const countries = [...countryLists[level]];
    const within = new Set<string>(countries);
    return {
      decision: 'review',
      when: {
        all: [
          { fact: 'client.nationality', operator: 'notIn', value: countries },
          { fact: 'client.category', operator: 'equal', value: 'retail' },
          { not: { fact: 'appropriateness.passed', operator: 'equal', value: true } },
        ],
      },
      byHand: (facts) =>
        all(
          node(
            facts,
            'client.nationality',
            'notIn',
            countries,
            (seen: string) => !within.has(seen),
          ),
          node(facts, 'client.category', 'equal', 'retail', (seen: string) => seen === 'retail'),
          not(node(facts, 'appropriateness.passed', 'equal', true, (seen: boolean) => seen)),
        ),
    };
  },
  (level) => ({
    decision: 'review',
    when: {
      any: [
        { fact: 'documents.undecided', operator: 'greaterThan', value: level },
        {
          all: [
            { fact: 'client.duplicate', operator: 'equal', value: true },
            { fact: 'risk.level', operator: 'notEqual', value: 'low' },
          ],
        },
      ],
    },
    byHand: (facts) =>
      any(
        node(facts, 'documents.undecided', 'greaterThan', level, (seen: number) => seen > level),
        all(
          node(facts, 'client.duplicate', 'equal', true, (seen: boolean) => seen),
          node(facts, 'risk.level', 'notEqual', 'low', (seen: string) => seen !== 'low'),
        ),
      ),
  }),
  (level) => {
    const years = 18 + level;
    return {
      decision: 'approve',
      when: {
        all: [
          { fact: 'documents.complete', operator: 'equal', value: true },
          { fact: 'identity.checksPassed', operator: 'equal', value: true },
          { fact: 'address.verified', operator: 'equal', value: true },
          { fact: 'screening.verdict', operator: 'equal', value: 'clear' },
          { fact: 'risk.level', operator: 'equal', value: 'low' },
          { fact: 'client.ageYears', operator: 'greaterThanInclusive', value: years },
        ],
      },
      byHand: (facts) =>
        all(
          node(facts, 'documents.complete', 'equal', true, (seen: boolean) => seen),
          node(facts, 'identity.checksPassed', 'equal', true, (seen: boolean) => seen),
          node(facts, 'address.verified', 'equal', true, (seen: boolean) => seen),
          node(facts, 'screening.verdict', 'equal', 'clear', (seen: string) => seen === 'clear'),
          node(facts, 'risk.level', 'equal', 'low', (seen: string) => seen === 'low'),
          node(
            facts,
            'client.ageYears',
            'greaterThanInclusive',
            years,
            (seen: number) => seen >= years,
          ),
        ),
    };
  },
];

export const benchRules: readonly BenchRule[] = ([0, 1, 2] as const).flatMap((level) =>
  shapes.map((shape, n) => ({ id: `bench.r${n}-${level}`, ...shape(level) })),
);

export const ruleWords = (rule: BenchRule) => ({
  ...{ id: rule.id, title: `Rule ${rule.id}`, reason: 'HOUSE_RULE', source: 'house rule' },
  ...{ when: rule.when, then: { decision: rule.decision } },
});

/** What the peer written by hand answers: the trace of every rule and which ones hold. */
export function evaluateByHand(facts: Facts): { trace: RuleTrace[]; hits: string[] } {
  const trace: RuleTrace[] = [];
  const hits: string[] = [];
  for (const { id: ruleId, byHand } of benchRules) {
    const tree = byHand(facts);
    const title = `Rule ${ruleId}`;
    const told = { reason: 'HOUSE_RULE', source: 'house rule', layer: 'base' };
    trace.push({ ruleId, title, ...told, result: tree.result, tree });
    if (tree.result === 'true') hits.push(ruleId);
  }
  return { trace, hits };
}

/** json-rules-engine with the same rules; it answers the result of every condition of every rule. */
export function rulesEngine(): (facts: Facts) => Promise<string[]> {
  const engine = new Engine([], { allowUndefinedFacts: true });
  for (const { id, when } of benchRules) {
    const conditions: TopLevelCondition = JSON.parse(JSON.stringify({ all: [when] }));
    engine.addRule({ conditions, event: { type: id } });
  }
  return async (facts) => {
    const { results, failureResults } = await engine.run({ ...facts });
    if (results.length + failureResults.length !== benchRules.length)
      throw new Error('not every rule was traced');
    return results.map(({ event }) => event?.type ?? '');
  };
}
