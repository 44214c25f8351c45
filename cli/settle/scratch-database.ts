import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { throwawayKeys } from '../../connectors/keys/file-keys';
import { type Database, openDatabase } from '../../db/connection';
import { migrate } from '../../db/migrate';
import { appRole, databaseName, ownerRole, prepareEmbeddedDatabase } from '../stack/database';
import { freePort } from '../stack/ports';
import { postgresUrl, preparePostgres } from '../stack/postgres';
import { Supervisor } from '../stack/supervisor';

/** Starts an empty PostgreSQL with the product's schema for as long as the work takes; nothing of it stays. */
export async function withScratchDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'keelson-settle-'));
  // PostgreSQL may run as another user.
  chmodSync(dir, 0o711);
  const supervisor = new Supervisor();
  const secret = () => randomBytes(16).toString('hex');
  const [admin, owner, app] = [secret(), secret(), secret()] as const;
  try {
    const port = await freePort();
    await supervisor.start(
      await preparePostgres({
        dataDir: path.join(dir, 'postgres'),
        port,
        password: admin,
        logFile: path.join(dir, 'postgres.log'),
        isThrowAway: true,
      }),
    );
    await prepareEmbeddedDatabase(postgresUrl(port, 'postgres', admin, 'postgres'), { owner, app });
    await migrate(postgresUrl(port, ownerRole, owner, databaseName));
    const db = openDatabase({
      url: postgresUrl(port, appRole, app, databaseName),
      keys: throwawayKeys(),
      connectionsMax: 2,
      applicationName: 'keelson settle',
    });
    try {
      return await work(db);
    } finally {
      await db.pool.destroy();
    }
  } finally {
    await supervisor.stopAll([['postgres']]);
    await rm(dir, { recursive: true, force: true });
  }
}
