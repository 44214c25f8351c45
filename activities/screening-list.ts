import { systemScope } from '../domain/access/scope';
import { ScreeningIndex } from '../domain/screening/candidate-index';
import { inScope, type Database } from '../db/connection';
import { readListVersions, versionsInForce, type StoredListVersion } from '../db/sanction-lists';

/** The lists in force made ready for screening; they know their own versions. */
export type ScreeningList = ScreeningIndex;

/** No list is in force: nobody is cleared without one. */
export class NoListInForce extends Error {
  override readonly name = 'NoListInForce';
  constructor() {
    super('no sanctions list is in force: load one with `keelson lists load`');
  }
}

const scope = systemScope('worker:screening');

/**
 * The lists in force, read and indexed once for each set of versions: every call asks which those are, so that a version
 * that was just loaded counts in every worker at its next screening. What could not be read is tried again at the next
 * call. Throws `NoListInForce`.
 */
export function screeningListFrom(db: Database): () => Promise<ScreeningList> {
  let known: { readonly key: string; readonly list: Promise<ScreeningList> } | undefined;
  return async () => {
    const versions = await inScope(db, scope, versionsInForce);
    if (versions.length === 0) throw new NoListInForce();
    const key = versions.map(({ id }) => id).join(' ');
    if (known?.key === key) return known.list;
    const list = load(db, versions);
    known = { key, list };
    list.catch(() => {
      if (known?.list === list) known = undefined;
    });
    return list;
  };
}

async function load(db: Database, versions: readonly StoredListVersion[]): Promise<ScreeningList> {
  return new ScreeningIndex(await inScope(db, scope, (tx) => readListVersions(tx, versions)));
}
