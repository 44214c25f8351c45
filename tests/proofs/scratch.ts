import { Client } from 'pg';
import { throwawayKeys } from '../../connectors/keys/file-keys';
import { freshDatabase } from '../setup/database';
import { inScope, openDatabase, type Database, type Tx } from '../../db/connection';
import { systemScope } from '../../domain/access/scope';

/** For tests only: a database of its own, and the owner's hand to plant a fault with. */
export interface Scratch {
  readonly db: Database;
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** Runs statements as the owner, past every trigger and policy that binds the application. */
  asOwner(statements: string): Promise<void>;
  asSystem<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openScratch(
  options: { readonly connectionsMax?: number } = {},
): Promise<Scratch> {
  const fresh = await freshDatabase();
  const db = openDatabase({ url: fresh.appUrl, keys: throwawayKeys(), ...options });
  return {
    db,
    ownerUrl: fresh.ownerUrl,
    appUrl: fresh.appUrl,
    asOwner: async (statements) => {
      const client = new Client({ connectionString: fresh.ownerUrl });
      await client.connect();
      try {
        await client.query(statements);
      } finally {
        await client.end();
      }
    },
    asSystem: (work) => inScope(db, systemScope('test:seed'), work),
    close: async () => {
      await db.pool.destroy();
      await fresh.drop();
    },
  };
}

/** The owner switches an append-only table's triggers off around a change. */
export function past(table: string, change: string): string {
  return `alter table ${table} disable trigger user;
    ${change};
    alter table ${table} enable always trigger append_only;
    alter table ${table} enable always trigger append_only_truncate;`;
}
