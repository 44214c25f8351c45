import { systemScope, type Actor } from '../domain/access/scope';
import { rows, type Database, type Tx } from './connection';

/** A proof reads whole tables; a statement of it may run this long. */
const statementMinutesMax = 30;

/**
 * Runs `work` on one unchanging picture of the database, read only, under the system's scope: what
 * is counted first and what is counted last were true at the same moment.
 */
export async function inSnapshot<T>(
  db: Database,
  actor: Actor,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return db.pool.transaction(
    async (sql) => {
      await sql.raw(
        `select set_config('keelson.kind', 'system', true), set_config('keelson.restricted', 'on', true),
           set_config('statement_timeout', ?, true), set_config('idle_in_transaction_session_timeout', ?, true)`,
        [`${statementMinutesMax}min`, `${statementMinutesMax}min`],
      );
      return work({ sql, scope: systemScope(actor), keys: db.keys });
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

const rowsPerFetch = 2_000;

/** The rows of a statement, a batch at a time, through a cursor of the transaction. */
export async function* streamRows<Row>(
  tx: Tx,
  statement: string,
  bindings: Parameters<typeof rows>[2] = {},
): AsyncGenerator<Row> {
  cursors += 1;
  const name = `stream_${cursors}`;
  await rows(tx, `declare ${name} no scroll cursor for ${statement}`, bindings);
  try {
    for (;;) {
      const found = await rows<Row>(tx, `fetch ${rowsPerFetch} from ${name}`);
      yield* found;
      if (found.length < rowsPerFetch) return;
    }
  } finally {
    await tx.sql.raw(`close ${name}`).catch(() => undefined);
  }
}

let cursors = 0;
