import path from 'node:path';
import { readOfacList, sampleListFolder } from '../connectors/screening/ofac';
import { ScreeningIndex } from '../domain/screening/candidate-index';

/** A list made ready for screening; it knows its own versions. */
export type ScreeningList = ScreeningIndex;

/**
 * The list of a folder in OFAC's layout (by default the invented one that ships), read and indexed once, on
 * first use. A list that cannot be read is tried again at the next call, and nobody is cleared without one.
 * Throws `ListUnreadable`.
 */
export function screeningListFrom(folder: string = sampleListFolder): () => Promise<ScreeningList> {
  let loading: Promise<ScreeningList> | undefined;
  return () => {
    loading ??= load(folder).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

async function load(folder: string): Promise<ScreeningList> {
  const isSample = path.resolve(folder) === path.resolve(sampleListFolder);
  const source = isSample
    ? { folder, name: 'Keelson sample list', publishedOn: '2026-01-01' }
    : { folder };
  return new ScreeningIndex([await readOfacList(source)]);
}
