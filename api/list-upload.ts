import { ListUnreadable } from '../connectors/screening/list-file';
import { readXmlList } from '../connectors/screening/xml-lists';
import { xmlBytes } from '../connectors/screening/xml-records';
import type { PublishedList } from '../domain/screening/entry';
import { refused } from '../domain/problem';
import { requiredFile } from './paper-file';
import type { Upload } from './route';

/** More than twice what the longest of the lists has. */
export const listUpload = {
  bytesMax: 64 * 1024 * 1024,
  // What it is, is told by its content.
  mediaTypes: ['application/xml', 'text/xml', 'application/octet-stream'],
};

/** What somebody has called a file is not kept. */
const fileName = 'uploaded.xml';

/**
 * Reads a list in the XML of OFAC, the United Nations or the European Union. 400 without a file; 422 `list_broken` names
 * line and field of what is wrong, and nothing is loaded. OFAC's CSV are three files: `keelson lists load` takes them.
 */
export async function readUploadedList(file: Upload | undefined): Promise<PublishedList> {
  const { bytes } = requiredFile(file);
  if (!looksLikeXml(bytes)) throw broken(null, 'this is no XML');
  try {
    return await readXmlList(xmlBytes(fileName, bytes));
  } catch (error) {
    if (!(error instanceof ListUnreadable)) throw error;
    throw broken(error.line, error.problem);
  }
}

function looksLikeXml(bytes: Buffer): boolean {
  const begin = bytes
    .subarray(0, 256)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  return begin.startsWith('<');
}

function broken(line: number | null, problem: string) {
  const where = line === null ? '' : `Line ${line}: `;
  return refused('list_broken', `${where}${problem}. Nothing of the file was loaded.`, { line });
}
