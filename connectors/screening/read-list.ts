import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PublishedList } from '../../domain/screening/entry';
import { ListUnreadable } from './list-file';
import { readOfacList } from './ofac';
import { readXmlList } from './xml-lists';
import { xmlFile } from './xml-records';

/**
 * Reads lists from files and folders, whichever format they are in: OFAC's CSV set (`sdn.csv` with `alt.csv` and
 * `add.csv` beside it, in any case), and the XML of OFAC, the United Nations and the European Union.
 * Throws `ListUnreadable`.
 */
export async function readLists(places: readonly string[]): Promise<PublishedList[]> {
  const lists: PublishedList[] = [];
  for (const file of places.flatMap(filesOf)) {
    const part = csvPart(file);
    if (part === 'sdn') lists.push(await readOfacSet(file));
    else if (isXml(file)) lists.push(await readXmlList(xmlFile(file)));
    else if (part === null)
      throw new ListUnreadable(path.basename(file), null, 'neither sdn.csv nor an XML list');
  }
  if (lists.length === 0)
    throw new ListUnreadable(places.join(' '), null, 'there is no list among these files');
  return lists;
}

type CsvPart = 'sdn' | 'alt' | 'add';

function csvPart(file: string): CsvPart | null {
  const [, part] = /^(?:\w+[-_])?(sdn|alt|add)\.csv$/i.exec(path.basename(file)) ?? [];
  const known: readonly CsvPart[] = ['sdn', 'alt', 'add'];
  return known.find((each) => each === part?.toLowerCase()) ?? null;
}

function isXml(file: string): boolean {
  return /\.xml$/i.test(file);
}

function filesOf(place: string): string[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(place).isDirectory();
  } catch {
    throw new ListUnreadable(place, null, 'there is no such file');
  }
  if (!isFolder) return [place];
  return readdirSync(place)
    .filter((name) => csvPart(name) !== null || isXml(name))
    .sort()
    .map((name) => path.join(place, name));
}

function readOfacSet(sdn: string): Promise<PublishedList> {
  const folder = path.dirname(sdn);
  const beside = (part: CsvPart): string | undefined =>
    readdirSync(folder).find((name) => csvPart(name) === part);
  const [alt, add] = [beside('alt'), beside('add')];
  return readOfacList({
    folder,
    files: { sdn: path.basename(sdn), ...(alt && { alt }), ...(add && { add }) },
  });
}
