import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { isComplete } from '../../domain/record';
import { migrate } from '../../db/migrate';
import { readEnvironment } from '../../temporal-config/environment.schema';
import { namespaceName } from '../../temporal-config/namespace';
import { schedules } from '../../temporal-config/schedules';
import { findTemporalBinary } from '../../temporal-config/server/find-binary';
import {
  registerNamespace,
  registerSchedules,
  type ScheduleDefinition,
} from '../../temporal-config/server/register';
import { workflowBundle } from '../../temporal-config/server/workflow-bundle';
import type { ReadyLine } from './child';
import {
  answer,
  apiSpec,
  secondCardAccount,
  type SimulatorName,
  simulatorEnvironment,
  simulatorNames,
  simulatorSpec,
  type StackEnvironment,
  temporalSpec,
  workerSpec,
} from './children';
import { claimDataFolder, type DataFolder, dataFolder, prepareDataFolder } from './data-folder';
import {
  appRole,
  databaseName,
  ownerRole,
  prepareEmbeddedDatabase,
  prepareForeignDatabase,
  urlAs,
} from './database';
import { installProduct } from './install';
import { choosePorts, type Ports } from './ports';
import { postgresUrl, preparePostgres } from './postgres';
import { keepSecrets, type Secrets } from './secrets';
import { Supervisor, type SupervisorEvent } from './supervisor';

export const stackParts = ['postgres', 'temporal', 'simulators', 'workers', 'api'] as const;
/** PostgreSQL is always up; the others on demand. */
export type StackPart = (typeof stackParts)[number];

export interface StackOptions {
  /** KEELSON_DATA; default: the variable, else `.keelson`. */
  readonly data?: string;
  /** What to start besides PostgreSQL; default: everything. */
  readonly parts?: readonly StackPart[];
  readonly workers?: number;
  /** Milliseconds after which a trading server no longer applies a request; default 1000. */
  readonly settleWindowMs?: number;
  readonly schedules?: readonly ScheduleDefinition[];
  /** Variables for workers and API beyond what the stack sets. */
  readonly environment?: StackEnvironment;
  /** Told of each step and of what happens to children later. */
  readonly report?: (message: string) => void;
}

export interface Stack {
  readonly folder: DataFolder;
  readonly ports: Ports;
  readonly ownerUrl: string;
  readonly appUrl: string;
  /** Parts that were not asked for have no address. */
  readonly apiUrl: string | undefined;
  readonly temporalAddress: string | undefined;
  readonly temporalUiUrl: string | undefined;
  readonly mailUrl: string | undefined;
  /** What each simulator printed: addresses, control port, log-in. */
  readonly simulators: Readonly<Partial<Record<SimulatorName, ReadyLine>>>;
  /** What workers and API were given; holds secrets. */
  readonly environment: StackEnvironment;
  /** Names of children: postgres, temporal, simulator-mt5 …, worker-1 …, api. */
  readonly supervisor: Supervisor;
  readonly migrations: readonly string[];
  /** Ends Temporal and starts it again, with its runs or, `empty`, without any. */
  restartTemporal(options?: { readonly empty?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** One development server is enough for four workers; more only share the two cores. */
const workersMax = 8;

/**
 * Brings the brokerage up: PostgreSQL, migrations, Temporal, simulators, workers, API. When a step
 * fails, what was started is ended again and the error tells which child failed and what it wrote.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const settings = readEnvironment({
    ...process.env,
    ...(options.data !== undefined && { KEELSON_DATA: options.data }),
  });
  const folder = { ...dataFolder(settings.KEELSON_DATA), secrets: settings.KEELSON_SECRETS_DIR };
  const parts = new Set<StackPart>(options.parts ?? stackParts);
  const say = options.report ?? (() => undefined);
  const supervisor = new Supervisor((event) => reportEvent(event, say));
  let release: () => void = () => undefined;
  try {
    await prepareDataFolder(folder);
    const unclaim = await claimDataFolder(folder, supervisor.guardPid);
    release = () => {
      rmSync(folder.environmentFile, { force: true });
      unclaim();
    };
    const secrets = await keepSecrets(folder.secrets);
    const ports = await choosePorts(
      folder.portsFile,
      { api: settings.KEELSON_API_PORT },
      (name, from, to) => say(`port ${from} of ${name} is taken by another program; using ${to}`),
    );
    const apiUrl = `http://127.0.0.1:${ports.api}`;

    const [database, temporalAddress, simulators, bundle] = await allOrFirstFailure([
      bringUpDatabase(supervisor, folder, ports, secrets, settings.DATABASE_URL, say),
      parts.has('temporal')
        ? bringUpTemporal(supervisor, folder, ports, settings.TEMPORAL_ADDRESS, say)
        : Promise.resolve(undefined),
      parts.has('simulators')
        ? bringUpSimulators(supervisor, folder, ports, apiUrl)
        : Promise.resolve<Partial<Record<SimulatorName, ReadyLine>>>({}),
      parts.has('workers')
        ? bringUpBundle(settings.KEELSON_WORKFLOW_BUNDLE)
        : Promise.resolve(undefined),
    ]);
    const registerAll = async () => {
      if (temporalAddress === undefined) return;
      await register(temporalAddress, settings.TEMPORAL_NAMESPACE, options.schedules ?? schedules);
    };
    await registerAll();

    const settleWindowMs = Number(
      options.settleWindowMs ?? process.env['KEELSON_SETTLE_WINDOW_MS'] ?? 1000,
    );
    const foreign = isComplete(simulatorNames, simulators)
      ? unlessSet({ ...simulatorEnvironment(folder, simulators), ...secondCardAccount(simulators) })
      : {};
    await installProduct(database.appUrl, folder.secrets, {
      settleWindowMs,
      serversFile: foreign.KEELSON_TRADING_SERVERS ?? settings.KEELSON_TRADING_SERVERS,
      providersFile: foreign.KEELSON_PAYMENT_PROVIDERS ?? settings.KEELSON_PAYMENT_PROVIDERS,
      sanctionsDir: settings.KEELSON_SANCTIONS_DIR,
    });

    const environment: StackEnvironment = {
      KEELSON_DATA: folder.root,
      KEELSON_SECRETS_DIR: folder.secrets,
      KEELSON_DATABASE_URL: database.appUrl,
      TEMPORAL_NAMESPACE: settings.TEMPORAL_NAMESPACE,
      KEELSON_API_PORT: String(ports.api),
      KEELSON_PUBLIC_URL: settings.KEELSON_PUBLIC_URL ?? apiUrl,
      KEELSON_SETTLE_WINDOW_MS: String(settleWindowMs),
      ...(temporalAddress !== undefined && { TEMPORAL_ADDRESS: temporalAddress }),
      ...foreign,
      // Built once for all workers, and for each one that is restarted.
      ...(bundle !== undefined && { KEELSON_WORKFLOW_BUNDLE: bundle }),
      ...options.environment,
    };
    // The owner's password is for the commands of the machine's owner, not for API and workers.
    const childEnvironment = { ...environment, DATABASE_URL: '' };
    writeFileSync(
      folder.environmentFile,
      `${JSON.stringify({ ...environment, DATABASE_URL: database.ownerUrl }, null, 2)}\n`,
      { mode: 0o600 },
    );

    const workerCount = parts.has('workers') ? Math.min(options.workers ?? 2, workersMax) : 0;
    const workers = Array.from({ length: workerCount }, (_, index) =>
      supervisor.start(workerSpec(index + 1, folder, childEnvironment)),
    );
    const api = parts.has('api')
      ? supervisor.start(apiSpec(folder, childEnvironment))
      : Promise.resolve(undefined);
    await allOrFirstFailure([api, ...workers]);

    let stopping: Promise<void> | undefined;
    return {
      folder,
      ports,
      ownerUrl: database.ownerUrl,
      appUrl: database.appUrl,
      migrations: database.migrations,
      apiUrl: parts.has('api') ? apiUrl : undefined,
      temporalAddress,
      temporalUiUrl: supervisor.names().includes('temporal')
        ? `http://127.0.0.1:${ports.temporalUi}`
        : undefined,
      mailUrl: simulators.mail && answer('mail', simulators.mail, 'web'),
      simulators,
      environment,
      supervisor,
      restartTemporal: async ({ empty = false } = {}) => {
        await supervisor.stop('temporal');
        if (empty) rmSync(folder.temporal, { recursive: true, force: true });
        await prepareDataFolder(folder);
        await supervisor.resume('temporal');
        await registerAll();
      },
      stop: async () => {
        stopping ??= stopInOrder(supervisor).finally(release);
        await stopping;
      },
    };
  } catch (error) {
    await stopInOrder(supervisor).finally(release);
    throw error;
  }
}

async function bringUpDatabase(
  supervisor: Supervisor,
  folder: DataFolder,
  ports: Ports,
  secrets: Secrets,
  foreignUrl: string | undefined,
  say: (message: string) => void,
): Promise<{ ownerUrl: string; appUrl: string; migrations: string[] }> {
  let ownerUrl: string;
  if (foreignUrl === undefined) {
    const spec = await preparePostgres({
      dataDir: folder.postgres,
      port: ports.postgres,
      password: secrets.postgresPassword,
      logFile: path.join(folder.logs, 'postgres.log'),
    });
    await supervisor.start(spec);
    await prepareEmbeddedDatabase(
      postgresUrl(ports.postgres, 'postgres', secrets.postgresPassword, 'postgres'),
      { owner: secrets.ownerPassword, app: secrets.appPassword },
    );
    ownerUrl = postgresUrl(ports.postgres, ownerRole, secrets.ownerPassword, databaseName);
  } else {
    say('PostgreSQL: the one of DATABASE_URL');
    ownerUrl = foreignUrl;
    await prepareForeignDatabase(ownerUrl, secrets.appPassword);
  }
  const { applied } = await migrate(ownerUrl);
  say(applied.length === 0 ? 'schema is up to date' : `applied ${applied.length} migrations`);
  return { ownerUrl, appUrl: urlAs(ownerUrl, appRole, secrets.appPassword), migrations: applied };
}

async function bringUpTemporal(
  supervisor: Supervisor,
  folder: DataFolder,
  ports: Ports,
  foreignAddress: string | undefined,
  say: (message: string) => void,
): Promise<string> {
  if (foreignAddress !== undefined) {
    say(`Temporal: ${foreignAddress} (TEMPORAL_ADDRESS)`);
    return foreignAddress;
  }
  const binary = await findTemporalBinary({ progress: say });
  await supervisor.start(temporalSpec(binary, folder, ports));
  return `127.0.0.1:${ports.temporal}`;
}

async function bringUpSimulators(
  supervisor: Supervisor,
  folder: DataFolder,
  ports: Ports,
  apiUrl: string,
): Promise<Record<SimulatorName, ReadyLine>> {
  const lines = await allOrFirstFailure(
    [...simulatorNames, 'chain' as const, 'verifier' as const].map((name) =>
      supervisor.start(simulatorSpec(name, folder, ports, apiUrl)),
    ),
  );
  const [mt5 = {}, mt4 = {}, ctrader = {}, psp = {}, mail = {}, chain = {}, verifier = {}] = lines;
  return { mt5, mt4, ctrader, psp, mail, chain, verifier };
}

async function bringUpBundle(built: string | undefined): Promise<string> {
  return built ?? (await workflowBundle()).codePath;
}

async function register(
  address: string,
  namespace: string,
  table: readonly ScheduleDefinition[],
): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 10_000 });
  try {
    await registerNamespace(connection, namespace || namespaceName);
    await registerSchedules(new Client({ connection, namespace }), table);
  } finally {
    await connection.close();
  }
}

async function stopInOrder(supervisor: Supervisor): Promise<void> {
  const names = supervisor.names();
  const starting = (prefix: string) => names.filter((name) => name.startsWith(prefix));
  await supervisor.stopAll([['api'], starting('worker-'), starting('simulator-'), ['temporal']]);
}

/**
 * Waits for all, so that nothing is still being started when the failure is handled; then throws
 * the first failure.
 */
async function allOrFirstFailure<T extends readonly Promise<unknown>[] | []>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

/** Variables the person has set lead elsewhere, to a real mail server for instance, and stay. */
function unlessSet(variables: StackEnvironment): StackEnvironment {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, process.env[name] || value]),
  );
}

function reportEvent(event: SupervisorEvent, say: (message: string) => void): void {
  switch (event.kind) {
    case 'started':
      return say(`${event.name} is up (${(event.ms / 1000).toFixed(1)} s)`);
    case 'died':
      return say(`${event.name} ${event.how}; restarting it`);
    case 'restarted':
      return say(`${event.name} is back (${(event.ms / 1000).toFixed(1)} s)`);
    case 'failed':
      return say(`restart failed: ${event.why}`);
    case 'stopped':
      return say(`${event.name} has ended`);
  }
}
