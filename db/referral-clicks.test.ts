import { openScratch, type Scratch } from '../tests/proofs/scratch';
import { secondsSinceClick, sealClick } from './referral-clicks';

describe('the time of a click on a partner’s link', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await openScratch();
  });
  afterAll(() => scratch.close());

  const nowMs = Date.parse('2026-11-01T00:00:10.900Z');
  const clickedMs = Date.parse('2026-11-01T00:00:00.000Z');

  it('comes back in whole seconds', async () => {
    await scratch.asSystem((tx) => {
      const click = sealClick(tx, 'spring', clickedMs);
      expect(click).toMatch(/^\d{13}\.[A-Za-z0-9]{20,100}$/);
      expect(secondsSinceClick(tx, { code: 'spring', click, nowMs })).toBe(10);
      return Promise.resolve();
    });
  });

  it('is not taken from anybody else, of another link, from the future or from long ago', async () => {
    await scratch.asSystem((tx) => {
      const click = sealClick(tx, 'spring', clickedMs);
      const [at = '', seal = ''] = click.split('.');
      const made = `${Number(at) - 60_000}.${seal}`;
      expect(secondsSinceClick(tx, { code: 'spring', click: made, nowMs })).toBeUndefined();
      expect(secondsSinceClick(tx, { code: 'autumn', click, nowMs })).toBeUndefined();
      for (const [code, ms] of [
        ['spring', nowMs + 1_000],
        ['spring', nowMs - 31 * 86_400_000],
      ] as const)
        expect(
          secondsSinceClick(tx, { code, click: sealClick(tx, code, ms), nowMs }),
        ).toBeUndefined();
      expect(secondsSinceClick(tx, { code: 'spring', click: '', nowMs })).toBeUndefined();
      return Promise.resolve();
    });
  });
});
