import fc from 'fast-check';
import {
  dormancyDays,
  dormancyFee,
  type DormancyStanding,
  nextDormancyCheck,
  tracingYear,
} from './dormancy';
import { addDays } from './instant';

const opened = '2026-01-01T00:00:00.000Z';
const times = { inactiveDays: 180, noticeDays: 30, feeEveryDays: 30, closeAfterDays: 365 };
const active: DormancyStanding = {
  state: 'active',
  lastActivityAt: opened,
  noticedAt: null,
  dormantSince: null,
  lastFeeAt: null,
};

describe('dormancy', () => {
  it('is asked about when the days of inactivity are over, and not before', () => {
    expect(nextDormancyCheck(active, times, opened)).toBe(addDays(opened, 180));
  });

  it('is asked about when the notice has run out', () => {
    const noticedAt = addDays(opened, 180);
    expect(nextDormancyCheck({ ...active, noticedAt }, times, noticedAt)).toBe(
      addDays(opened, 210),
    );
  });

  it('counts a fee from the last one on any account of the client', () => {
    const dormant = {
      ...active,
      state: 'dormant',
      dormantSince: addDays(opened, 210),
      lastFeeAt: addDays(opened, 250),
    } as const;
    expect(dormancyDays(dormant, addDays(opened, 270)).feeDays).toBe(20);
    expect(nextDormancyCheck(dormant, times, addDays(opened, 270))).toBe(addDays(opened, 280));
  });

  it('asks again in a day about what was due and not done', () => {
    expect(nextDormancyCheck(active, times, addDays(opened, 200))).toBe(addDays(opened, 201));
  });

  it('never sleeps past a day on which an answer would change', () => {
    const day = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(day, day, day, fc.boolean(), (last, then, later, dormant) => {
        const standing: DormancyStanding = dormant
          ? { ...active, state: 'dormant', dormantSince: addDays(opened, last) }
          : { ...active, lastActivityAt: addDays(opened, last) };
        const now = addDays(opened, last + then);
        const next = nextDormancyCheck(standing, times, now);
        expect(next > now).toBe(true);
        const probe = addDays(now, later);
        if (probe >= next) return;
        const crossed = (from: number, to: number, limit: number) => from < limit && to >= limit;
        const [before, after] = [dormancyDays(standing, now), dormancyDays(standing, probe)];
        const changes = dormant
          ? crossed(before.feeDays, after.feeDays, times.feeEveryDays) ||
            crossed(before.dormantDays, after.dormantDays, times.closeAfterDays)
          : crossed(before.inactiveDays, after.inactiveDays, times.inactiveDays);
        expect(changes).toBe(false);
      }),
    );
  });

  it('looks for an owner once in each year of dormancy, whatever the calendar says', () => {
    const of = { dormantSince: '2025-12-20T00:00:00.000Z', closeAfterDays: 365 };
    const years = [0, 12, 364, 365, 729, 730].map((days) =>
      tracingYear(of, addDays('2026-12-20T00:00:00.000Z', days)),
    );
    expect(years).toEqual([1, 1, 1, 2, 2, 3]);
  });

  it('takes what is there when the fee is more, and nothing from nothing', () => {
    expect(dormancyFee(1_500n, 1_000n)).toBe(1_000n);
    expect(dormancyFee(400n, 1_000n)).toBe(400n);
    expect(dormancyFee(0n, 1_000n)).toBe(0n);
    expect(dormancyFee(-5n, 1_000n)).toBe(0n);
  });
});
