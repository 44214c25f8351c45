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
import type * as compileModule from './compile';
import { type Condition } from './condition';
import type * as evaluateModule from './evaluate';
import { type Facts } from './fact';
import { kycApproval, type KycApprovalThen } from './kinds/kyc-approval';
import type * as layersModule from './layers';
import type * as truthModule from './truth';
import { type Truth } from './truth';
import type * as versionModule from './version';

/** The modules under test: the real ones, or ones with a line broken on purpose. */
export interface PolicyModules {
  readonly truth: typeof truthModule;
  readonly compile: typeof compileModule;
  readonly evaluate: typeof evaluateModule;
  readonly layers: typeof layersModule;
  readonly version: typeof versionModule;
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
export const policyLaws: Readonly<Record<string, (modules: PolicyModules) => void>> = {
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
): versionModule.PolicyCommand {
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
