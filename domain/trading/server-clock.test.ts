import fc from 'fast-check';
import {
  clockOf,
  currentOffsetSeconds,
  measureClock,
  serverWindow,
  toUtcIso,
  toUtcMs,
} from './server-clock';

const hour = 3_600;
const summer = 3 * hour;
const winter = 2 * hour;

describe('clock of a trading server', () => {
  it('snaps a measurement to the zone, so that one deal always has one UTC time', () => {
    const utc = Date.parse('2026-03-10T12:00:00Z');
    for (const driftMs of [-4_900, -300, 0, 800, 4_900]) {
      const clock = measureClock(null, utc + summer * 1000 + driftMs, utc);
      expect(currentOffsetSeconds(clock)).toBe(summer);
    }
  });

  it('takes a clock that is simply wrong as it is, and does not jitter with the network', () => {
    const utc = Date.parse('2026-03-10T12:00:00Z');
    const clock = measureClock(null, utc + 77_000, utc);
    expect(currentOffsetSeconds(clock)).toBe(77);
    expect(measureClock(clock, utc + 60_000 + 78_400, utc + 60_000)).toBe(clock);
    expect(currentOffsetSeconds(measureClock(clock, utc + 90_000, utc))).toBe(90);
  });

  it('reads a deal from before a clock change with the offset of its own time', () => {
    const change = Date.parse('2026-10-25T01:00:00Z');
    const before = clockOf(summer, Date.parse('2026-10-01T00:00:00Z'));
    const clock = measureClock(before, change + winter * 1000, change);
    expect(toUtcIso(clock, Date.parse('2026-10-25T02:30:00.250Z'))).toBe(
      '2026-10-24T23:30:00.250Z',
    );
    expect(toUtcIso(clock, Date.parse('2026-10-25T12:00:00.000Z'))).toBe(
      '2026-10-25T10:00:00.000Z',
    );
    // 03:30 is shown twice in that hour: the later one is taken.
    expect(toUtcIso(clock, Date.parse('2026-10-25T03:30:00.000Z'))).toBe(
      '2026-10-25T01:30:00.000Z',
    );
  });

  it('reads a time that is still to come with the offset from before the clock was set back', () => {
    const change = Date.parse('2026-10-25T01:00:00Z');
    const before = clockOf(summer, Date.parse('2026-10-01T00:00:00Z'));
    const clock = measureClock(before, change + winter * 1000, change);
    const made = Date.parse('2026-10-25T00:59:50Z');
    expect(toUtcMs(clock, made + summer * 1000, change + 5_000)).toBe(made);
    expect(toUtcMs(clock, made + summer * 1000, change + 3_600_000)).toBe(made + hour * 1000);
  });

  it('holds its first offset backwards', () => {
    const clock = clockOf(summer, Date.parse('2026-10-01T00:00:00Z'));
    expect(toUtcIso(clock, Date.parse('2025-01-01T03:00:00Z'))).toBe('2025-01-01T00:00:00.000Z');
  });

  it('never places a moment outside the window that was asked for it', () => {
    const offset = fc.integer({ min: -12 * hour, max: 14 * hour });
    const start = Date.parse('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(
        fc.array(offset, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 86_400 * 30 }),
        fc.integer({ min: 0, max: 7_200 }),
        (offsets, after, skewSeconds) => {
          let clock = null as ReturnType<typeof clockOf> | null;
          for (const [index, seconds] of offsets.entries()) {
            const at = start + index * 86_400_000 * 7;
            clock = measureClock(clock, at + seconds * 1000, at);
          }
          if (clock === null) throw new Error('no clock');
          const serverMs = start + after * 1000;
          const utcMs = toUtcMs(clock, serverMs);
          const window = serverWindow(clock, { fromUtcMs: utcMs, toUtcMs: utcMs, skewSeconds });
          expect(window.from * 1000).toBeLessThanOrEqual(Math.max(0, serverMs));
          expect(window.to * 1000).toBeGreaterThanOrEqual(serverMs);
        },
      ),
    );
  });
});
