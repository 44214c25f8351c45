import fc from 'fast-check';
import { Pace, waitMs } from './pace';

describe('the pace of requests', () => {
  it.each([
    [[], 0, 2, 0],
    [[0], 10, 2, 0],
    [[0, 10], 10, 2, 990],
    [[0, 10], 999, 2, 1],
    [[0, 10], 1_000, 2, 0],
    [[0, 10, 20], 1_005, 2, 5],
    [[500], 600, 1, 900],
  ])('after requests at %j another at %i, two or one a second, waits so long', (...row) => {
    const [sent, now, perSecond, expected] = row;
    expect(waitMs(sent, now, perSecond)).toBe(expected);
  });

  it('lets no second see more than it may, and nobody wait without need', () => {
    const asked = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 });
    fc.assert(
      fc.property(asked, fc.integer({ min: 1, max: 5 }), (gaps, perSecond) => {
        const sent: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          const wait = waitMs(sent, now, perSecond);
          const busy = sent.filter((at) => at > now - 1_000).length;
          expect(wait > 0).toBe(busy >= perSecond);
          now += wait;
          sent.push(now);
        }
        for (const at of sent) {
          expect(sent.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(perSecond); // prettier-ignore
        }
      }),
    );
  });

  it('really holds what comes too fast', async () => {
    const pace = new Pace(3);
    const startedAt = performance.now();
    for (let at = 0; at < 4; at += 1) await pace.turn();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_000);
  });
});
