import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { toCsv } from './csv';

describe('CSV', () => {
  it('gives any text back that another reader of CSV reads', () => {
    const word = fc.string({ maxLength: 12 }).map((text) => `x${text}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 5 }), (table) => {
        expect(parse(toCsv(['a', 'b'], table), { record_delimiter: '\r\n' })).toEqual([
          ['a', 'b'],
          ...table,
        ]);
      }),
    );
  });

  it('lets no cell be run as a formula, and leaves negative amounts as they are', () => {
    expect(toCsv(['a'], [['=1+1'], ['@x'], ['-2+3'], ['-2.50']])).toBe(
      "a\r\n'=1+1\r\n'@x\r\n'-2+3\r\n-2.50\r\n",
    );
  });
});
