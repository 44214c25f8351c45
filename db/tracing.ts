import { may } from '../domain/access/scope';
import type { TracingMeans } from '../domain/account/tracing';
import { newId } from '../domain/ids';
import { forbidden } from '../domain/problem';
import { readAccount } from './accounts';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { decryptFor, encryptFor } from './personal-data';

/** One try to find the owner of an account. */
export interface Tracing {
  readonly id: string;
  readonly accountId: string;
  readonly at: string;
  readonly madeBy: string;
  readonly means: TracingMeans;
  /** A colleague's words; null for a letter of the account's process. */
  readonly note: string | null;
}

interface TracingRow {
  readonly id: string;
  readonly account_id: string;
  readonly client_id: string;
  readonly at: string;
  readonly made_by: string;
  readonly means: TracingMeans;
  readonly note_ct: string | null;
}

const columns = 'id, account_id, client_id, at, made_by, means, note_ct';

/** Writes down that the owner was looked for; the words are the client's ciphertext. 403 without `account.operate`. */
export async function noteTracing(
  tx: Tx,
  accountId: string,
  { means, note }: { readonly means: TracingMeans; readonly note: string | null },
): Promise<Tracing> {
  if (tx.scope.kind !== 'system' && !may(tx.scope, 'account.operate'))
    throw forbidden('account.operate');
  const account = await readAccount(tx, accountId);
  const { entityId, clientId } = account;
  const id = newId('tracing');
  return asSystem(tx, async (system) => {
    const [row] = await rows<TracingRow>(
      system,
      `insert into tracing (id, account_id, entity_id, client_id, made_by, means, note_ct)
       values (:id, :accountId, :entityId, :clientId, :madeBy, :means, :note) returning ${columns}`,
      {
        id,
        accountId,
        entityId,
        clientId,
        madeBy: tx.scope.actor,
        means,
        note: note === null ? null : await encryptFor(system, clientId, 'tracing.note', note),
      },
    );
    if (!row) throw new Error('the search was not written down');
    await appendEvents(system, [
      {
        subject: accountId,
        type: 'account.owner_traced',
        entityId,
        clientId,
        payload: { tracing: id, means, by: tx.scope.actor },
      },
    ]);
    return fromRow(system, row);
  });
}

/** How the owner was looked for, the latest first. For colleagues. */
export async function listTracing(
  tx: Tx,
  { accountId, after, limit }: { accountId: string; after?: string; limit: number },
): Promise<Tracing[]> {
  const found = await rows<TracingRow>(
    tx,
    `select ${columns} from tracing where account_id = :accountId and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    { accountId, after: after ?? null, limit },
  );
  const entries: Tracing[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) entries.push(await fromRow(tx, row));
  return entries;
}

async function fromRow(tx: Tx, row: TracingRow): Promise<Tracing> {
  return {
    id: row.id,
    accountId: row.account_id,
    at: utc(row.at),
    madeBy: row.made_by,
    means: row.means,
    note:
      row.note_ct === null
        ? null
        : await decryptFor(tx, row.client_id, 'tracing.note', row.note_ct),
  };
}
