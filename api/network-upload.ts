import {
  filedPartnersMax,
  type FileFault,
  type NetworkFile,
  readNetworkFile,
} from '../domain/partners/network-file';
import { malformed, refused } from '../domain/problem';
import { requiredFile } from './paper-file';
import type { Upload } from './route';

/** `try` finds what `import` would find, and makes nothing. */
export const importModes = ['try', 'import'] as const;

export const networkUpload = {
  bytesMax: 512 * 1024,
  // Spreadsheets call it this and that: whether it is CSV is told by its content.
  mediaTypes: ['text/csv', 'text/plain', 'application/vnd.ms-excel', 'application/octet-stream'],
};

/** 400 without a file, and for bytes that are no text in UTF-8. */
export function readUploadedNetwork(file: Upload | undefined): NetworkFile {
  const { bytes } = requiredFile(file);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The file cannot be read.', [
      { pointer: '/body/file', detail: 'is no text in UTF-8' },
    ]);
  }
  return readNetworkFile(text);
}

/** 422 `network_broken` where there is any fault. */
export function refuseFaults(faults: readonly FileFault[]): void {
  const [first] = faults;
  if (!first) return;
  throw refused('network_broken', `${faultWords(faults)} Nothing of the file was taken.`, {
    faults: faults.slice(0, filedPartnersMax),
  });
}

const faultsNamedMax = 10;

/** For people: the first of them. */
export function faultWords(faults: readonly FileFault[]): string {
  const words = faults
    .slice(0, faultsNamedMax)
    .map(({ line, field, reason }) => `Line ${line}, ${field}: ${reason.replace(/\.$/, '')}.`);
  const more = faults.length - words.length;
  return [...words, ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}
