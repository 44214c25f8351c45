import { defaultCalendar } from '../task/business-calendar';
import { payDayOf } from './pay-day';
import { parsePeriod } from './period';

const nicosia = {
  ...{ ...defaultCalendar, timeZone: 'Asia/Nicosia' },
  holidays: new Set(['2026-11-04', '2026-11-06']),
};
const days = { ofMonth: 5, ofWeek: 3 };

describe('the day of payment', () => {
  it.each([
    // Midnight in Nicosia is 22:00 UTC of the day before.
    ['2026-10', '2026-11-04T22:00:00.000Z'],
    // The fifth of December is a Saturday.
    ['2026-11', '2026-12-06T22:00:00.000Z'],
    ['2026-W42', '2026-10-20T21:00:00.000Z'],
    // The Wednesday of the week after is a day off.
    ['2026-W44', '2026-11-04T22:00:00.000Z'],
    ['2026-10-26', '2026-10-26T22:00:00.000Z'],
    // A Friday is paid on Monday, as are the Saturday and the Sunday.
    ['2026-10-30', '2026-11-01T22:00:00.000Z'],
    ['2026-10-31', '2026-11-01T22:00:00.000Z'],
    ['2026-11-05', '2026-11-08T22:00:00.000Z'],
  ])('of %s is %s, a working day of the entity', (name, at) => {
    expect(payDayOf(parsePeriod(name), { paidOn: days, calendar: nicosia })).toBe(at);
  });

  it('is that of the approval where the plan says none, but for a day', () => {
    const none = { paidOn: { ofMonth: null, ofWeek: null }, calendar: defaultCalendar };
    expect(payDayOf(parsePeriod('2026-10'), none)).toBeNull();
    expect(payDayOf(parsePeriod('2026-W42'), none)).toBeNull();
    expect(payDayOf(parsePeriod('2026-10-26'), none)).toBe('2026-10-27T00:00:00.000Z');
  });

  it('is looked for no further than a calendar opens at all', () => {
    const never = { ...defaultCalendar, workingDays: [] };
    expect(() => payDayOf(parsePeriod('2026-10-26'), { paidOn: days, calendar: never })).toThrow(
      /does not open/,
    );
  });
});
