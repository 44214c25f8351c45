import fc from 'fast-check';
import { anyFacts, arbitraryCondition, arbitraryRules, partlyKnownFacts } from './arbitrary-rules';
import { type Rule } from './body';
import { type Condition } from './condition';
import { compilePolicy } from './compile';
import { evaluate } from './evaluate';
import { type Facts } from './fact';
import { kycApproval, type KycApprovalThen } from './kinds/kyc-approval';
import { andOf, notOf, orOf, type Truth } from './truth';

const parameters = { minimumAgeYears: 18, screeningAgeHoursMax: 72 };

function compiled(rules: readonly Rule<KycApprovalThen>[]) {
  return compilePolicy('kyc.approval', {
    base: { title: 'law', parameters, rules },
    overlays: [],
    lists: {},
  });
}

function truth(condition: Condition, facts: Facts): Truth | undefined {
  const rule: Rule<KycApprovalThen> = {
    id: 'only',
    title: 'only',
    when: condition,
    then: { decision: 'review' },
    reason: 'ONLY',
    source: 'law',
  };
  return evaluate(compiled([rule]), facts).trace[0]?.result;
}

const value = fc.constantFrom<Truth>('true', 'false', 'unknown', 'error');
const kleene = fc.constantFrom<Truth>('true', 'false', 'unknown');

describe('three-valued logic', () => {
  it('keeps De Morgan: not all = any not, not any = all not', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        expect(notOf(andOf(values))).toBe(orOf(values.map(notOf)));
        expect(notOf(orOf(values))).toBe(andOf(values.map(notOf)));
      }),
    );
  });

  it('keeps De Morgan through compiled conditions', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryCondition(1), { minLength: 1, maxLength: 3 }),
        partlyKnownFacts(),
        (parts, facts) => {
          expect(truth({ not: { all: parts } }, facts)).toBe(
            truth({ any: parts.map((not) => ({ not })) }, facts),
          );
          expect(truth({ not: { any: parts } }, facts)).toBe(
            truth({ all: parts.map((not) => ({ not })) }, facts),
          );
        },
      ),
    );
  });

  it('negates twice to the same', () => {
    fc.assert(fc.property(value, (one) => expect(notOf(notOf(one))).toBe(one)));
  });

  it('distributes and absorbs as Kleene tables do', () => {
    fc.assert(
      fc.property(kleene, kleene, kleene, (a, b, c) => {
        expect(andOf([a, orOf([b, c])])).toBe(orOf([andOf([a, b]), andOf([a, c])]));
        expect(orOf([a, andOf([a, b])])).toBe(a);
      }),
    );
  });

  it('never turns a yes into a no when something unknown becomes known', () => {
    fc.assert(
      fc.property(
        arbitraryCondition(),
        partlyKnownFacts(),
        partlyKnownFacts(),
        (condition, facts, news) => {
          const before = truth(condition, facts);
          const learnt = Object.fromEntries(
            Object.entries(facts).map(([id, seen]) => [id, seen ?? news[id] ?? null]),
          );
          if (before !== 'unknown') expect(truth(condition, learnt)).toBe(before);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('evaluation of any valid body', () => {
  it('never throws, whatever the facts are, and keeps a trace of every rule', () => {
    fc.assert(
      fc.property(arbitraryRules(), anyFacts(), (rules, facts) => {
        const result = evaluate(compiled(rules), facts);
        expect(result.trace).toHaveLength(rules.length);
        expect(result.trace.map((entry) => entry.ruleId)).toEqual(rules.map((rule) => rule.id));
      }),
      { numRuns: 500 },
    );
  });

  it('never approves a case by itself with a required fact unknown', () => {
    fc.assert(
      fc.property(
        arbitraryRules(),
        partlyKnownFacts(),
        fc.constantFrom(...kycApproval.required),
        (rules, facts, hidden) => {
          const result = evaluate(compiled(rules), { ...facts, [hidden]: null });
          expect(result.outcome.decision).not.toBe('approve');
          expect(result.missing).toContain(hidden);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never approves while any rule is undecided or broken', () => {
    fc.assert(
      fc.property(arbitraryRules(), anyFacts(), (rules, facts) => {
        const result = evaluate(compiled(rules), facts);
        if (result.trace.some(({ result: of }) => of === 'unknown' || of === 'error'))
          expect(result.outcome.decision).not.toBe('approve');
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same answer for the same input, and it survives JSON', () => {
    fc.assert(
      fc.property(arbitraryRules(), partlyKnownFacts(), (rules, facts) => {
        const policy = compiled(rules);
        const first = evaluate(policy, facts);
        expect(evaluate(policy, facts)).toEqual(first);
        expect(JSON.parse(JSON.stringify(first))).toEqual(first);
      }),
    );
  });
});
