import { setImmediate as nextTurn } from 'node:timers/promises';
import { Batcher, BatcherFull } from './batcher';

/** Writes numbers; the writes go on until `finish` lets each of them. */
function writer({ bad = [] as readonly number[], failure = {} } = {}) {
  const batches: (readonly number[])[] = [];
  const written: number[] = [];
  let release: (() => void)[] = [];
  const write = async (items: readonly number[]) => {
    batches.push(items);
    await new Promise<void>((resolve) => release.push(resolve));
    if (items.some((item) => bad.includes(item)))
      throw Object.assign(new Error(`bad among ${items.join()}`), failure);
    written.push(...items);
    return items.map((item) => item * 10);
  };
  const finish = async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const now = release;
      release = [];
      for (const one of now) one();
      await nextTurn();
    }
  };
  return { batches, written, write, finish };
}

describe('a batcher', () => {
  it('writes at once what comes when nothing is written, and together what comes meanwhile', async () => {
    const { batches, write, finish } = writer();
    const batcher = new Batcher({ write });
    const first = batcher.add(1);
    await nextTurn();
    expect(batches).toEqual([[1]]);
    const others = [batcher.add(2), batcher.add(3), batcher.add(4)];
    await finish();
    expect(batches).toEqual([[1], [2, 3, 4]]);
    expect(await Promise.all([first, ...others])).toEqual([10, 20, 30, 40]);
  });

  it('halves a batch that fails until the bad one stands alone', async () => {
    const { batches, written, write, finish } = writer({ bad: [3] });
    const batcher = new Batcher({ write });
    const all = Promise.allSettled([1, 2, 3, 4].map((item) => batcher.add(item)));
    await finish();
    const ended = await all;
    expect(ended.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(written).toEqual([1, 2, 4]);
    expect(batches).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]]);
  });

  it.each([{ code: '57P01' }, { code: 'ECONNREFUSED' }, { name: 'KnexTimeoutError' }])(
    'fails all of a batch at once on an outage: %o',
    async (failure) => {
      const { batches, write, finish } = writer({ bad: [3], failure });
      const batcher = new Batcher({ write });
      const all = Promise.allSettled([1, 2, 3, 4].map((item) => batcher.add(item)));
      await finish();
      expect((await all).every(({ status }) => status === 'rejected')).toBe(true);
      expect(batches).toEqual([[1, 2, 3, 4]]);
    },
  );

  it('takes no more at a time, and lets no more wait, than it was told', async () => {
    const { batches, write, finish } = writer();
    const batcher = new Batcher({ write, itemsMax: 2, waitingMax: 3 });
    const taken = [1, 2, 3].map((item) => batcher.add(item));
    await expect(batcher.add(4)).rejects.toThrow(BatcherFull);
    await finish();
    await Promise.all(taken);
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it('takes along who asks again when answered', async () => {
    const { batches, write, finish } = writer();
    const batcher = new Batcher({ write });
    const call = async (item: number) => {
      await batcher.add(item);
      await Promise.resolve();
      await batcher.add(item + 10);
    };
    const all = Promise.all([1, 2, 3].map(call));
    await finish();
    await all;
    expect(batches).toEqual([
      [1, 2, 3],
      [11, 12, 13],
    ]);
  });

  describe('that may write beside', () => {
    const aside = { setsMax: 2, waitingMin: 3, keyOf: (item: number) => String(item % 10) };

    it('leaves few in one set', async () => {
      const { batches, write, finish } = writer();
      const batcher = new Batcher({ write, aside });
      const first = batcher.add(1);
      await nextTurn();
      const others = [2, 3].map((item) => batcher.add(item));
      await nextTurn();
      expect(batches).toEqual([[1]]);
      await finish();
      await Promise.all([first, ...others]);
      expect(batches).toEqual([[1], [2, 3]]);
    });

    it('writes many at the same time, and one key in its order', async () => {
      const { batches, written, write, finish } = writer();
      const batcher = new Batcher({ write, aside });
      const first = batcher.add(1);
      await nextTurn();
      const others = [11, 2, 3, 21].map((item) => batcher.add(item));
      await nextTurn();
      expect(batches).toEqual([[1], [2, 3]]);
      const later = [4, 5, 6].map((item) => batcher.add(item));
      await nextTurn();
      expect(batches).toHaveLength(2);
      await finish();
      await Promise.all([first, ...others, ...later]);
      expect(batches).toEqual([[1], [2, 3], [11, 21, 4, 5, 6]]);
      expect(written.filter((item) => item % 10 === 1)).toEqual([1, 11, 21]);
    });
  });
});
