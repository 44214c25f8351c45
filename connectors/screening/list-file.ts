import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';

/** A list cannot be read: which file, which line, what is wrong. Never half a list: nothing is screened against it. */
export class ListUnreadable extends Error {
  override readonly name = 'ListUnreadable';
  constructor(
    readonly file: string,
    readonly line: number | null,
    readonly problem: string,
  ) {
    super(`${file}${line === null ? '' : `, line ${line}`}: ${problem}`);
  }
}

export interface ListRow {
  readonly line: number;
  /** `-0-` and blanks are null. */
  readonly fields: readonly (string | null)[];
}

export interface ListFile {
  readonly rows: readonly ListRow[];
  readonly sha256: string;
}

const rowsMax = 1_000_000;
const fieldBytesMax = 64 * 1024;

/** Streams a CSV file of OFAC's layout: no header, quoted texts, `-0-` for nothing, perhaps a Ctrl-Z at the end. */
export async function readListFile(path: string, columns: number): Promise<ListFile> {
  const file = basename(path);
  const hash = createHash('sha256');
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: fieldBytesMax,
  });
  const source = Readable.from(hashed(path, hash));
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);

  const rows: ListRow[] = [];
  try {
    const parsed: AsyncIterable<ParsedRow> = parser;
    for await (const { record, info } of parsed) {
      // The last line of OFAC's files is a lone end-of-file character of CP/M.
      if (record.length === 1 && record[0] === '\u001a') continue;
      if (record.length !== columns)
        throw new ListUnreadable(
          file,
          info.lines,
          `expected ${columns} columns, found ${record.length}`,
        );
      if (rows.length >= rowsMax)
        throw new ListUnreadable(file, info.lines, `more than ${rowsMax} rows`);
      rows.push({ line: info.lines, fields: record.map(nullable) });
    }
  } catch (error) {
    source.destroy();
    throw unreadable(file, error);
  }
  return { rows, sha256: hash.digest('hex') };
}

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* hashed(path: string, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path)) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    hash.update(bytes);
    yield bytes;
  }
}

function nullable(field: string): string | null {
  const text = field.trim();
  return text === '' || text === '-0-' ? null : text;
}

function unreadable(file: string, error: unknown): ListUnreadable {
  if (error instanceof ListUnreadable) return error;
  if (error instanceof CsvError) {
    const lines: unknown = error['lines'];
    return new ListUnreadable(file, typeof lines === 'number' ? lines : null, error.message);
  }
  const problem = error instanceof Error ? error.message : String(error);
  return new ListUnreadable(file, null, problem.replace(/^Error: /, '').replace(/, open .*/, ''));
}
