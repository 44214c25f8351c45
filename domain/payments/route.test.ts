import { limitsOf } from './capabilities';
import { passOver, type ConfiguredProvider, type RoutedPayment } from './eligibility';
import { chooseProvider, drawOf, orderOf, type RouteChoice } from './route';

const fallback = ['stripe', 'bank'];
const order = (choice: RouteChoice, draw = 0) => orderOf(choice, { draw, fallback });

describe('the order of providers', () => {
  it('is what a rule names, then the default list, nobody twice', () => {
    expect(order({ decision: 'one', provider: 'bank' })).toEqual(['bank', 'stripe']);
    expect(order({ decision: 'priority', providers: ['c', 'bank'] })).toEqual([
      'c',
      'bank',
      'stripe',
    ]);
    expect(order({ decision: 'default' })).toEqual(fallback);
  });

  it('ends with what a rule names where it says "only", and nobody takes what a rule keeps back', () => {
    expect(order({ decision: 'one', provider: 'bank', only: true })).toEqual(['bank']);
    expect(order({ decision: 'none' })).toEqual([]);
  });

  it('begins with the share that the draw falls on', () => {
    const split: RouteChoice = {
      decision: 'split',
      shares: [
        { provider: 'a', percent: 20 },
        { provider: 'b', percent: 30 },
        { provider: 'c', percent: 50 },
      ],
      only: true,
    };
    expect([0, 19.99, 20, 49.99, 50, 99.99].map((draw) => order(split, draw)[0])).toEqual([
      'a',
      'a',
      'b',
      'b',
      'c',
      'c',
    ]);
    expect(order(split, 0)).toEqual(['a', 'c', 'b']);
  });
});

describe('the draw', () => {
  it('is the same for the same payment and even over many', () => {
    expect(drawOf('dep_1')).toBe(drawOf('dep_1'));
    const draws = Array.from({ length: 20_000 }, (_, n) =>
      drawOf(`dep_0199${n.toString(16).padStart(8, '0')}`),
    );
    expect(draws.every((draw) => draw >= 0 && draw < 100)).toBe(true);
    const below = (percent: number) =>
      (draws.filter((draw) => draw < percent).length * 100) / draws.length;
    for (const percent of [5, 20, 50, 80])
      expect(Math.abs(below(percent) - percent)).toBeLessThan(1);
  });
});

describe('the choice', () => {
  it('falls on the first that can, and says of everybody else why not', () => {
    expect(
      chooseProvider({
        order: ['gone', 'a', 'b', 'c'],
        known: ['a', 'b', 'c', 'd', 'e'],
        faults: new Map([
          ['a', 'UNHEALTHY'],
          ['d', 'OTHER_RAIL'],
        ]),
        lastResort: true,
      }),
    ).toEqual({
      provider: 'b',
      named: ['a', 'b', 'c'],
      alternatives: ['c'],
      isLastResort: false,
      passedOver: [
        { provider: 'gone', reason: 'NOT_CONFIGURED' },
        { provider: 'a', reason: 'UNHEALTHY' },
        { provider: 'd', reason: 'OTHER_RAIL' },
        { provider: 'e', reason: 'NOT_NAMED' },
      ],
    });
  });

  it('is nobody when nobody can', () => {
    const faults = new Map([['a', 'STOPPED']] as const);
    expect(chooseProvider({ order: ['a'], known: ['a'], faults, lastResort: true })).toEqual({
      provider: null,
      named: ['a'],
      alternatives: [],
      isLastResort: false,
      passedOver: [{ provider: 'a', reason: 'STOPPED' }],
    });
  });

  it.each([
    [true, 'b'],
    [false, null],
  ])(
    'is one that fails when nobody else can, where the policy says so: %s',
    (lastResort, provider) => {
      const faults = new Map([
        ['a', 'STOPPED'],
        ['b', 'UNHEALTHY'],
      ] as const);
      expect(
        chooseProvider({ order: ['a', 'b'], known: ['a', 'b'], faults, lastResort }),
      ).toMatchObject({ provider, isLastResort: lastResort });
    },
  );
});

describe('a provider is passed over', () => {
  const provider: ConfiguredProvider = {
    name: 'a',
    capabilities: {
      rails: ['card'],
      operations: {
        payment: {
          limits: limitsOf(['EUR'], 5_00n, 1_000_00n),
          countries: ['CY', 'DE'],
          lookUp: 'reference',
        },
      },
      keyHours: null,
    },
  };
  const payment: RoutedPayment = {
    flow: 'payin',
    rail: 'card',
    currency: 'EUR',
    amountMinor: 100_00n,
    country: 'CY',
  };
  const nobody = new Set<string>();
  const standings = { stopped: nobody, unhealthy: nobody, tried: nobody };
  const a = new Set(['a']);

  it.each([
    ['for nothing', {}, {}, undefined],
    ['for the other direction', { flow: 'payout' as const }, {}, 'OTHER_RAIL'],
    ['for the way of paying', { rail: 'bank' as const }, {}, 'OTHER_RAIL'],
    ['for the currency', { currency: 'USD' }, {}, 'OTHER_CURRENCY'],
    ['for the country', { country: 'BR' }, {}, 'OTHER_COUNTRY'],
    ['not for the smallest amount', { amountMinor: 5_00n }, {}, undefined],
    ['below the smallest amount', { amountMinor: 4_99n }, {}, 'OUTSIDE_LIMITS'],
    ['above the largest amount', { amountMinor: 1_000_01n }, {}, 'OUTSIDE_LIMITS'],
    ['when it is stopped', {}, { stopped: a }, 'STOPPED'],
    ['when it fails', {}, { unhealthy: a }, 'UNHEALTHY'],
    ['when it has refused this payment', {}, { tried: a }, 'TRIED'],
    ['for what will not change first', { currency: 'USD' }, { stopped: a }, 'OTHER_CURRENCY'],
    ['for its refusal before its health', {}, { tried: a, unhealthy: a }, 'TRIED'],
  ])('%s', (_, change, known, reason) => {
    expect(passOver(provider, { ...payment, ...change }, { ...standings, ...known })).toBe(reason);
  });
});
