import { addWorkingDays, civilDay, defaultCalendar } from '../task/business-calendar';
import { consentAnswer, moratoriumEnd } from './consent';

const asked = { consent: 'asked', noticeEndsOn: '2026-12-10', moratoriumEndsOn: null } as const;
const refused = { ...asked, consent: 'refused', moratoriumEndsOn: '2027-01-05' } as const;

describe('consent to what a report is about', () => {
  it.each([
    ['nobody was asked', { ...asked, consent: 'none', noticeEndsOn: null }, '2026-12-01', 'free'],
    ['the last day of the notice', asked, '2026-12-10', 'notice 2026-12-10'],
    ['silence to its end', asked, '2026-12-11', 'free'],
    ['granted in it', { ...asked, consent: 'granted' }, '2026-12-02', 'free'],
    ['refused: the last day', refused, '2027-01-05', 'moratorium 2027-01-05'],
    ['refused, and the moratorium is over', refused, '2027-01-06', 'free'],
  ] as const)('%s', (_name, standing, today, expected) => {
    const answer = consentAnswer(standing, today);
    expect(answer.kind === 'free' ? 'free' : `${answer.by} ${answer.until}`).toBe(expected);
  });

  it('binds 31 days after a refusal, of which its day is the first', () => {
    expect(moratoriumEnd('2026-12-06', 31)).toBe('2027-01-05');
  });

  it('gives the authority seven working days, the first after the report, holidays left out', () => {
    const calendar = { ...defaultCalendar, holidays: new Set(['2026-12-25', '2026-12-28']) };
    // Friday the 18th: 21, 22, 23, 24, 29, 30, 31.
    const end = addWorkingDays(calendar, new Date('2026-12-18T15:00:00Z'), 7);
    expect(civilDay(calendar, end)).toBe('2026-12-31');
  });
});
