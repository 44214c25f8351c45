import { documentBytesMax, mediaTypes } from '../domain/onboarding/media-type';
import { malformed, Problem } from '../domain/problem';
import type { Download, Upload } from './route';

/** What a paper may be: told by its first bytes, whatever the browser calls it. */
export const paperUpload = {
  bytesMax: documentBytesMax,
  mediaTypes: [...mediaTypes, 'application/octet-stream'],
};

/** What a page says that got none. */
export const chosenPaper = { problem: 'Choose a picture or a PDF.', detail: 'is missing' };

/** The file of a form. 400 where there is none, or nothing in it. */
export function requiredFile(
  file: Upload | undefined,
  { problem = 'The file is missing.', detail = 'is required' } = {},
): Upload {
  if (file === undefined || file.bytes.length === 0)
    throw malformed(problem, [{ pointer: '/body/file', detail }]);
  return file;
}

/** For a form of a page, which is shown again: bytes of a type that is not taken (415) are a wrong field of it. */
export function atFile(error: unknown): never {
  if (!(error instanceof Problem) || error.status !== 415) throw error;
  throw malformed('The file cannot be taken.', [
    { pointer: '/body/file', detail: 'is neither JPEG, PNG nor PDF' },
  ]);
}

/** A paper as it was handed in. A browser’s viewer does not run in the sandbox that papers are shown in: a PDF is saved. */
export function paperDownload(
  id: string,
  { content: bytes, mediaType }: { readonly content: Buffer; readonly mediaType: string },
): Download {
  return {
    bytes,
    mediaType,
    ...(mediaType === 'application/pdf' ? { fileName: `${id}.pdf` } : {}),
  };
}
