import { ageInYears, civilParts, daysBetween, monthsBefore } from './civil-date';

describe('civil dates', () => {
  it.each([
    ['2008-03-02', 17],
    ['2008-03-01', 18],
    ['2008-02-29', 18],
    ['1926-03-01', 100],
  ])('born %s is %i on 2026-03-01', (born, age) => {
    expect(ageInYears(born, '2026-03-01')).toBe(age);
  });

  it('keeps a birthday of 29 February on 1 March in other years', () => {
    expect(ageInYears('2008-02-29', '2026-02-28')).toBe(17);
  });

  it.each([
    ['2026-08-31', 6, '2026-02-28'],
    ['2026-03-15', 6, '2025-09-15'],
    ['2026-01-31', 1, '2025-12-31'],
  ])('%s less %i months is %s', (date, months, expected) => {
    expect(monthsBefore(date, months)).toBe(expected);
  });

  it('refuses dates that do not exist', () => {
    expect(civilParts('2026-02-29')).toBeNull();
    expect(daysBetween('2026-13-01', '2026-01-01')).toBeNull();
    expect(ageInYears('yesterday', '2026-01-01')).toBeNull();
  });

  it('counts days over a change of clocks and a leap day', () => {
    expect(daysBetween('2024-02-28', '2024-03-31')).toBe(32);
    expect(daysBetween('2026-03-02', '2026-03-01')).toBe(-1);
  });
});
