/** A partner is put under another one, or at the top, from a moment on (RFC 3339, UTC). */
export interface NetworkMove {
  readonly partnerId: string;
  readonly parentId: string | null;
  readonly at: string;
}

/** Where a partner stands, from `from` (null: ever) until `to` (null: still). A root's level is 1. */
export interface Place {
  readonly partnerId: string;
  readonly parentId: string | null;
  readonly level: number;
  readonly from: string | null;
  readonly to: string | null;
}

export const networkLevelsMax = 10;

/** A network that cannot be: a circle, or deeper than `networkLevelsMax`. */
export class NetworkInvalid extends Error {
  override readonly name = 'NetworkInvalid';
  constructor(readonly partnerId: string) {
    super(`${partnerId} stands in a circle or too deep`);
  }
}

/**
 * Every place of every partner, given where each began and the moves since. Whoever is below a partner that moves to
 * another level has a new place as well. Throws NetworkInvalid.
 */
export function placesOf(
  partners: readonly { readonly id: string; readonly parentId: string | null }[],
  moves: readonly NetworkMove[],
): Place[] {
  const parents = new Map(partners.map(({ id, parentId }) => [id, parentId]));
  const open = new Map<string, Place>();
  const closed: Place[] = [];
  const look = (from: string | null) => {
    for (const { id } of partners) {
      const parentId = parents.get(id) ?? null;
      const level = levelOf(id, parents);
      const present = open.get(id);
      if (present?.parentId === parentId && present.level === level) continue;
      if (present) closed.push({ ...present, to: from });
      open.set(id, { partnerId: id, parentId, level, from, to: null });
    }
  };
  look(null);
  const ordered = [...moves].sort((a, b) => (a.at < b.at ? -1 : 1));
  for (const [index, move] of ordered.entries()) {
    parents.set(move.partnerId, move.parentId);
    if (ordered[index + 1]?.at !== move.at) look(move.at);
  }
  return [...closed, ...open.values()];
}

function levelOf(id: string, parents: ReadonlyMap<string, string | null>): number {
  let level = 1;
  for (let at = parents.get(id) ?? null; at !== null; at = parents.get(at) ?? null) {
    level += 1;
    if (level > networkLevelsMax) throw new NetworkInvalid(id);
  }
  return level;
}
