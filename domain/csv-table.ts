import { CsvError, parse } from 'csv-parse/sync';

/** A CSV file says something that cannot be read, or that makes no sense. */
export class CsvFault extends Error {
  override readonly name = 'CsvFault';
  constructor(
    /** From 1; the header is line 1. */
    readonly line: number,
    readonly field: string,
    readonly reason: string,
  ) {
    super(`line ${line}, ${field}: ${reason}`);
  }
}

/** A row with its place in the file. An absent or empty cell is the empty text. */
export interface CsvRow {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/**
 * Reads CSV (RFC 4180) with a header: columns in any order, those that may be left out are `optional`. Throws CsvFault
 * for a column that is missing or unknown, a row of another length, and an open quotation mark.
 */
export function readCsvTable(
  text: string,
  { required, optional = [] }: { required: readonly string[]; optional?: readonly string[] },
): CsvRow[] {
  const [header, ...rows] = splitCsv(text);
  if (!header) throw new CsvFault(1, 'header', 'the file is empty');
  const names = header.cells;
  for (const name of required)
    if (!names.includes(name)) throw new CsvFault(1, name, 'the column is missing');
  for (const [at, name] of names.entries()) {
    if (![...required, ...optional].includes(name))
      throw new CsvFault(1, name, 'the column is not known');
    if (names.indexOf(name) !== at) throw new CsvFault(1, name, 'the column stands twice');
  }
  return rows.map(({ line, cells }) => {
    if (cells.length !== names.length)
      throw new CsvFault(line, 'row', `has ${cells.length} cells, the header ${names.length}`);
    return { line, cells: Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])) };
  });
}

interface Split {
  readonly line: number;
  readonly cells: readonly string[];
}

function splitCsv(text: string): Split[] {
  const rows: Split[] = [];
  try {
    parse(text, {
      bom: true,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (cells: readonly string[], { lines }) => {
        if (cells.length === 1 && cells[0] === '') return null;
        // The line that it ends in is told; cells may have been broken over lines.
        const broken = cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
        rows.push({ line: lines - broken, cells });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { code, lines } = error;
    const isOpen = code === 'CSV_QUOTE_NOT_CLOSED';
    throw new CsvFault(
      typeof lines === 'number' ? lines : 1,
      'row',
      isOpen ? 'a quotation mark is not closed' : 'cannot be read',
    );
  }
  return rows;
}
