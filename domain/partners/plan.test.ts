import { defaultPartnerPlan } from './default-plan';
import {
  meansSymbol,
  minimumPayoutMinor,
  type PartnerPlan,
  PlanInvalid,
  type PlanCpa,
  type PlanGroup,
  type PlanTiers,
} from './plan';
import { checkPartnerPlan, checkPlanForJurisdiction } from './plan-check';
import { parsePartnerPlan } from './plan.schema';

const [, rest] = defaultPartnerPlan.groups;

function plan(changes: Partial<PartnerPlan>): PartnerPlan {
  return { ...defaultPartnerPlan, ...changes };
}

function group(changes: Partial<PlanGroup>): PlanGroup {
  return {
    name: 'All',
    symbols: ['*'],
    ratesPerLot: ['7'],
    spreadPercents: [],
    revenuePercents: [],
    lotModifier: '1',
    minMovePoints: null,
    ...changes,
  };
}

const cpa: PlanCpa = {
  amounts: ['400', '200'],
  firstDepositMin: '200',
  firstDepositHours: 24,
  depositMin: '500',
  lotsMin: '2',
  qualifyWithinDays: 60,
};

const tiers: PlanTiers = {
  by: 'lots',
  of: 'own_clients',
  mode: 'prospective',
  steps: [
    { from: '100', percent: '120' },
    { from: '500', percent: '140' },
  ],
};

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

  it.each<[string, Partial<PartnerPlan>]>([
    ['/groups/0/ratesPerLot', { groups: [group({ ratesPerLot: [] })] }],
    ['/groups/0/lotModifier', { groups: [group({ lotModifier: '0.0' })] }],
    ['/groups/0/spreadPercents/0', { groups: [group({ spreadPercents: ['101'] })] }],
    ['/groups/0/minMovePoints', { payOn: 'open', groups: [group({ minMovePoints: 59 })] }],
    ['/minHoldSeconds', { payOn: 'open', minHoldSeconds: 60 }],
    ['/hedged', { payOn: 'open', hedged: 'larger_side' }],
    [
      '/revenue/clientLosses',
      { payOn: 'open', revenue: { swapPercent: '0', costPercent: '0', clientLosses: true } },
    ],
    ['/rebates', { rebates: 'after_cpa' }],
    ['/cpa/amounts', { cpa: { ...cpa, amounts: [] } }],
    ['/cpa/firstDepositHours', { cpa: { ...cpa, firstDepositHours: 49, qualifyWithinDays: 2 } }],
    ['/tiers/steps/1/from', { tiers: { ...tiers, steps: [...tiers.steps].reverse() } }],
    ['/tiers/steps/0/from', { tiers: { ...tiers, steps: [{ from: '0', percent: '100' }] } }],
    [
      '/tiers/steps/0/from',
      { tiers: { ...tiers, by: 'active_clients', steps: [{ from: '1.5', percent: '110' }] } },
    ],
    ['/volumeBonus/0/fromLots', { volumeBonus: [{ fromLots: '0', perLot: '1' }] }],
    [
      '/caps/perDeal',
      {
        caps: { perDeal: '-1', perClient: null, perPeriod: null, lifetimePercent: null },
      },
    ],
  ])('names the field: %s', (pointer, changes) => {
    expect(problemsOf(plan(changes))).toContain(pointer);
  });

  it('takes a CPA with tiers, a volume bonus and rebates after it, and a group without rates', () => {
    const whole = plan({
      cpa,
      tiers,
      rebates: 'after_cpa',
      groups: [group({ ratesPerLot: [] })],
      volumeBonus: [{ fromLots: '50', perLot: '0.50' }],
    });
    expect(parsePartnerPlan(whole)).toEqual(whole);
  });

  it('means what it meant before it could say more', () => {
    const { currency, payOn, override, tiersMax, capAtRevenue } = defaultPartnerPlan;
    const old = {
      ...{ currency, payOn, override, tiersMax, capAtRevenue },
      groups: defaultPartnerPlan.groups.map(({ name, symbols, ratesPerLot, minMovePoints }) => ({
        ...{ name, symbols, ratesPerLot, minMovePoints },
      })),
      minHoldSeconds: null,
      minimumPayout: '10.00',
      latenessMinutes: 15,
    };
    expect(parsePartnerPlan(old)).toEqual(defaultPartnerPlan);
  });

  it('may not pay traders for trading where the law forbids it', () => {
    const paying = plan({ ownTrades: 'paid' });
    for (const jurisdiction of ['CY', 'GB', 'AU', 'DE'])
      expect(checkPlanForJurisdiction(paying, jurisdiction)).toMatchObject([
        { pointer: '/ownTrades', severity: 'error' },
      ]);
    expect(checkPlanForJurisdiction(paying, 'SC')).toEqual([]);
    expect(checkPlanForJurisdiction(defaultPartnerPlan, 'CY')).toEqual([]);
  });

  it('is refused when a group can never be reached', () => {
    const groups = [group({}), group({ name: 'Gold', symbols: ['XAUUSD'] })];
    expect(problemsOf(plan({ groups }))).toEqual(['/groups/1/symbols/0']);
  });

  it('warns where a sub-partner would earn more than the partner above', () => {
    const groups = [group({ ratesPerLot: ['5', '10'] })];
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
