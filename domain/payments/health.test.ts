import {
  circuitOf,
  letsThrough,
  type HealthRules,
  type Measured,
  successPercent,
  unmeasured,
} from './health';

const rules: HealthRules = {
  windowMinutes: 15,
  failuresMin: 3,
  failurePercent: 50,
  failuresInARow: 5,
  slowSeconds: 20,
  coolDownSeconds: 60,
  probes: 2,
  lastResort: true,
};
const lastFailureAt = '2026-11-01T10:00:00Z';
const after = (seconds: number) => new Date(Date.parse(lastFailureAt) + seconds * 1_000);
const measured = (change: Partial<Measured>): Measured => ({
  ...unmeasured,
  attempts: 4,
  failures: 3,
  failuresInARow: 3,
  lastFailureAt,
  ...change,
});

describe('the circuit breaker', () => {
  it.each([
    ['nothing was sent', unmeasured, 1, 'closed'],
    ['too few failures', measured({ attempts: 2, failures: 2 }), 1, 'closed'],
    ['few of many fail', measured({ attempts: 40 }), 1, 'closed'],
    ['half of them fail', measured({ attempts: 6 }), 1, 'open'],
    [
      'five in a row after many that went well',
      measured({ attempts: 400, failures: 5, failuresInARow: 5 }),
      1,
      'open',
    ],
    ['the last failure has cooled down', measured({}), 60, 'half_open'],
    ['one probe went well', measured({ successesSince: 1 }), 61, 'half_open'],
    ['enough probes went well', measured({ successesSince: 2 }), 61, 'closed'],
    ['enough went well before it cooled down', measured({ successesSince: 2 }), 1, 'closed'],
  ] as const)('%s', (_, given, seconds, circuit) => {
    expect(circuitOf(given, rules, after(seconds))).toBe(circuit);
  });

  it('lets one attempt at a time through while it is half open', () => {
    expect(letsThrough('half_open', measured({}))).toBe(true);
    expect(letsThrough('half_open', measured({ underWaySince: 1 }))).toBe(false);
    expect(letsThrough('open', measured({}))).toBe(false);
    expect(letsThrough('closed', measured({ underWaySince: 9 }))).toBe(true);
  });

  it('tells how many of a hundred went well', () => {
    expect(successPercent(unmeasured)).toBeNull();
    expect(successPercent(measured({ attempts: 3, failures: 1 }))).toBe(66.7);
  });
});
