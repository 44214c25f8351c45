import { rows, utc, type Tx } from './connection';

/** Something of a checklist that a person has done. */
export interface DoneCheck {
  readonly code: string;
  readonly by: string;
  readonly at: string;
}

/** What of the restriction's checklist is done, as far as the scope may see it. */
export async function checksOf(tx: Tx, restrictionId: string): Promise<DoneCheck[]> {
  const found = await rows<{ code: string; done_by: string; done_at: string }>(
    tx,
    `select code, done_by, done_at from restriction_check where restriction_id = :restrictionId
     order by done_at, code limit 50`,
    { restrictionId },
  );
  return found.map((row) => ({ code: row.code, by: row.done_by, at: utc(row.done_at) }));
}

/** Notes it once; answers whether it was not done before. */
export async function insertCheck(
  tx: Tx,
  check: {
    readonly restrictionId: string;
    readonly clientId: string;
    readonly entityId: string;
    readonly code: string;
    readonly by: string;
  },
): Promise<boolean> {
  const inserted = await rows(
    tx,
    `insert into restriction_check (restriction_id, client_id, entity_id, code, done_by)
     values (:restrictionId, :clientId, :entityId, :code, :by) on conflict do nothing returning 1`,
    { ...check },
  );
  return inserted.length > 0;
}
