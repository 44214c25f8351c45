import { rows, type Tx } from './connection';
import { decryptFor } from './personal-data';
import type { UserKind } from './users';

export interface NamedUser {
  readonly kind: UserKind;
  /** In clear for colleagues; a client's or partner's name is not given here. */
  readonly name: string | undefined;
}

/** Who the ids are, for pages that say who did something. Ids that the scope may not see are left out. */
export async function namesOfUsers(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NamedUser>> {
  const wanted = [...new Set(ids)].slice(0, 500);
  if (wanted.length === 0) return new Map();
  const found = await rows<{ id: string; kind: UserKind; name_ct: string }>(
    tx,
    'select id, kind, name_ct from user_account where id = any (:wanted)',
    { wanted },
  );
  const names = new Map<string, NamedUser>();
  for (const { id, kind, name_ct: sealed } of found) {
    const name = kind === 'staff' ? await decryptFor(tx, id, 'name', sealed) : undefined;
    names.set(id, { kind, name });
  }
  return names;
}
