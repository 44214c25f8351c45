import { rows, type Tx } from './connection';
import { countMax } from './task-lists';

/** Open tasks that this person's permissions and entities cover; counts to `countMax`. */
export async function countInbox(tx: Tx): Promise<number> {
  if (tx.scope.kind !== 'staff') return 0;
  const [row] = await rows<{ n: number }>(
    tx,
    `select count(*)::int as n from (select 1 from task where state = 'open' and permission = any (:permissions)
       limit :countMax) counted`,
    { permissions: [...tx.scope.permissions], countMax },
  );
  return row?.n ?? 0;
}
