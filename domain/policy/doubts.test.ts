import fc from 'fast-check';
import { arbitraryCondition, catalogue, knownFacts } from './arbitrary-rules';
import { type PolicyProblem, type Rule } from './body';
import { type Condition } from './condition';
import { contradictedFact, isWithin, waysOf } from './conjunctions';
import { compilePolicy } from './compile';
import { ruleDoubts } from './doubts';
import { evaluate } from './evaluate';
import { policyKinds } from './kinds/registry';
import { type RuleContext } from './rule-problems';

const provisioning: RuleContext = {
  facts: policyKinds['account.provisioning'].facts,
  hitPolicy: 'first',
  parameters: { accountsPerClientMax: 5 },
  lists: {},
};
const approval: RuleContext = { facts: catalogue, hitPolicy: 'worst', parameters: {}, lists: {} };

const is = (fact: string, value: string | number | boolean | readonly string[]): Condition => ({
  fact,
  operator: Array.isArray(value) ? 'in' : 'equal',
  value,
});
const rows = (...conditions: Condition[]): Rule[] =>
  conditions.map((when, i) => ({
    id: `row-${i + 1}`,
    title: `title ${i + 1}`,
    when,
    then: { decision: 'review' },
    reason: 'REASON',
    source: 'house rule',
  }));
const otherwise: Condition = { all: [] };

function doubts(...conditions: Condition[]): PolicyProblem[] {
  return ruleDoubts(provisioning, rows(...conditions, otherwise), []);
}

describe('what the check doubts', () => {
  it.each<[string, Condition]>([
    ['two types at once', { all: [is('account.type', 'pro'), is('account.type', 'standard')] }],
    [
      'more than five and fewer than two',
      {
        all: [
          { fact: 'client.accounts', operator: 'greaterThan', value: 5 },
          { fact: 'client.accounts', operator: 'lessThan', value: 2 },
        ],
      },
    ],
    [
      'a platform that is none of those there are',
      { fact: 'account.platform', operator: 'notIn', value: ['mt5', 'mt4', 'ctrader'] },
    ],
    [
      'approved and, further down, not',
      { all: [is('client.approved', true), { not: { any: [is('client.approved', true)] } }] },
    ],
  ])('is a row that never holds: %s', (_what, when) => {
    expect(doubts(when)).toEqual([
      expect.objectContaining({ code: 'contradiction', severity: 'error', rule: 'row-1' }),
    ]);
  });

  it('is a part that never holds, as a warning', () => {
    const part = { all: [is('account.type', 'pro'), is('account.type', 'standard')] };
    expect(doubts({ any: [part, is('account.type', 'pro')] })).toEqual([
      expect.objectContaining({ code: 'contradiction', severity: 'warning' }),
    ]);
  });

  it('is a row behind a more general one, in words with both rows', () => {
    const general = is('account.type', ['pro', 'standard']);
    const special = { all: [is('account.type', 'pro'), is('account.currency', 'EUR')] };
    const [found, ...more] = doubts(general, special);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ code: 'unreachable', severity: 'warning', rule: 'row-2' });
    expect(found?.detail).toBe(
      'row 2 “title 2” is never reached: whenever it holds, row 1 “title 1” holds and comes first',
    );
  });

  it('is not a row behind one that asks more, or something else', () => {
    expect(
      doubts(
        { all: [is('account.type', 'pro'), is('client.category', 'retail')] },
        is('account.type', 'pro'),
        is('account.currency', 'EUR'),
      ),
    ).toEqual([]);
  });

  it('is not the order of rows that are all heard', () => {
    const both = rows(is('client.pep', true), is('client.pep', true));
    expect(ruleDoubts(approval, both, [])).toEqual([]);
  });

  it('is the rest of which no row speaks', () => {
    expect(ruleDoubts(provisioning, rows(is('account.type', 'pro')), [])).toEqual([
      expect.objectContaining({ code: 'no_default', pointer: '/rules' }),
    ]);
  });

  it('is a fact that has to be known and that no row reads', () => {
    const found = ruleDoubts(provisioning, rows(otherwise), ['client.category']);
    expect(found).toEqual([
      expect.objectContaining({ code: 'unused_fact', pointer: '/requires/0' }),
    ]);
  });
});

/** Whether the condition holds on the facts, as the engine sees it. */
function holdsFor(when: Condition, facts: Parameters<typeof evaluate>[1]): boolean {
  const [row] = rows(when);
  if (!row) throw new Error('no row');
  const rule = { ...row, then: { decision: 'review' as const } };
  const policy = compilePolicy('kyc.approval', {
    base: {
      title: 't',
      parameters: { minimumAgeYears: 18, screeningAgeHoursMax: 72 },
      rules: [rule],
    },
    overlays: [],
    lists: {},
  });
  return evaluate(policy, facts).hits.length === 1;
}

describe('what the check says, held against the engine', () => {
  it('never holds, when it says so', () => {
    let said = 0;
    fc.assert(
      fc.property(arbitraryCondition(), knownFacts(), (when, facts) => {
        const ways = waysOf(approval, when);
        if (ways === undefined || ways.some((way) => contradictedFact(way) === undefined)) return;
        said += 1;
        expect(holdsFor(when, facts)).toBe(false);
      }),
      { numRuns: 3000 },
    );
    expect(said).toBeGreaterThan(20);
  });

  it('holds wherever the narrower one does, when it says so', () => {
    let said = 0;
    fc.assert(
      fc.property(
        arbitraryCondition(1),
        arbitraryCondition(1),
        knownFacts(),
        (narrow, wide, facts) => {
          const [inner, outer] = [waysOf(approval, narrow), waysOf(approval, wide)];
          if (!inner || !outer) return;
          if (!inner.every((way) => outer.some((each) => isWithin(way, each)))) return;
          said += 1;
          if (holdsFor(narrow, facts)) expect(holdsFor(wide, facts)).toBe(true);
        },
      ),
      { numRuns: 6000 },
    );
    expect(said).toBeGreaterThan(20);
  });
});
