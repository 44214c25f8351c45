import type { ListedEntry } from './entry';

/** What a newer version of a list says differently: ids of its entries. */
export interface ListDelta {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

type Versioned = Pick<ListedEntry, 'id' | 'version'>;

/** Compares by the entries' own versions: the order of the list and its other entries do not count. */
export function listDelta(before: readonly Versioned[], after: readonly Versioned[]): ListDelta {
  const was = new Map(before.map(({ id, version }) => [id, version]));
  const is = new Set(after.map(({ id }) => id));
  return {
    added: after.filter(({ id }) => !was.has(id)).map(({ id }) => id),
    changed: after
      .filter(({ id, version }) => was.has(id) && was.get(id) !== version)
      .map(({ id }) => id),
    removed: before.filter(({ id }) => !is.has(id)).map(({ id }) => id),
  };
}

/** From here on a version that takes so large a share of the entries away is more likely a broken file than news. */
const shrinkShareMax = 0.05;
const shrinkEntriesMin = 20;

/** What share of the version before a version has taken away, where that is a lot; undefined where it is not. */
export function shrinkage(version: {
  readonly entries: number;
  readonly added: number;
  readonly removed: number;
}): number | undefined {
  const before = version.entries - version.added + version.removed;
  if (before === 0 || version.removed < shrinkEntriesMin) return undefined;
  const share = version.removed / before;
  return share > shrinkShareMax ? share : undefined;
}

/** One thing that a list says of an entry otherwise than before, in its own words. */
export interface EntryDifference {
  readonly field: string;
  readonly was: string;
  readonly becomes: string;
}

/** What changed of what is read of an entry; nothing where only something else of it has. */
export function entryDifferences(before: ListedEntry, after: ListedEntry): EntryDifference[] {
  const [was, becomes] = [saidOf(before), saidOf(after)];
  return was.flatMap(([field, text], at) => {
    const now = becomes[at]?.[1] ?? '';
    return text === now ? [] : [{ field, was: text, becomes: now }];
  });
}

function saidOf(entry: ListedEntry): (readonly [field: string, text: string])[] {
  const aliases = (strength: string) =>
    entry.aliases.filter((alias) => alias.strength === strength).map(({ name }) => name);
  const born = entry.datesOfBirth.map(({ from, to }) => (from === to ? from : `${from} to ${to}`));
  const listed: readonly (readonly [string, readonly string[]])[] = [
    ['name', [entry.name]],
    ['kind', [entry.kind]],
    ['aliases', aliases('strong')],
    ['weak aliases', aliases('weak')],
    ['dates of birth', born],
    ['nationalities', entry.nationalities],
    ['countries', entry.countries],
    ['gender', entry.gender === null ? [] : [entry.gender]],
    ['documents', entry.idNumbers],
    ['programmes', entry.programmes],
  ];
  return listed.map(([field, texts]) => [field, [...texts].sort().join('; ')]);
}
