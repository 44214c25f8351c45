import { afterBusinessDays } from './business-days';

describe('business days', () => {
  it.each([
    ['a Monday', '2026-11-30T09:00:00Z', 10, '2026-12-14T09:00:00.000Z'],
    ['a Friday', '2026-11-27T09:00:00Z', 1, '2026-11-30T09:00:00.000Z'],
    ['a Saturday', '2026-11-28T09:00:00Z', 1, '2026-11-30T09:00:00.000Z'],
    ['none', '2026-11-28T09:00:00Z', 0, '2026-11-28T09:00:00.000Z'],
  ])('are counted without weekends from %s', (_what, from, days, to) => {
    expect(afterBusinessDays(new Date(from), days).toISOString()).toBe(to);
  });
});
