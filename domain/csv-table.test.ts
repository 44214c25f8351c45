import fc from 'fast-check';
import { toCsv } from './csv';
import { CsvFault, readCsvTable } from './csv-table';

describe('a CSV table', () => {
  it('is read by its header, in any order, with quoted cells, either line end and a byte order mark', () => {
    const text = '\uFEFFb,a\r\n"x, ""y""\nz",1\r\n\r\n2,3\n';
    expect(readCsvTable(text, { required: ['a', 'b'] })).toEqual([
      { line: 2, cells: { a: '1', b: 'x, "y"\nz' } },
      { line: 5, cells: { a: '3', b: '2' } },
    ]);
  });

  it('knows a last cell that is empty', () => {
    expect(readCsvTable('a,b\n1,', { required: ['a', 'b'] })).toEqual([
      { line: 2, cells: { a: '1', b: '' } },
    ]);
  });

  it.each<[string, string, number, string]>([
    ['', 'header', 1, 'empty'],
    ['a\n1', 'b', 1, 'missing'],
    ['a,b,c\n', 'c', 1, 'not known'],
    ['a,b,a\n', 'a', 1, 'twice'],
    ['a,b\n1,2\n1\n', 'row', 3, '1 cells'],
    ['a,b\n"1,2', 'row', 2, 'not closed'],
  ])('says where %j cannot be read', (text, field, line, reason) => {
    try {
      readCsvTable(text, { required: ['a', 'b'] });
      throw new Error('it was read');
    } catch (error) {
      expect(error).toBeInstanceOf(CsvFault);
      expect(error).toMatchObject({ field, line });
      expect(String(error)).toContain(reason);
    }
  });

  it('gives back what was written', () => {
    const cell = fc.string().filter((text) => text.trim() === text && !/^[=+@\t\r-]/.test(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell)), (rows) => {
        const read = readCsvTable(toCsv(['a', 'b'], rows), { required: ['a', 'b'] });
        expect(read.map(({ cells }) => [cells['a'], cells['b']])).toEqual(rows);
      }),
    );
  });
});
