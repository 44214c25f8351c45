import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import pino from 'pino';
import { createApp } from '../../api/app';
import { throwawayKeys } from '../../connectors/keys/file-keys';
import { systemScope } from '../../domain/access/scope';
import { inScope, openDatabase, type Database, type Tx } from '../../db/connection';
import { shippedBankAccounts } from '../../db/shipped-bank-accounts';
import { freshDatabase } from '../setup/database';
import { openBrokerage, type Brokerage } from './brokerage';

/** The console over a seeded database: what people see and decide needs neither workers nor Temporal. */
export interface Console {
  readonly url: string;
  readonly db: Database;
  readonly brokerage: Brokerage;
  readonly failures: readonly string[];
  system<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openConsole(): Promise<Console> {
  const fresh = await freshDatabase();
  const db = openDatabase({ url: fresh.appUrl, keys: throwawayKeys() });
  const brokerage = await openBrokerage(db);
  const sessionPool = new Pool({ connectionString: fresh.appUrl, max: 2 });
  sessionPool.on('error', () => undefined);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const failures: string[] = [];
  const app = createApp({
    db,
    sessionPool,
    sessionSecret: 'a secret of this test only',
    publicUrl: url,
    providers: [],
    verifiers: [],
    bankAccounts: shippedBankAccounts,
    log: pino({ level: 'error' }, { write: (line: string) => void failures.push(line) }),
  });
  server.on('request', app.express);
  return {
    url,
    db,
    brokerage,
    failures,
    system: (work) => inScope(db, systemScope('test:desk'), work),
    close: async () => {
      app.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await sessionPool.end();
      await db.pool.destroy();
      await fresh.drop();
    },
  };
}
