import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ownerRole, prepareEmbeddedDatabase } from '../cli/stack/database';
import { freePort } from '../cli/stack/ports';
import { postgresUrl, preparePostgres } from '../cli/stack/postgres';
import { Supervisor } from '../cli/stack/supervisor';
import { migrate } from '../db/migrate';
import { devServerArguments, temporalAnswers } from '../temporal-config/server/dev-server';
import { findTemporalBinary } from '../temporal-config/server/find-binary';
import { publishTestServers } from '../tests/setup/addresses';

const templateDatabase = 'keelson_template';

export interface BenchServers {
  /** The superuser's address of the database `postgres`. */
  readonly adminUrl: string;
  /** A folder that the benches may write to, and PostgreSQL too. */
  readonly dir: string;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL and a Temporal server for one run of benches. Unlike those of the tests, PostgreSQL writes
 * durably, as in production; both sides of every comparison use it.
 */
export async function startBenchServers(): Promise<BenchServers> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'keelson-bench-'));
  chmodSync(dir, 0o777);
  const supervisor = new Supervisor();
  const stop = async () => {
    await supervisor.stopAll([['temporal', 'postgres']]);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const port = await freePort();
    const [password, ownerPassword, appPassword] = [
      'bench-admin',
      'bench-owner',
      'bench-app',
    ] as const;
    await supervisor.start(
      await preparePostgres({
        dataDir: path.join(dir, 'postgres'),
        port,
        password,
        logFile: path.join(dir, 'postgres.log'),
      }),
    );
    const adminUrl = postgresUrl(port, 'postgres', password, 'postgres');
    await prepareEmbeddedDatabase(
      adminUrl,
      { owner: ownerPassword, app: appPassword },
      templateDatabase,
    );
    await migrate(postgresUrl(port, ownerRole, ownerPassword, templateDatabase));
    const temporalAddress = await startTemporal(supervisor, dir);
    publishTestServers({
      postgresAdminUrl: adminUrl,
      ownerPassword,
      appPassword,
      templateDatabase,
      temporalAddress,
    });
    return { adminUrl, dir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startTemporal(supervisor: Supervisor, dir: string): Promise<string> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await supervisor.start({
    name: 'temporal',
    command: await findTemporalBinary({
      progress: (message) => void process.stderr.write(`${message}\n`),
    }),
    args: devServerArguments({ port }),
    readiness: { kind: 'probe', probe: () => temporalAnswers(address) },
    readyMsMax: 60_000,
    logFile: path.join(dir, 'temporal.log'),
    stopMsMax: 5_000,
  });
  return address;
}
