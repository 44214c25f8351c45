import { nameOfStatement } from './prepared-statements';

describe('names of prepared statements', () => {
  it('names a statement that comes again, and always the same', () => {
    const named = Array.from({ length: 5 }, () => nameOfStatement('select $1 again'));
    expect(named.slice(0, 2)).toEqual([undefined, undefined]);
    expect(new Set(named.slice(2)).size).toBe(1);
    expect(named[2]).toMatch(/^keelson_\d+$/);
    expect(nameOfStatement('select $1 once')).toBeUndefined();
  });

  it('gives away a bounded number of names, each to one statement', () => {
    const named = new Map<string, string>();
    for (let round = 0; round < 3; round += 1)
      for (let n = 0; n < 1_000; n += 1) {
        const name = nameOfStatement(`select $1, ${n}`);
        if (name !== undefined) named.set(`select $1, ${n}`, name);
      }
    expect(named.size).toBeGreaterThan(400);
    expect(named.size).toBeLessThanOrEqual(500);
    expect(new Set(named.values()).size).toBe(named.size);
  });
});
