import { createReadStream } from 'node:fs';
import path from 'node:path';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import type { ScreeningSubject } from '../domain/screening/entry';

/** A file of names or pairs is broken: which, where, what. */
export class NamesUnreadable extends Error {
  override readonly name = 'NamesUnreadable';
  constructor(file: string, line: number | null, problem: string) {
    super(`${path.basename(file)}${line === null ? '' : `, line ${line}`}: ${problem}`);
  }
}

export interface NamedSubject {
  readonly line: number;
  readonly id: string | null;
  readonly subject: ScreeningSubject;
}

const blankIsAbsent = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsAbsent, schema.optional());

const nameRow = z.object({
  name: z.string().trim().min(1, 'the name is missing'),
  id: optional(z.string()),
  dateOfBirth: optional(z.iso.date('not a date as in 1968-03-12')),
  nationality: optional(z.string().regex(/^[A-Z]{2}$/, 'not a country code of two letters')),
  kind: optional(z.enum(['individual', 'organisation'], 'neither individual nor organisation')),
  gender: optional(z.enum(['F', 'M'], 'neither F nor M')),
  latinName: optional(z.string()),
  idNumber: optional(z.string()),
});
const pairRow = z.object({ left: z.string(), right: z.string() });

/** The names of a CSV with a header, in order. Only `name` must be there. */
export async function* readNames(file: string): AsyncGenerator<NamedSubject> {
  for await (const { line, row } of readRows(file, nameRow, ['name'])) {
    yield {
      line,
      id: row.id ?? null,
      subject: {
        kind: row.kind ?? 'individual',
        name: row.name,
        latinName: row.latinName ?? null,
        dateOfBirth: row.dateOfBirth ?? null,
        nationalities: row.nationality === undefined ? [] : [row.nationality],
        gender: row.gender ?? null,
        idNumbers: row.idNumber === undefined ? [] : [row.idNumber],
      },
    };
  }
}

/** The pairs of a CSV with the columns `left` and `right`, in order. */
export async function* readPairs(
  file: string,
): AsyncGenerator<{ readonly left: string; readonly right: string }> {
  for await (const { row } of readRows(file, pairRow, ['left', 'right'])) yield row;
}

interface ParsedRow {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

async function* readRows<T>(
  file: string,
  schema: z.ZodType<T>,
  needed: readonly string[],
): AsyncGenerator<{ readonly line: number; readonly row: T }> {
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    columns: (header: string[]) => {
      const names = header.map((name) => name.trim());
      const missing = needed.find((name) => !names.includes(name));
      if (missing !== undefined) throw new NamesUnreadable(file, 1, `no column "${missing}"`);
      return names;
    },
  });
  const source = createReadStream(file);
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  const parsed: AsyncIterable<ParsedRow> = parser;
  let isEmpty = true;
  try {
    for await (const { record, info } of parsed) {
      isEmpty = false;
      const read = schema.safeParse(record);
      if (!read.success) {
        const [issue] = read.error.issues;
        throw new NamesUnreadable(
          file,
          info.lines,
          `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
        );
      }
      yield { line: info.lines, row: read.data };
    }
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    source.destroy();
  }
  if (isEmpty && parser.info.records === 0 && parser.info.bytes === 0)
    throw new NamesUnreadable(file, null, 'the file is empty');
}

function unreadable(file: string, error: unknown): unknown {
  if (error instanceof CsvError) {
    const lines: unknown = error['lines'];
    return new NamesUnreadable(file, typeof lines === 'number' ? lines : null, error.message);
  }
  if (error instanceof Error && 'code' in error) {
    const reason = error.code === 'ENOENT' ? 'there is no such file' : error.message;
    return new NamesUnreadable(file, null, reason);
  }
  return error;
}
