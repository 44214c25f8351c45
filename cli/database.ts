import { openKeys } from '../connectors/keys/file-keys';
import { openDatabase, type Database } from '../db/connection';
import { requireVariable, type Environment } from '../temporal-config/environment.schema';

/** Opens the database as the application's role for as long as the work takes. */
export async function withDatabase<T>(
  environment: Environment,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const db = openDatabase({
    url: requireVariable(environment, 'KEELSON_DATABASE_URL'),
    keys: openKeys(environment.KEELSON_SECRETS_DIR),
    connectionsMax: 4,
    applicationName: 'keelson command',
  });
  try {
    return await work(db);
  } finally {
    await db.pool.destroy();
  }
}
