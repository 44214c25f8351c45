import fc from 'fast-check';
import {
  addWorkingDays,
  addWorkingMinutes,
  defaultCalendar,
  dueTimes,
  isTimeZone,
  workingMinutesBetween,
  type BusinessCalendar,
} from './business-calendar';

const office: BusinessCalendar = {
  timeZone: 'Asia/Nicosia',
  workingDays: [1, 2, 3, 4, 5],
  opensMinute: 9 * 60,
  closesMinute: 18 * 60,
  holidays: new Set(['2026-12-25', '2026-12-28']),
};
const always: BusinessCalendar = { ...defaultCalendar, workingDays: [1, 2, 3, 4, 5, 6, 7] };
const at = (text: string) => new Date(text);

describe('a business calendar', () => {
  it.each([
    // Cyprus is UTC+2 in winter and UTC+3 in summer.
    ['within a day', office, '2026-11-30T08:00:00Z', 60, '2026-11-30T09:00:00.000Z'],
    ['before it opens', office, '2026-11-30T01:00:00Z', 60, '2026-11-30T08:00:00.000Z'],
    ['over the night', office, '2026-11-30T15:00:00Z', 120, '2026-12-01T08:00:00.000Z'],
    ['to the minute it closes', office, '2026-11-30T15:00:00Z', 60, '2026-11-30T16:00:00.000Z'],
    ['over a weekend', office, '2026-11-27T15:30:00Z', 60, '2026-11-30T07:30:00.000Z'],
    ['over holidays and a weekend', office, '2026-12-24T15:00:00Z', 61, '2026-12-29T07:01:00.000Z'],
    [
      'over the change to summer time',
      office,
      '2026-03-27T15:00:00Z',
      120,
      '2026-03-30T07:00:00.000Z',
    ],
    [
      'over the change to winter time',
      office,
      '2026-10-23T14:00:00Z',
      120,
      '2026-10-26T08:00:00.000Z',
    ],
    ['nothing', office, '2026-11-28T15:00:00Z', 0, '2026-11-28T15:00:00.000Z'],
    [
      'markets’ hours over a weekend',
      defaultCalendar,
      '2026-11-27T23:00:00Z',
      120,
      '2026-11-30T01:00:00.000Z',
    ],
  ])('counts its hours %s', (_what, calendar, from, minutes, to) => {
    expect(addWorkingMinutes(calendar, at(from), minutes).toISOString()).toBe(to);
  });

  it.each([
    ['jump', 'Asia/Nicosia', '2026-03-28T22:00:00Z', 23 * 60],
    ['come twice', 'Asia/Nicosia', '2026-10-24T21:00:00Z', 25 * 60],
    // Egypt’s clocks jump at midnight: the day begins at one.
    ['jump at midnight', 'Africa/Cairo', '2026-04-23T22:00:00Z', 23 * 60],
    ['stay', 'Asia/Nicosia', '2026-11-29T22:00:00Z', 24 * 60],
  ])(
    'has as many minutes in a day as pass while the clocks %s',
    (_what, timeZone, from, minutes) => {
      const calendar = { ...always, timeZone };
      const end = addWorkingMinutes(calendar, at(from), minutes);
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' });
      expect(clock.format(end)).toBe('00:00');
      expect(workingMinutesBetween(calendar, at(from), end)).toBe(minutes);
    },
  );

  it('gives back the minutes that were added', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: at('2026-01-01T00:00:00Z'),
          max: at('2027-12-31T00:00:00Z'),
          noInvalidDate: true,
        }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.constantFrom(office, defaultCalendar, { ...office, timeZone: 'America/New_York' }),
        (from, minutes, calendar) => {
          const to = addWorkingMinutes(calendar, from, minutes);
          expect(workingMinutesBetween(calendar, from, to)).toBe(minutes);
          expect(to >= from).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says half its time before it says all of it', () => {
    const { noticeAt, dueAt } = dueTimes(office, at('2026-11-30T07:00:00Z'), 18 * 60);
    expect(noticeAt.toISOString()).toBe('2026-11-30T16:00:00.000Z');
    expect(dueAt.toISOString()).toBe('2026-12-01T16:00:00.000Z');
  });

  it.each([
    ['a Monday', '2026-11-30T09:00:00Z', 10, '2026-12-14T09:00:00.000Z'],
    ['a Friday', '2026-11-27T09:00:00Z', 1, '2026-11-30T09:00:00.000Z'],
    ['a Saturday', '2026-11-28T09:00:00Z', 1, '2026-11-30T09:00:00.000Z'],
    ['the day before holidays', '2026-12-24T09:00:00Z', 1, '2026-12-29T09:00:00.000Z'],
    ['before a change of the clocks', '2026-03-27T08:00:00Z', 1, '2026-03-30T07:00:00.000Z'],
    ['none', '2026-11-28T09:00:00Z', 0, '2026-11-28T09:00:00.000Z'],
  ])('counts whole days from %s', (_what, from, days, to) => {
    expect(addWorkingDays(office, at(from), days).toISOString()).toBe(to);
  });

  it('says that it never opens instead of searching for ever', () => {
    expect(() =>
      addWorkingMinutes({ ...office, workingDays: [] }, at('2026-11-30T09:00:00Z'), 1),
    ).toThrow('does not open');
  });

  it.each([
    ['Asia/Nicosia', true],
    ['UTC', true],
    ['Mars/Olympus', false],
    ['', false],
  ])('knows whether %s is a zone', (name, known) => {
    expect(isTimeZone(name)).toBe(known);
  });
});
