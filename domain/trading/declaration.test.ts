import {
  faultOfEnd,
  faultsOf,
  overlap,
  phaseOf,
  serverState,
  type DeclarationKind,
} from './declaration';

const now = new Date('2026-11-23T12:00:00Z');
const at = (text: string) => `2026-11-23T${text}Z`;

describe('a declaration', () => {
  it.each([
    ['planned', at('12:00:01'), at('14:00:00'), null],
    ['planned', at('12:00:00.001'), null, null],
    ['in_force', at('12:00:00'), at('14:00:00'), null],
    ['in_force', at('09:00:00'), at('12:00:00.001'), null],
    ['in_force', at('09:00:00'), null, null],
    ['over', at('09:00:00'), at('12:00:00'), null],
    ['over', at('09:00:00'), at('14:00:00'), at('11:00:00')],
    ['over', at('09:00:00'), null, at('11:00:00')],
    ['called_off', at('13:00:00'), at('14:00:00'), at('11:00:00')],
  ] as const)('is %s at noon from %s until %s, ended at %s', (phase, from, until, endedAt) => {
    expect(phaseOf({ from, until, endedAt }, now)).toBe(phase);
  });

  it.each<[string, DeclarationKind, string, string | null, string[]]>([
    ['a planned maintenance', 'maintenance', at('13:00:00'), at('14:00:00'), []],
    ['an outage without an end', 'outage', at('12:00:00'), null, []],
    ['an outage that has begun', 'outage', at('09:00:00'), at('13:00:00'), []],
    ['a maintenance without an end', 'maintenance', at('13:00:00'), null, ['/body/until']],
    ['an end before the beginning', 'outage', at('14:00:00'), at('13:00:00'), ['/body/until']],
    ['no time at all', 'outage', at('14:00:00'), at('14:00:00'), ['/body/until']],
    ['what is over already', 'outage', at('09:00:00'), at('11:00:00'), ['/body/until']],
    ['a wrong year', 'maintenance', '2062-11-23T13:00:00Z', '2062-11-23T14:00:00Z', ['/body/from']],
    ['more than a month', 'maintenance', at('13:00:00'), '2027-01-23T14:00:00Z', ['/body/until']],
    ['a beginning weeks ago', 'outage', '2026-11-01T00:00:00Z', null, ['/body/from']],
  ])('of %s has its faults named', (_what, kind, from, until, pointers) => {
    expect(faultsOf({ kind, from, until }, now).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it.each([
    [at('14:00:00'), at('15:00:00'), true],
    [null, at('15:00:00'), true],
    [at('14:00:00'), at('14:00:00'), false],
    [at('14:00:00'), at('13:00:00'), false],
    [null, at('12:00:00'), false],
    [at('14:00:00'), '2027-11-23T15:00:00Z', false],
  ])('that ends at %s can be extended to %s: %s', (until, end, may) => {
    expect(faultOfEnd({ from: at('11:00:00'), until }, end, now) === undefined).toBe(may);
  });

  it.each([
    [at('12:00:00'), at('14:00:00'), at('13:00:00'), at('15:00:00'), true],
    [at('12:00:00'), at('14:00:00'), at('12:30:00'), at('13:00:00'), true],
    [at('12:00:00'), null, at('18:00:00'), at('19:00:00'), true],
    [at('12:00:00'), at('14:00:00'), at('14:00:00'), null, false],
    [at('12:00:00'), at('14:00:00'), at('10:00:00'), at('12:00:00'), false],
  ])('from %s until %s and another from %s until %s overlap: %s', (from, until, f, u, answer) => {
    expect(overlap({ from, until }, { from: f, until: u })).toBe(answer);
    expect(overlap({ from: f, until: u }, { from, until })).toBe(answer);
  });

  it('makes a server that cannot be read one under maintenance, and not one that is down', () => {
    expect(serverState({ isDeclared: true, failures: 9 })).toBe('maintenance');
    expect(serverState({ isDeclared: false, failures: 9 })).toBe('down');
    expect(serverState({ isDeclared: false, failures: 2 })).toBe('up');
  });
});
