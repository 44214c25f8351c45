import { numberBindings } from './named-bindings';

describe('names of bindings in a statement', () => {
  it.each([
    ['one', 'select :a', { a: 1 }, 'select $1', [1]],
    ['a cast is no name', 'select :a::text, b::text', { a: 1 }, 'select $1::text, b::text', [1]],
    [
      'a cast to a type that is also bound',
      'select :text::text',
      { text: 't' },
      'select $1::text',
      ['t'],
    ],
    [
      'each place has a value of its own',
      ':a::int is null or :a > :b',
      { b: 2, a: 1 },
      '$1::int is null or $2 > $3',
      [1, 1, 2],
    ],
    ['null is a value', 'select :a', { a: null }, 'select $1', [null]],
    ['a list is one value', 'any (:ids)', { ids: ['x', 'y'] }, 'any ($1)', [['x', 'y']]],
    ['what is not bound stands', "'HH24:MI', a[1:n]", { a: 1 }, "'HH24:MI', a[1:n]", []],
    ['a longer name', ':ab :a', { a: 1, ab: 2 }, '$1 $2', [2, 1]],
  ] as const)('%s', (_, statement, bindings, text, values) => {
    expect(numberBindings(statement, bindings)).toEqual({ text, values });
  });

  it('numbers anew when other names are bound than before', () => {
    expect(numberBindings(':x or :y', { x: 1 }).text).toBe('$1 or :y');
    expect(numberBindings(':x or :y', { x: 1, y: 2 })).toEqual({
      text: '$1 or $2',
      values: [1, 2],
    });
    expect(numberBindings(':x or :y', { y: 2 }).text).toBe(':x or $1');
  });

  it('refuses a binding without a value', () => {
    expect(() => numberBindings('select :a', { a: undefined })).toThrow(':a is bound to nothing');
  });
});
