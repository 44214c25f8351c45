import { archiveAt } from './closure';

describe('the day on which a closed account is archived', () => {
  it.each([
    ['2026-11-23T20:15:00.000Z', 30, '2026-12-24T00:00:00.000Z'],
    ['2026-11-23T00:00:00.000Z', 30, '2026-12-23T00:00:00.000Z'],
    ['2024-02-28T23:59:59.999Z', 1, '2024-03-01T00:00:00.000Z'],
    ['2026-11-23T20:15:00.000Z', 0, '2026-11-23T20:15:00.000Z'],
  ])('of %s after %i days is %s', (closedAt, days, due) => {
    expect(archiveAt(closedAt, days)).toBe(due);
  });
});
