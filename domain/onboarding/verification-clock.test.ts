import { clockStep } from './verification-clock';

const clock = { startedAt: '2026-11-01T12:00:00.000Z', withinDays: 15, isWarned: false };
const warned = { ...clock, isWarned: true };

describe('the time to be verified after a first deposit', () => {
  it.each([
    ['begins', clock, '2026-11-01T12:00:00Z', { kind: 'wait', until: '2026-11-11T12:00:00.000Z' }],
    [
      'warns five days before its end',
      clock,
      '2026-11-11T12:00:00Z',
      { kind: 'warn', due: '2026-11-16T12:00:00.000Z' },
    ],
    [
      'then waits for its end',
      warned,
      '2026-11-12T12:00:00Z',
      { kind: 'wait', until: '2026-11-16T12:00:00.000Z' },
    ],
    ['is over', warned, '2026-11-16T12:00:00Z', { kind: 'over' }],
    ['is over, warned or not', clock, '2026-12-24T12:00:00Z', { kind: 'over' }],
    [
      'of three days warns one day before',
      { ...clock, withinDays: 3 },
      '2026-11-02T12:00:00Z',
      { kind: 'wait', until: '2026-11-03T12:00:00.000Z' },
    ],
    [
      'of no day is over at once',
      { ...clock, withinDays: 0 },
      '2026-11-01T12:00:00Z',
      { kind: 'over' },
    ],
  ])('%s', (_what, of, now, step) => {
    expect(clockStep(of, now)).toEqual(step);
  });
});
