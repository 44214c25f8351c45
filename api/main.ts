import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Pool } from 'pg';
import pino from 'pino';
import { houseAccounts } from '../connectors/bank-files/house-accounts';
import { openKeys } from '../connectors/keys/file-keys';
import { providersOf } from '../connectors/psp/registry';
import { verifiersOf } from '../connectors/verifier/configured';
import { openAddressBook } from '../db/chain-addresses';
import { openDatabase } from '../db/connection';
import {
  readEnvironment,
  requireVariable,
  type Environment,
} from '../temporal-config/environment.schema';
import { createApp } from './app';
import type { ApiDeps } from './deps';

/** Requests under way get this long when the process is told to end. */
const drainMsMax = 5_000;

/** One API process; any number of them may run beside each other. */
async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const log = pino({ level: environment.KEELSON_LOG_LEVEL, name: 'api' }, pino.destination(2));
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(environment.KEELSON_API_PORT, environment.KEELSON_API_HOST, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the API listens on no port');
  const url = `http://${urlHost(environment.KEELSON_API_HOST)}:${bound.port}`;
  const deps = dependencies(environment, { url, log });
  const app = createApp(deps);
  server.on('request', app.express);
  process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);

  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  app.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), drainMsMax).unref();
  });
  await deps.sessionPool.end();
  await deps.db.pool.destroy();
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function dependencies(
  environment: Environment,
  { url, log }: { url: string; log: ApiDeps['log'] },
): ApiDeps {
  const databaseUrl = requireVariable(environment, 'KEELSON_DATABASE_URL');
  const sessionPool = new Pool({
    connectionString: databaseUrl,
    max: 4,
    application_name: 'keelson api session',
    // Every page moves its session's end on: it must not wait for the disk (docs/decisions/0061-…).
    options: '-c synchronous_commit=off',
  });
  // A lost idle connection is replaced at the next use; unheard, it would end the process.
  sessionPool.on('error', (error) => log.warn({ error: error.name }, 'session connection lost'));
  const db = openDatabase({
    url: databaseUrl,
    keys: openKeys(environment.KEELSON_SECRETS_DIR),
    connectionsMax: 12,
    applicationName: 'keelson api',
    onTrouble: (trouble) => log.warn(trouble, 'database connection'),
  });
  return {
    db,
    sessionPool,
    sessionSecret: readFileSync(
      join(environment.KEELSON_SECRETS_DIR, 'session.secret'),
      'utf8',
    ).trim(),
    publicUrl: environment.KEELSON_PUBLIC_URL ?? url,
    // The webhooks of the others are not taken.
    providers: providersOf(environment, { bookOf: (name) => openAddressBook(db, name) }),
    verifiers: verifiersOf(environment),
    bankAccounts: houseAccounts(environment.KEELSON_BANK_ACCOUNTS),
    log,
    limits: {
      requestsMax: environment.KEELSON_REQUESTS_MAX,
      publicCommandsMax: environment.KEELSON_PUBLIC_COMMANDS_MAX,
      logInFailuresMax: environment.KEELSON_LOGIN_FAILURES_MAX,
    },
  };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
