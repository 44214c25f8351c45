import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ownerRole, prepareEmbeddedDatabase } from '../../cli/stack/database';
import { freePort } from '../../cli/stack/ports';
import { postgresUrl, preparePostgres } from '../../cli/stack/postgres';
import { Supervisor } from '../../cli/stack/supervisor';
import { migrate } from '../../db/migrate';
import {
  devServerArguments,
  type DevServerOptions,
  temporalAnswers,
} from '../../temporal-config/server/dev-server';
import { findTemporalBinary } from '../../temporal-config/server/find-binary';
import { loadServerTls, tlsStoreName } from '../../simulators/tls';
import type { TestServers } from './addresses';

const templateDatabase = 'keelson_template';

export interface RunningTestServers {
  readonly servers: TestServers;
  stop(): Promise<void>;
}

/** One PostgreSQL and one Temporal server for a whole test run, both without memory of the last. */
export async function startTestServers(): Promise<RunningTestServers> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'keelson-test-'));
  chmodSync(dir, 0o755);
  const supervisor = new Supervisor();
  const stop = async () => {
    await supervisor.stopAll([['temporal', 'postgres']]);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const tls = path.join(dir, 'tls');
    const [database, temporalAddress] = await Promise.all([
      startPostgres(supervisor, dir),
      startTemporal(supervisor, dir),
      loadServerTls(tls),
    ]);
    const simulatorTls = path.join(tls, tlsStoreName);
    return { servers: { ...database, temporalAddress, simulatorTls }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPostgres(
  supervisor: Supervisor,
  dir: string,
): Promise<Omit<TestServers, 'temporalAddress' | 'simulatorTls'>> {
  const port = await freePort();
  const [password, ownerPassword, appPassword] = ['test-admin', 'test-owner', 'test-app'] as const;
  const spec = await preparePostgres({
    dataDir: path.join(dir, 'postgres'),
    port,
    password,
    logFile: path.join(dir, 'postgres.log'),
    isThrowAway: true,
  });
  await supervisor.start(spec);
  const postgresAdminUrl = postgresUrl(port, 'postgres', password, 'postgres');
  await prepareEmbeddedDatabase(
    postgresAdminUrl,
    { owner: ownerPassword, app: appPassword },
    templateDatabase,
  );
  await migrate(postgresUrl(port, ownerRole, ownerPassword, templateDatabase));
  return { postgresAdminUrl, ownerPassword, appPassword, templateDatabase };
}

async function startTemporal(supervisor: Supervisor, dir: string): Promise<string> {
  return process.env['TEMPORAL_ADDRESS'] ?? startOwnTemporal(supervisor, dir);
}

/** A Temporal server for one test file that needs another configuration than the run's; answers its address. */
export async function startOwnTemporal(
  supervisor: Supervisor,
  dir: string,
  options: Pick<DevServerOptions, 'newRunAfterEvents'> = {},
): Promise<string> {
  const progress = (message: string) => process.stderr.write(`${message}\n`);
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await supervisor.start({
    name: 'temporal',
    command: await findTemporalBinary({ progress }),
    args: devServerArguments({ port, ...options }),
    readiness: { kind: 'probe', probe: () => temporalAnswers(address) },
    readyMsMax: 60_000,
    logFile: path.join(dir, 'temporal.log'),
    stopMsMax: 5_000,
  });
  return address;
}
