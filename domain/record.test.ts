import { isComplete, isRecord, keysOf } from './record';

describe('a record', () => {
  it('names what it holds, in order', () => {
    expect(keysOf({ b: 1, a: 2 })).toEqual(['b', 'a']);
  });

  it('is complete when every name has a value', () => {
    expect(isComplete(['a', 'b'], { a: 0, b: '' })).toBe(true);
    expect(isComplete(['a', 'b'], { a: 1 })).toBe(false);
  });

  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    ['a', false],
  ])('is no list, null or text: %j', (value, expected) => expect(isRecord(value)).toBe(expected));
});
