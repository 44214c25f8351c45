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
