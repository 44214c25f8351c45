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
  const [header, ...rows] = splitCsv(text.replace(/^\uFEFF/, ''));
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
  let cells: string[] = [];
  let line = 1;
  let from = 1;
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|$)/y;
  while (cell.lastIndex < text.length) {
    const start = cell.lastIndex;
    const match = cell.exec(text);
    if (!match) {
      const isOpen = text[start] === '"';
      throw new CsvFault(line, 'row', isOpen ? 'a quotation mark is not closed' : 'cannot be read');
    }
    const [, raw = '', end = ''] = match;
    cells.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw.trim());
    line += raw.split('\n').length - 1;
    if (end === ',' && cell.lastIndex < text.length) continue;
    if (end === ',') cells.push('');
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: from, cells });
    cells = [];
    line += 1;
    from = line;
  }
  return rows;
}
