import { instant } from '../account/instant';
import { isOver, keptRecords, keptUntil, lastDayAfter, type Keep } from './retention';

const keeps: readonly Keep[] = [
  { record: 'identity', years: 5, source: 'a law' },
  { record: 'accounts', years: 7, source: 'another' },
];
const endedAt = instant('2024-02-29T23:59:59.999Z');

describe('how long records are kept', () => {
  it.each([
    [1, '2025-03-01'],
    [4, '2028-02-29'],
    [5, '2029-03-01'],
    [0, '2024-02-29'],
  ])('%d years after a 29th of February end on %s', (years, last) => {
    expect(lastDayAfter(endedAt, years)).toBe(last);
  });

  it('has a last day for each kind, and the last of all is the longest', () => {
    expect(keptRecords(keeps, endedAt).map(({ until }) => until)).toEqual([
      '2029-03-01',
      '2031-03-01',
    ]);
    expect(keptUntil(keeps, endedAt)).toBe('2031-03-01');
  });

  it('has no end while the relationship lasts', () => {
    expect(keptUntil(keeps, null)).toBeNull();
    expect(keptRecords(keeps, null).every(({ until }) => until === null)).toBe(true);
    expect(isOver(null, '2999-01-01')).toBe(false);
  });

  it('is over on the day after the last, and not on it', () => {
    expect(isOver('2031-03-01', '2031-03-01')).toBe(false);
    expect(isOver('2031-03-01', '2031-03-02')).toBe(true);
  });
});
