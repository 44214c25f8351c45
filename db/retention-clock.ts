import { addDays, instant } from '../domain/account/instant';
import { readClient } from './clients';
import { rows, type Tx } from './connection';
import { askAboutErasure } from './erasures';
import { lockRetention, readRetention } from './retention';

/** A policy that became shorter meanwhile reaches everybody within so many days. */
const lookAgainDays = 30;

/**
 * Looks at the next clients whose relationship has ended, or never began, and asks colleagues about those whose time of
 * keeping is over. A hold changes nothing of it: a task that is missing would tell of one. Runs as the system.
 */
export async function turnRetention(
  tx: Tx,
  limit: number,
): Promise<{ readonly looked: number; readonly asked: number }> {
  const due = await rows<{ id: string }>(
    tx,
    `select c.id from client c left join retention r on r.client_id = c.id
     where (c.approved_at is null or c.state in ('closed', 'terminated')) and r.erased_at is null
       and (r.look_at is null or r.look_at <= clock_timestamp())
     order by c.id limit :limit`,
    { limit },
  );
  const now = new Date();
  let asked = 0;
  for (const { id } of due) {
    const client = await readClient(tx, id);
    await lockRetention(tx, client);
    const retention = await readRetention(tx, id, now.toISOString().slice(0, 10));
    if (
      retention.standing === 'over' &&
      (await askAboutErasure(tx, client, { retention, cause: 'retention_over' }))
    )
      asked += 1;
    await rows(tx, 'update retention set look_at = :lookAt where client_id = :id', {
      id,
      lookAt: addDays(instant(now), lookAgainDays),
    });
  }
  return { looked: due.length, asked };
}
