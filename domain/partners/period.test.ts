import { monthBefore, parsePeriod } from './period';

describe('a period', () => {
  it('is a month of UTC, its end not in it', () => {
    expect(parsePeriod('2026-12')).toEqual({
      name: '2026-12',
      from: '2026-12-01T00:00:00.000Z',
      to: '2027-01-01T00:00:00.000Z',
    });
    expect(parsePeriod('2028-02').to).toBe('2028-03-01T00:00:00.000Z');
  });

  it.each(['2026-13', '2026-00', '2026-1', '26-01', '2026-10-01', ''])(
    'is not "%s": refused with 400',
    (text) => {
      expect(() => parsePeriod(text)).toThrow(
        expect.objectContaining({ status: 400, code: 'malformed' }),
      );
    },
  );

  it.each([
    ['2026-11-01T00:00:00.000Z', '2026-10'],
    ['2026-11-30T23:59:59.999Z', '2026-10'],
    ['2027-01-01T06:00:00.000Z', '2026-12'],
    ['2026-11-01T01:30:00.000+03:00', '2026-09'],
  ])('before %s is %s', (at, name) => {
    expect(monthBefore(at).name).toBe(name);
  });
});
