import { inScope, rows, type Tx } from '../../db/connection';
import type { TestApi } from '../../api/testing/api';
import type { Scope } from '../../domain/access/scope';

/**
 * Tables whose rows no page, answer, letter or export shows: how commands, chains and keys are kept. Everything else
 * that a scope can read must look the same, so that a surface which somebody adds later is covered, too.
 */
export const behindTheScenes: ReadonlySet<string> = new Set([
  'command',
  'data_key',
  'event_head',
  'idempotency',
  'knex_migrations',
  'knex_migrations_lock',
  'outbox',
  'participation',
  'session',
]);

/** Every row that the scope can read, by table; as text, so that any change of a row shows. */
export async function rowsSeenBy(
  api: TestApi,
  scope: Exclude<Scope, { kind: 'system' }>,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  return inScope(api.db, scope, async (tx) => {
    const seen = new Map<string, ReadonlySet<string>>();
    for (const table of await readableTables(tx)) {
      const found = await rows<{ row: string }>(tx, `select t::text as row from "${table}" t`);
      seen.set(table, new Set(found.map(({ row }) => row)));
    }
    return seen;
  });
}

async function readableTables(tx: Tx): Promise<string[]> {
  const found = await rows<{ name: string }>(
    tx,
    `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and has_table_privilege(c.oid, 'select') order by 1`,
  );
  return found.map(({ name }) => name).filter((name) => !behindTheScenes.has(name));
}

/** What one reading shows and the other does not: `restriction: + (rst_…)`. */
export function differences(
  before: ReadonlyMap<string, ReadonlySet<string>>,
  after: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const found: string[] = [];
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const old = before.get(table) ?? new Set<string>();
    const now = after.get(table) ?? new Set<string>();
    for (const row of now) if (!old.has(row)) found.push(`${table}: + ${row.slice(0, 200)}`);
    for (const row of old) if (!now.has(row)) found.push(`${table}: - ${row.slice(0, 200)}`);
  }
  return found;
}
