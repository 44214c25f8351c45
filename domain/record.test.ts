import { isComplete, isRecord, keysOf, sameJson } from './record';

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

  it.each([
    [
      { a: 1, b: [1, { c: null }] },
      { b: [1, { c: null }], a: 1 },
    ],
    [{ a: 1, b: undefined }, { a: 1 }],
    [[], []],
    ['a', 'a'],
  ])('says the same in any order of names: %j', (a, b) => {
    expect(sameJson(a, b)).toBe(true);
    expect(sameJson(b, a)).toBe(true);
  });

  it.each([
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: 1 }, { b: 1 }],
    [{ a: { b: 1 } }, { a: { b: 2 } }],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 2]],
    [[], {}],
    [{}, null],
    [1, '1'],
    [{}, JSON.parse('{ "__proto__": 1 }')],
  ])('tells apart: %j and %j', (a, b) => {
    expect(sameJson(a, b)).toBe(false);
    expect(sameJson(b, a)).toBe(false);
  });
});
