import { loadAllBroken } from '../../tests/laws/load-broken';
import * as compile from './compile';
import * as evaluate from './evaluate';
import * as layers from './layers';
import * as truth from './truth';
import * as version from './version';
import fc from 'fast-check';
import {
  anyFacts,
  arbitraryComparison,
  arbitraryCondition,
  arbitraryRules,
  catalogue,
  partlyKnownFacts,
} from './arbitrary-rules';
import { type Rule } from './body';
import { type Condition } from './condition';
import { type Facts } from './fact';
import { kycApproval, type KycApprovalThen } from './kinds/kyc-approval';
import { type Truth } from './truth';

/** The modules under test: the real ones, or ones with a line broken on purpose. */
interface PolicyModules {
  readonly truth: typeof truth;
  readonly compile: typeof compile;
  readonly evaluate: typeof evaluate;
  readonly layers: typeof layers;
  readonly version: typeof version;
}

const value = fc.constantFrom<Truth>('true', 'false', 'unknown', 'error');
const kleene = fc.constantFrom<Truth>('true', 'false', 'unknown');
const runs = { numRuns: 300 };

function policyOf({ compile }: PolicyModules, rules: readonly Rule<KycApprovalThen>[]) {
  const parameters = { minimumAgeYears: 18, screeningAgeHoursMax: 72 };
  return compile.compilePolicy('kyc.approval', {
    base: { title: 'law', parameters, rules },
    overlays: [],
    lists: {},
  });
}

function truthOf(modules: PolicyModules, condition: Condition, facts: Facts): Truth | undefined {
  const rule: Rule<KycApprovalThen> = {
    id: 'only',
    title: 'only',
    when: condition,
    then: { decision: 'review' },
    reason: 'ONLY',
    source: 'law',
  };
  return modules.evaluate.evaluate(policyOf(modules, [rule]), facts).trace[0]?.result;
}

/** What must hold of every evaluation and publication; each throws when it does not. */
const policyLaws: Readonly<Record<string, (modules: PolicyModules) => void>> = {
  'De Morgan: not all = any not, not any = all not'({ truth: { andOf, notOf, orOf } }) {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        expect(notOf(andOf(values))).toBe(orOf(values.map(notOf)));
        expect(notOf(orOf(values))).toBe(andOf(values.map(notOf)));
      }),
    );
  },
  'De Morgan through compiled conditions'(modules) {
    const parts = fc.array(arbitraryCondition(1), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(parts, partlyKnownFacts(), (conditions, facts) => {
        const negated = conditions.map((not) => ({ not }));
        expect(truthOf(modules, { not: { all: conditions } }, facts)).toBe(
          truthOf(modules, { any: negated }, facts),
        );
        expect(truthOf(modules, { not: { any: conditions } }, facts)).toBe(
          truthOf(modules, { all: negated }, facts),
        );
      }),
    );
  },
  'two negations are none, and Kleene tables distribute and absorb'({ truth }) {
    const { andOf, notOf, orOf } = truth;
    fc.assert(
      fc.property(kleene, kleene, kleene, (a, b, c) => {
        expect(notOf(notOf(a))).toBe(a);
        expect(andOf([a, orOf([b, c])])).toBe(orOf([andOf([a, b]), andOf([a, c])]));
        expect(orOf([a, andOf([a, b])])).toBe(a);
      }),
    );
  },
  'a yes never becomes a no when something unknown becomes known'(modules) {
    fc.assert(
      fc.property(
        arbitraryCondition(),
        partlyKnownFacts(),
        partlyKnownFacts(),
        (condition, facts, news) => {
          const before = truthOf(modules, condition, facts);
          const learnt = Object.fromEntries(
            Object.entries(facts).map(([id, seen]) => [id, seen ?? news[id] ?? null]),
          );
          if (before !== 'unknown') expect(truthOf(modules, condition, learnt)).toBe(before);
        },
      ),
      { numRuns: 500 },
    );
  },
  'what is broken is an error, whatever stands beside it'({ truth: { andOf, orOf } }) {
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(andOf(['error', ...values])).toBe('error');
        expect(orOf([...values, 'error'])).toBe('error');
      }),
    );
  },
  'a value of the wrong type is an error, never a no'(modules) {
    fc.assert(
      fc.property(arbitraryComparison(), fc.boolean(), (comparison, negate) => {
        const wrong = catalogue[comparison.fact]?.type === 'boolean' ? 'yes' : true;
        const condition = negate ? { not: comparison } : comparison;
        expect(truthOf(modules, condition, { [comparison.fact]: wrong })).toBe('error');
      }),
    );
  },
  'evaluation never throws and keeps a trace of every rule'(modules) {
    fc.assert(
      fc.property(arbitraryRules(), anyFacts(), (rules, facts) => {
        const result = modules.evaluate.evaluate(policyOf(modules, rules), facts);
        expect(result.trace.map((entry) => entry.ruleId)).toEqual(rules.map((rule) => rule.id));
      }),
      runs,
    );
  },
  'nobody is approved with a required fact unknown'(modules) {
    const required = fc.constantFrom(...kycApproval.required);
    fc.assert(
      fc.property(arbitraryRules(), partlyKnownFacts(), required, (rules, facts, hidden) => {
        const policy = policyOf(modules, rules);
        const result = modules.evaluate.evaluate(policy, { ...facts, [hidden]: null });
        expect(result.outcome.decision).not.toBe('approve');
        expect(result.missing).toContain(hidden);
        expect(result.status).not.toBe('decided');
      }),
      runs,
    );
  },
  'nobody is approved while a rule is undecided or broken'(modules) {
    fc.assert(
      fc.property(arbitraryRules(), anyFacts(), approving, (rules, facts, clean) => {
        const policy = policyOf(modules, [...rules, approveAlways]);
        const result = modules.evaluate.evaluate(policy, { ...clean, ...brokenOnly(facts) });
        const open = result.trace.filter(({ result: of }) => of === 'unknown' || of === 'error');
        if (open.length > 0) expect(result.outcome.decision).not.toBe('approve');
        if (open.some(({ result: of }) => of === 'error')) expect(result.status).toBe('error');
      }),
      runs,
    );
  },
  'the same input gives the same answer, and it survives JSON'(modules) {
    fc.assert(
      fc.property(arbitraryRules(), partlyKnownFacts(), (rules, facts) => {
        const policy = policyOf(modules, rules);
        const first = modules.evaluate.evaluate(policy, facts);
        expect(modules.evaluate.evaluate(policy, facts)).toEqual(first);
        expect(JSON.parse(JSON.stringify(first))).toEqual(first);
      }),
    );
  },
  'a mandatory rule survives every overlay'(modules) {
    fc.assert(
      fc.property(arbitraryRules(), fc.boolean(), (rules, off) => {
        const [first, ...rest] = rules;
        if (first === undefined) return;
        const mandatory = { ...first, mandatory: true };
        const target = { target: 'rule', id: first.id, reason: 'wish' } as const;
        const change = off
          ? ({ ...target, mode: 'off' } as const)
          : ({ ...target, mode: 'override', with: first } as const);
        expect(() =>
          modules.layers.foldLayers('kyc.approval', {
            base: { title: 'law', parameters: {}, rules: [mandatory, ...rest] },
            overlays: [{ id: 'entity:x', overlay: { title: 'x', changes: [change] } }],
            lists: {},
          }),
        ).toThrow();
      }),
    );
  },
  'whoever wrote, edited or submitted a policy never publishes it'({ version }) {
    const step = fc.tuple(
      fc.constantFrom('edit' as const, 'submit' as const, 'sendBack' as const, 'publish' as const),
      fc.constantFrom('ann', 'bob', 'cat'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let policy = version.draftPolicyVersion({
          id: 'pol_1',
          kind: 'withdrawal',
          scope: { layer: 'base', layerKey: '' },
          version: 1,
          author: 'ann',
        });
        const editors = new Set(['ann']);
        let submitter: string | null = null;
        for (const [type, by] of steps) {
          try {
            policy = version.advancePolicyVersion(policy, commandOf(type, by, policy.revision));
          } catch {
            continue;
          }
          if (type === 'edit') {
            expect(policy.state).toBe('draft');
            editors.add(by);
          }
          if (type === 'publish') {
            expect(submitter).not.toBeNull();
            expect([...editors, submitter]).not.toContain(by);
          }
          submitter = type === 'submit' ? by : null;
        }
      }),
      { numRuns: 500 },
    );
  },
};

const approveAlways: Rule<KycApprovalThen> = {
  id: 'approve-always',
  title: 'approve',
  when: { all: [] },
  then: { decision: 'approve' },
  reason: 'ALWAYS',
  source: 'law',
};

/** Required facts known, so that nothing but the rules stands in the way of approval. */
const approving = partlyKnownFacts().map((facts): Facts => ({
  ...facts,
  'documents.complete': true,
  'documents.failures': [],
  'identity.checksPassed': true,
  'client.ageYears': 3,
  'client.pep': false,
  'client.duplicate': false,
  'screening.verdict': 'clear',
  'risk.level': 'low',
}));

function brokenOnly(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts).filter(([id]) => !kycApproval.required.includes(id)),
  );
}

function commandOf(
  type: 'edit' | 'submit' | 'sendBack' | 'publish',
  by: string,
  expectedRevision: number,
): version.PolicyCommand {
  const now = '2026-01-10T00:00:00Z';
  switch (type) {
    case 'edit':
      return { type, by, expectedRevision };
    case 'submit':
      return { type, by, expectedRevision, errorCount: 0 };
    case 'sendBack':
      return { type, by, reason: 'mend it' };
    case 'publish':
      return { type, by, expectedRevision, now, effectiveFrom: now, reach: 'new', errorCount: 0 };
  }
}

describe('the laws of policies', () => {
  it.each(Object.entries(policyLaws))('%s', (_name, law) => {
    law({ truth, compile, evaluate, layers, version });
  });
});

/** A guarded line, and what it becomes. */
const broken: readonly (readonly [file: string, line: string, becomes: string])[] = [
  ['truth.ts', "return values.includes('unknown') ? 'unknown' : 'true';", "return 'true';"],
  ['truth.ts', "return values.includes('unknown') ? 'unknown' : 'false';", "return 'false';"],
  [
    'truth.ts',
    "if (values.includes('error')) return 'error';\n  if (values.includes('false'))",
    "if (values.includes('false'))",
  ],
  [
    'truth.ts',
    "if (values.includes('error')) return 'error';\n  if (values.includes('true'))",
    "if (values.includes('true'))",
  ],
  ['truth.ts', "if (value === 'false') return 'true';", "if (value !== 'true') return 'true';"],
  [
    'compile.ts',
    "expected, seen: null, result: 'unknown' };",
    "expected, seen: null, result: 'false' };",
  ],
  [
    'compile.ts',
    "const said = { seen, result: 'error', problem: `${fact} ${problem}` } as const;",
    "const said = { seen, result: 'false' } as const;",
  ],
  ['compile.ts', 'result: notOf(of.result)', 'result: of.result'],
  [
    'evaluate.ts',
    'if (value === undefined || value === null) {\n      missing.add(fact);',
    'if (value === undefined || value === null) {',
  ],
  ['evaluate.ts', "if (traced.result === 'unknown') {", 'if (missing.size < 0) {'],
  ['evaluate.ts', "if (traced.result === 'error')", 'if (missing.size < 0)'],
  [
    'kind.ts',
    'person && gravity(gravest) > gravity(defaults.person) ? defaults.person : gravest',
    'gravest',
  ],
  ['layers.ts', 'if (present.mandatory === true) {', "if (present.id === '') {"],
  ['version.ts', 'if (tookPart(version, command.by))', "if (command.by === '')"],
  ['version.ts', 'version.submittedBy === person', 'false'],
  [
    'version.ts',
    "requireState(version, command.type, ['submitted']);\n      fresh(version, command.expectedRevision);",
    'fresh(version, command.expectedRevision);',
  ],
  [
    'version.ts',
    "...version,\n        state: 'draft',\n        revision: version.revision + 1,",
    '...version,\n        revision: version.revision + 1,',
  ],
];

describe('a broken line is noticed', () => {
  it.each(broken)('%s: %s', (file, line, becomes) => {
    const modules = loadAllBroken<PolicyModules>(
      {
        truth: 'domain/policy/truth.ts',
        compile: 'domain/policy/compile.ts',
        evaluate: 'domain/policy/evaluate.ts',
        layers: 'domain/policy/layers.ts',
        version: 'domain/policy/version.ts',
      },
      { file: `domain/policy/${file}`, line, becomes },
    );
    const noticed = Object.values(policyLaws).some((law) => {
      try {
        law(modules);
        return false;
      } catch {
        return true;
      }
    });
    expect(noticed).toBe(true);
  });
});
