import { systemScope } from '../domain/access/scope';
import { ScreeningIndex } from '../domain/screening/candidate-index';
import type { ScreeningSubject } from '../domain/screening/entry';
import { withOutside, type OutsideMatcher } from '../domain/screening/outside';
import {
  screenSubject,
  type ScreeningResult,
  type ScreeningThresholds,
} from '../domain/screening/screen';
import { inScope, type Database } from '../db/connection';
import { readListVersions, versionsInForce, type StoredListVersion } from '../db/sanction-lists';

/** The lists in force made ready for screening; they know their own versions, and who is asked besides. */
export type ScreeningList = ScreeningIndex & { readonly outside?: readonly OutsideMatcher[] };

/**
 * Screens somebody against the lists and asks the outside matchers, one after the other, for a few seconds each. One that
 * does not answer makes of the screening a possible match, never a clear one, and the others are not waited for.
 */
export async function screenAgainst(
  list: ScreeningList,
  subject: ScreeningSubject,
  thresholds: ScreeningThresholds,
): Promise<ScreeningResult> {
  let result = screenSubject(list, subject, thresholds);
  const today = new Date().toISOString().slice(0, 10);
  for (const matcher of list.outside ?? []) {
    const answer = await matcher.ask(subject);
    const at = { matcher: matcher.name, subjectName: subject.name, today };
    result = withOutside(result, answer, at);
    if (answer.kind === 'unknown') break;
  }
  return result;
}

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
export function screeningListFrom(
  db: Database,
  outside: readonly OutsideMatcher[] = [],
): () => Promise<ScreeningList> {
  let known: { readonly key: string; readonly list: Promise<ScreeningList> } | undefined;
  return async () => {
    const versions = await inScope(db, scope, versionsInForce);
    if (versions.length === 0) throw new NoListInForce();
    const key = versions.map(({ id }) => id).join(' ');
    if (known?.key === key) return known.list;
    const list = load(db, versions, outside);
    known = { key, list };
    list.catch(() => {
      if (known?.list === list) known = undefined;
    });
    return list;
  };
}

async function load(
  db: Database,
  versions: readonly StoredListVersion[],
  outside: readonly OutsideMatcher[],
): Promise<ScreeningList> {
  const lists = await inScope(db, scope, (tx) => readListVersions(tx, versions));
  return Object.assign(new ScreeningIndex(lists), { outside });
}
