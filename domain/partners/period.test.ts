import {
  monthBefore,
  parsePeriod,
  periodBefore,
  periodNamed,
  periodsEnded,
  type PlanSchedule,
  scheduledPeriod,
} from './period';

describe('a period', () => {
  it('is a month of UTC, its end not in it', () => {
    expect(parsePeriod('2026-12')).toEqual({
      kind: 'monthly',
      name: '2026-12',
      from: '2026-12-01T00:00:00.000Z',
      to: '2027-01-01T00:00:00.000Z',
    });
    expect(parsePeriod('2028-02').to).toBe('2028-03-01T00:00:00.000Z');
  });

  it.each([
    '2026-13',
    '2026-00',
    '2026-1',
    '26-01',
    '2026-02-30',
    '2026-W00',
    '2025-W53',
    '2026-W5',
    '2026-W541',
    '',
  ])('is not "%s": refused with 400', (text) => {
    expect(() => parsePeriod(text)).toThrow(
      expect.objectContaining({ status: 400, code: 'malformed' }),
    );
  });

  it.each([
    ['2026-11-01T00:00:00.000Z', '2026-10'],
    ['2026-11-30T23:59:59.999Z', '2026-10'],
    ['2027-01-01T06:00:00.000Z', '2026-12'],
    ['2026-11-01T01:30:00.000+03:00', '2026-09'],
  ])('before %s is %s', (at, name) => {
    expect(monthBefore(at).name).toBe(name);
  });

  it.each([
    ['2026-W01', '2025-12-29', '2026-01-05'],
    ['2026-W53', '2026-12-28', '2027-01-04'],
    ['2027-W01', '2027-01-04', '2027-01-11'],
    ['2028-02-29', '2028-02-29', '2028-03-01'],
  ])('%s is from %s to %s, a week from Monday', (name, from, to) => {
    const midnight = 'T00:00:00.000Z';
    expect(parsePeriod(name)).toMatchObject({
      ...{ name, from: `${from}${midnight}`, to: `${to}${midnight}` },
    });
  });
});

describe('the periods of a plan set', () => {
  const monthly: PlanSchedule = { first: 'monthly', changes: [] };
  /** By the month until November 2026 begins on a Sunday, by the week until the 16th, then by the day until December. */
  const changed: PlanSchedule = {
    first: 'monthly',
    changes: [
      { kind: 'weekly', from: '2026-11-01T00:00:00.000Z' },
      { kind: 'daily', from: '2026-11-16T00:00:00.000Z' },
      { kind: 'monthly', from: '2026-11-18T00:00:00.000Z' },
    ],
  };

  it('follow each other without a gap and without a day twice, whatever the schedule becomes', () => {
    const all = periodsEnded(changed, {
      ...{ after: '2026-09-15T00:00:00.000Z', until: '2027-01-01T00:00:00.000Z', limit: 50 },
    });
    expect(all.map(({ name, from }) => `${name} ${from.slice(0, 10)}`)).toEqual([
      '2026-09 2026-09-01',
      '2026-10 2026-10-01',
      '2026-W44 2026-11-01',
      '2026-W45 2026-11-02',
      '2026-W46 2026-11-09',
      '2026-11-16 2026-11-16',
      '2026-11-17 2026-11-17',
      '2026-11 2026-11-18',
      '2026-12 2026-12-01',
    ]);
    for (const [at, { to }] of all.entries()) expect(all[at + 1]?.from ?? to).toBe(to);
  });

  it('are found by the moment and by their names, what is left of one after a change as well', () => {
    expect(scheduledPeriod(changed, '2026-11-01T13:00:00.000Z')).toMatchObject({
      ...{ name: '2026-W44', from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' },
    });
    expect(periodNamed(changed, '2026-11').from).toBe('2026-11-18T00:00:00.000Z');
    expect(periodBefore(changed, '2026-11-16T00:00:00.000Z').name).toBe('2026-W46');
    expect(periodBefore(monthly, '2026-11-01T06:00:00.000Z').name).toBe('2026-10');
  });

  it.each([
    [changed, '2026-W43'],
    [changed, '2026-W47'],
    [changed, '2026-11-18'],
    [monthly, '2026-W41'],
  ])('are no others', (schedule, name) => {
    expect(() => periodNamed(schedule, name)).toThrow(
      expect.objectContaining({ status: 400, code: 'malformed' }),
    );
  });

  it('are caught up with from the first on, as far as the limit goes', () => {
    const until = '2026-12-10T06:00:00.000Z';
    const daily: PlanSchedule = { first: 'daily', changes: [] };
    const names = periodsEnded(daily, { after: '2026-12-01T00:00:00.000Z', until, limit: 3 });
    expect(names.map(({ name }) => name)).toEqual(['2026-12-01', '2026-12-02', '2026-12-03']);
    expect(periodsEnded(daily, { after: '2026-12-10T00:00:00.000Z', until, limit: 3 })).toEqual([]);
  });
});
