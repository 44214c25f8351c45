import { defaultPartnerPlan } from './default-plan';
import {
  checkPartnerPlan,
  meansSymbol,
  minimumPayoutMinor,
  type PartnerPlan,
  PlanInvalid,
} from './plan';
import { parsePartnerPlan } from './plan.schema';

const [, rest] = defaultPartnerPlan.groups;

function plan(changes: Partial<PartnerPlan>): PartnerPlan {
  return { ...defaultPartnerPlan, ...changes };
}

describe('a partner plan', () => {
  it('that ships has nothing wrong', () => {
    expect(parsePartnerPlan(defaultPartnerPlan)).toEqual(defaultPartnerPlan);
    expect(checkPartnerPlan(defaultPartnerPlan)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['/currency', { ...defaultPartnerPlan, currency: 'XXX' }],
    ['/override', { ...defaultPartnerPlan, override: { by: 'magic' } }],
    ['/override/percent', plan({ override: { by: 'percent_of_child', percent: '101' } })],
    ['/tiersMax', plan({ tiersMax: 11 })],
    ['/groups', plan({ groups: [] })],
    ['/groups/0/ratesPerLot/0', { groups: [{ ...rest, ratesPerLot: [7] }] }],
    ['/minimumPayout', plan({ minimumPayout: '-1' })],
  ])('is refused for %s', (pointer, value) => {
    const whole = { ...defaultPartnerPlan, ...(value as object) };
    const problems = problemsOf(whole);
    expect(problems.some((found) => found.startsWith(pointer))).toBe(true);
  });

  it('is refused when a group can never be reached', () => {
    const groups = [
      { name: 'All', symbols: ['*'], ratesPerLot: ['7'], minMovePoints: null },
      { name: 'Gold', symbols: ['XAUUSD'], ratesPerLot: ['9'], minMovePoints: null },
    ];
    expect(problemsOf(plan({ groups }))).toEqual(['/groups/1/symbols/0']);
  });

  it('warns where a sub-partner would earn more than the partner above', () => {
    const groups = [{ name: 'All', symbols: ['*'], ratesPerLot: ['5', '10'], minMovePoints: null }];
    expect(checkPartnerPlan(plan({ groups }))).toMatchObject([
      { pointer: '/groups/0/ratesPerLot/1', severity: 'warning' },
    ]);
    expect(parsePartnerPlan(plan({ groups })).groups).toEqual(groups);
  });

  it('means symbols by name or by their beginning', () => {
    expect(meansSymbol('XAU*', 'XAUUSD')).toBe(true);
    expect(meansSymbol('*', 'GER40')).toBe(true);
    expect(meansSymbol('EURUSD', 'EURUSD.m')).toBe(false);
  });

  it.each([
    ['10.00', 'USD', 1_000n],
    ['10.01', 'JPY', 11n],
    ['10.00', 'JPY', 10n],
    ['10.5', 'KWD', 10_500n],
  ])('pays from %s %s, which is %s minor units', (minimumPayout, currency, minor) => {
    expect(minimumPayoutMinor(plan({ minimumPayout }), currency)).toBe(minor);
  });
});

function problemsOf(value: unknown): string[] {
  try {
    parsePartnerPlan(value);
    return [];
  } catch (error) {
    if (!(error instanceof PlanInvalid)) throw error;
    return error.problems.map(({ pointer }) => pointer);
  }
}
