import fc from 'fast-check';
import { parseLayers } from '../policy/check';
import { type CompiledPolicy, compilePolicy } from '../policy/compile';
import { shippedPolicies } from '../policy/defaults/all';
import { shippedLists } from '../policy/defaults/lists';
import { evaluate } from '../policy/evaluate';
import { type Facts } from '../policy/fact';
import { leverageWithin, sumFact } from '../policy/kinds/kyc-limits';
import { type PolicyKind } from '../policy/kinds/registry';
import { evidenceFacts } from './levels';
import { nextLevelOf, wantsInWords } from './level-wants';
import { limitInWords } from './limit-words';

const all = shippedPolicies();
const places = ['CY', 'GB', 'AU', 'ZA', 'SC'] as const;

function at<K extends PolicyKind>(kind: K, place: string): CompiledPolicy<K> {
  const stored = all.filter(
    (each) => each.kind === kind && (each.layer === 'base' || each.layerKey === place),
  );
  return compilePolicy(kind, parseLayers(kind, stored, shippedLists));
}

const facts = (approved: boolean, ...proven: (keyof typeof evidenceFacts)[]): Facts => ({
  'case.approved': approved,
  ...Object.fromEntries(
    Object.entries(evidenceFacts).map(([slot, fact]) => [
      fact,
      proven.some((each) => each === slot),
    ]),
  ),
});

describe('a level of verification', () => {
  it.each(places)('in %s is given for what is proven, and for no less', (place) => {
    const levels = at('kyc.levels', place);
    const of = (given: Facts) => evaluate(levels, given).outcome.level;
    expect(of(facts(false, 'identity', 'address', 'funds'))).toBe(0);
    expect(of(facts(true))).toBe(0);
    expect(of(facts(true, 'address', 'funds'))).toBe(0);
    expect(of(facts(true, 'identity'))).toBe(1);
    expect(of(facts(true, 'identity', 'funds'))).toBe(1);
    expect(of(facts(true, 'identity', 'address'))).toBe(2);
    expect(of(facts(true, 'identity', 'address', 'funds'))).toBe(3);
  });

  it('is never lost by one more proof', () => {
    const slots = Object.keys(evidenceFacts) as (keyof typeof evidenceFacts)[];
    const levels = at('kyc.levels', 'CY');
    fc.assert(
      fc.property(fc.subarray(slots), fc.constantFrom(...slots), (proven, more) => {
        const level = (with_: typeof slots) =>
          evaluate(levels, facts(true, ...with_)).outcome.level;
        expect(level([...proven, more])).toBeGreaterThanOrEqual(level(proven));
      }),
    );
  });

  it('is not given for what is not known', () => {
    const { outcome } = evaluate(at('kyc.levels', 'CY'), { 'case.approved': true });
    expect(outcome).toMatchObject({ decision: 'review', level: 0 });
  });

  it('says what the next one asks for', () => {
    const levels = at('kyc.levels', 'SC');
    const rules = levels.rules.map(({ rule }) => rule);
    const next = (given: Facts) => nextLevelOf(evaluate(levels, given), rules);
    expect(next(facts(true, 'identity'))).toEqual({
      level: 2,
      wants: [{ kind: 'document', slot: 'address' }],
    });
    expect(wantsInWords(next(facts(true, 'identity')))).toBe(
      'To go on, send us a proof of your address.',
    );
    expect(wantsInWords(next(facts(false)))).toBe('To go on, complete your application.');
    expect(next(facts(true, 'identity', 'address', 'funds'))).toBeUndefined();
  });
});

describe('a limit of a level', () => {
  const asked = (place: string, given: Facts) => evaluate(at('kyc.limits', place), given).outcome;
  const deposit = (level: number, total: string | null): Facts => ({
    ...{ 'client.level': level, 'movement.kind': 'deposit', 'movement.currency': 'EUR' },
    ...{ [sumFact({})]: total, [sumFact({ period: '365d' })]: total, 'balance.after': '0.00' },
  });

  it.each([
    ['CY', 0, '2000.00', 'within'],
    ['CY', 0, '2000.01', 'above'],
    ['GB', 0, '0.01', 'above'],
    ['AU', 0, '0.01', 'above'],
    ['ZA', 0, '0.01', 'above'],
    ['SC', 0, '5000.00', 'within'],
    ['SC', 0, '5000.01', 'above'],
    ['SC', 1, '50000.00', 'within'],
    ['SC', 1, '50000.01', 'above'],
    ['CY', 2, '50000.01', 'above'],
    ['ZA', 2, '50000.01', 'within'],
    ['CY', 3, '99999999.00', 'within'],
  ])('in %s at level %i: %s deposited is %s', (place, level, total, decision) => {
    expect(asked(place, deposit(level, total)).decision).toBe(decision);
  });

  it('is for people where it is not known what was moved', () => {
    const outcome = asked('SC', deposit(1, null));
    expect(outcome).toMatchObject({ decision: 'review', passed: ['level1.deposits'] });
    expect(outcome.reasons).toContain('DATA_MISSING');
  });

  it('allows before verification what the policy of deposits allows', () => {
    for (const place of places) {
      const { unverifiedMax } = at('deposit', place).effective.parameters;
      const row = at('kyc.limits', place).rules.find(({ rule }) => rule.id === 'level0.deposits');
      expect(row?.rule.then).toEqual({ limit: 'deposit', max: unverifiedMax });
      expect(at('kyc.limits', place).effective.parameters.referenceCurrency).toBe(
        at('deposit', place).effective.parameters.referenceCurrency,
      );
    }
  });

  it('names its source in every row, the place’s own where the base does not stay', () => {
    for (const place of places)
      for (const kind of ['kyc.levels', 'kyc.limits'] as const)
        for (const { rule } of at(kind, place).rules) {
          expect(rule.source).not.toBe('');
          expect(rule.layer).toBe(`jurisdiction:${place}`);
        }
  });

  it('counts when the fact it hangs on is not known, since the strictest is meant', () => {
    const base = at('kyc.limits', 'CY').effective;
    const policy = compilePolicy('kyc.limits', {
      base: {
        title: 'x',
        parameters: base.parameters,
        rules: [
          {
            id: 'risky',
            title: 'High risk',
            when: { fact: 'risk.level', operator: 'equal', value: 'high' },
            then: { limit: 'withdrawal', max: '10.00', period: '24h' },
            reason: 'LEVEL_LIMIT',
            source: 'test',
          },
        ],
      },
      overlays: [],
      lists: shippedLists,
    });
    const given = (more: Facts) =>
      evaluate(policy, {
        ...{ 'client.level': 3, 'movement.kind': 'withdrawal', 'movement.currency': 'EUR' },
        ...{ [sumFact({ period: '24h' })]: '10.01', ...more },
      }).outcome.decision;
    expect(given({ 'risk.level': null })).toBe('above');
    expect(given({ 'risk.level': 'high' })).toBe('above');
    expect(given({ 'risk.level': 'low' })).toBe('within');
    expect(given({ 'risk.level': 'high', 'movement.kind': 'deposit' })).toBe('within');
  });

  it('of one currency alone leaves the others free', () => {
    const base = at('kyc.limits', 'CY').effective;
    const policy = compilePolicy('kyc.limits', {
      base: {
        title: 'x',
        parameters: base.parameters,
        rules: [
          {
            id: 'usd',
            title: 'Dollars',
            when: { all: [] },
            then: { limit: 'deposit', max: '100.00', currency: 'USD' },
            reason: 'LEVEL_LIMIT',
            source: 'test',
          },
        ],
      },
      overlays: [],
      lists: shippedLists,
    });
    const of = (currency: string) =>
      evaluate(policy, {
        ...{ 'client.level': 1, 'movement.kind': 'deposit', 'movement.currency': currency },
        [sumFact({ currency })]: '100.01',
      }).outcome.decision;
    expect(of('USD')).toBe('above');
    expect(of('EUR')).toBe('within');
  });

  it('takes leverage down and never up, and counts accounts', () => {
    const { limits } = asked('SC', { 'client.level': 1, 'movement.kind': 'look' });
    expect(leverageWithin(1000, limits)).toBe(500);
    expect(leverageWithin(30, limits)).toBe(30);
    const account = (n: number) =>
      asked('SC', { 'client.level': 1, 'movement.kind': 'account', 'accounts.after': n }).decision;
    expect([account(5), account(6)]).toEqual(['within', 'above']);
  });

  it('reads as a client understands it', () => {
    expect(limitInWords({ limit: 'deposit', max: '2000.00' }, 'EUR')).toBe(
      'deposit up to 2000.00 EUR in all',
    );
    expect(
      limitInWords({ limit: 'withdrawal', max: '5.00', currency: 'USD', period: '30d' }, 'EUR'),
    ).toBe('withdraw up to 5.00 USD in this currency alone, in 30 days');
    expect(limitInWords({ limit: 'accounts', most: 1 }, 'EUR')).toBe('have one live account');
  });
});
