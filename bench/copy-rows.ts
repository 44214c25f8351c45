import path from 'node:path';
import { Client } from 'pg';
import { freshDatabase, type FreshDatabase } from '../tests/setup/database';
import type { BenchServers } from './servers';

export interface CopyOptions {
  /** The product's database, with what it wrote. */
  readonly from: FreshDatabase;
  /** In an order in which they can be filled. */
  readonly tables: readonly string[];
  /** What the empty database needs besides a legal entity. */
  readonly prepare?: (source: Client, target: Client) => Promise<void>;
}

/** Writes the rows of the product's database into the same tables of an empty one, by COPY alone. */
export async function copyRows(
  servers: BenchServers,
  { from, tables, prepare }: CopyOptions,
): Promise<{ seconds: number; rows: number }> {
  const to = await freshDatabase();
  const source = new Client({ connectionString: adminOf(servers, from) });
  const target = new Client({ connectionString: adminOf(servers, to) });
  await source.connect();
  await target.connect();
  try {
    const fileOf = (table: string) => path.join(servers.dir, `${table}.copy`);
    let rows = 0;
    for (const table of tables) {
      const written = await source.query(
        `copy (select * from ${table}) to '${fileOf(table)}' (format binary)`,
      );
      rows += written.rowCount ?? 0;
    }
    await prepare?.(source, target);
    await target.query(`insert into entity (id, name, jurisdiction, licence, currencies, brand)
      values ('off', '-', 'SC', '-', '{USD}', '{}') on conflict do nothing`);
    await target.query('checkpoint');
    const start = process.hrtime.bigint();
    for (const table of tables) {
      await target.query(`copy ${table} from '${fileOf(table)}' (format binary)`);
    }
    return { seconds: Number(process.hrtime.bigint() - start) / 1e9, rows };
  } finally {
    await source.end();
    await target.end();
    await to.drop();
  }
}

/** The database's address as the superuser, who may read and write files of the server's machine. */
export function adminOf(servers: BenchServers, database: FreshDatabase): string {
  const url = new URL(servers.adminUrl);
  url.pathname = new URL(database.ownerUrl).pathname;
  return url.href;
}
