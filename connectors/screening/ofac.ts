import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ListedAlias,
  type ListedEntry,
  type ListedKind,
  type PublishedList,
} from '../../domain/screening/entry';
import { countryByName } from './country-names';
import { type ListRow, ListUnreadable, readListFile } from './list-file';
import { readRemarks } from './ofac-remarks';

export interface OfacSource {
  /** Folder that holds `sdn.csv`, and `alt.csv` and `add.csv` if there are any. */
  readonly folder: string;
  /** Their names where they are others ("SDN.CSV"). */
  readonly files?: { readonly sdn?: string; readonly alt?: string; readonly add?: string };
  /** Date of publication; OFAC's CSV does not carry it. Without it, the day `sdn.csv` was last written. */
  readonly publishedOn?: string;
  readonly name?: string;
}

/** The list that ships: invented people and companies, in OFAC's layout. */
export const sampleListFolder = join(__dirname, 'sample');

/** The list that ships, under a name of its own. Throws `ListUnreadable`. */
export function readSampleList(): Promise<PublishedList> {
  return readOfacList({
    folder: sampleListFolder,
    name: 'Keelson sample list',
    publishedOn: '2026-01-01',
  });
}

/**
 * Reads an OFAC SDN list in the Treasury's own CSV layout. Throws `ListUnreadable` naming file and
 * line; a list that is read only in part would clear people it should not.
 * Source: OFAC, "SDN data formats: fixed field, delimited, CSV" (dat_spec.txt).
 */
export async function readOfacList(source: OfacSource): Promise<PublishedList> {
  const names = { sdn: 'sdn.csv', alt: 'alt.csv', add: 'add.csv', ...source.files };
  const sdnPath = join(source.folder, names.sdn);
  const sdn = await readListFile(sdnPath, 12);
  const alt = await optionalFile(join(source.folder, names.alt), 5);
  const add = await optionalFile(join(source.folder, names.add), 6);
  if (sdn.rows.length === 0) throw new ListUnreadable('sdn.csv', null, 'the list is empty');

  const known = new Set<string>();
  for (const row of sdn.rows) {
    const number = entryNumber('sdn.csv', row);
    if (known.has(number))
      throw new ListUnreadable('sdn.csv', row.line, `entry ${number} is there twice`);
    known.add(number);
  }
  const aliases = grouped('alt.csv', alt.rows, known);
  const addresses = grouped('add.csv', add.rows, known);
  const hash = createHash('sha256')
    .update([sdn.sha256, alt.sha256, add.sha256].join('\n'))
    .digest('hex');
  const files = [
    { name: names.sdn, sha256: sdn.sha256 },
    { name: names.alt, sha256: alt.sha256 },
    { name: names.add, sha256: add.sha256 },
  ].filter(({ sha256 }) => sha256 !== '');
  return {
    files,
    version: {
      name: source.name ?? 'OFAC SDN',
      hash,
      publishedOn: source.publishedOn ?? (await lastWritten(sdnPath)),
    },
    entries: sdn.rows.map((row) => {
      const number = entryNumber('sdn.csv', row);
      return entryOf(row, aliases.get(number) ?? [], addresses.get(number) ?? []);
    }),
  };
}

async function optionalFile(path: string, columns: number) {
  return existsSync(path) ? readListFile(path, columns) : { rows: [], sha256: '' };
}

async function lastWritten(path: string): Promise<string> {
  return (await stat(path)).mtime.toISOString().slice(0, 10);
}

function entryNumber(file: string, row: ListRow): string {
  const number = row.fields[0] ?? '';
  if (!/^\d{1,9}$/.test(number))
    throw new ListUnreadable(file, row.line, 'the entry number is not a number');
  return number;
}

/** Rows by entry; a row of an entry that is not on the list means that the files do not belong together. */
function grouped(
  file: string,
  rows: readonly ListRow[],
  known: ReadonlySet<string>,
): Map<string, ListRow[]> {
  const groups = new Map<string, ListRow[]>();
  for (const row of rows) {
    const number = entryNumber(file, row);
    if (!known.has(number))
      throw new ListUnreadable(file, row.line, `entry ${number} is not in sdn.csv`);
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [row]);
    else group.push(row);
  }
  return groups;
}

function entryOf(
  row: ListRow,
  aliasRows: readonly ListRow[],
  addressRows: readonly ListRow[],
): ListedEntry {
  const [number, name, type, programme, , , , , , , , remarks] = row.fields;
  if (name === null || name === undefined)
    throw new ListUnreadable('sdn.csv', row.line, 'the name is missing');
  const read = readRemarks(remarks ?? '');
  const aliases: ListedAlias[] = aliasRows.flatMap(({ fields, line }) => {
    const alias = fields[3];
    if (alias === null || alias === undefined)
      throw new ListUnreadable('alt.csv', line, 'the alias is missing');
    return { name: alias, strength: 'strong' };
  });
  const countries = addressRows.flatMap(({ fields }) => countryByName(fields[4] ?? '') ?? []);
  return {
    id: `sdn:${number ?? ''}`,
    kind: kindOf(row, type ?? null),
    name,
    aliases: [...aliases, ...read.weakAliases],
    datesOfBirth: read.datesOfBirth,
    nationalities: read.nationalities,
    countries: [...new Set(countries)],
    gender: read.gender,
    idNumbers: read.idNumbers,
    programmes: (programme ?? '').split(/\]\s*\[/).filter((part) => part !== ''),
    version: rowsHash([row, ...aliasRows, ...addressRows]),
  };
}

function kindOf(row: ListRow, type: string | null): ListedKind {
  if (type === null) return 'organisation';
  if (type === 'individual' || type === 'vessel' || type === 'aircraft') return type;
  throw new ListUnreadable('sdn.csv', row.line, 'the type is none of individual, vessel, aircraft');
}

/** Over the texts alone: a line that only moved is the same entry still. */
function rowsHash(rows: readonly ListRow[]): string {
  const texts = JSON.stringify(rows.map((row) => row.fields));
  return createHash('sha256').update(texts).digest('hex');
}
