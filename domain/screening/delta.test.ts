import { shrinkage } from './delta';

describe('a version that takes entries away', () => {
  it.each([
    // A first version takes nothing away.
    [{ entries: 100, added: 100, removed: 0 }, undefined],
    [{ entries: 960, added: 0, removed: 40 }, undefined],
    [{ entries: 900, added: 0, removed: 100 }, 0.1],
    // Half of it is other people now.
    [{ entries: 1000, added: 500, removed: 500 }, 0.5],
    // Of a short list a few go every month.
    [{ entries: 40, added: 0, removed: 10 }, undefined],
  ])('%j is a lot: %s', (version, share) => {
    expect(shrinkage(version)).toBe(share);
  });
});
