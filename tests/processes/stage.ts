import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Worker } from '@temporalio/worker';
import pino from 'pino';
import { handsOn, type ChainHands } from '../../simulators/chain/stage';
import {
  answer,
  nodeProgram,
  simulatorEnvironment,
  type ServerTimeouts,
  type SimulatorName,
  type SimulatorLines,
} from '../../cli/stack/children';
import type { ReadyLine } from '../../cli/stack/child';
import { dataFolder } from '../../cli/stack/data-folder';
import { readSampleList } from '../../connectors/screening/ofac';
import { installedServers, watchedProviders } from '../../cli/stack/install';
import { keepSecrets } from '../../cli/stack/secrets';
import { Supervisor } from '../../cli/stack/supervisor';
import { closeTradingPlatforms } from '../../connectors/trading/registry';
import { systemScope } from '../../domain/access/scope';
import type { PlatformKind } from '../../domain/trading/capabilities';
import { inScope, type Database, type Tx } from '../../db/connection';
import { install } from '../../db/installation';
import { proveLedger } from '../../db/proofs/ledger';
import { proveProcesses } from '../../db/proofs/processes';
import type { ProofFault } from '../../db/proofs/report';
import { proveServers } from '../../db/proofs/servers';
import { readEnvironment } from '../../temporal-config/environment.schema';
import { createDependencies, type Dependencies } from '../../workers/dependencies';
import { startRelay, type Relay } from '../../workers/relay';
import { createWorkers } from '../../workers/run';
import { freshDatabase, type FreshDatabase } from '../setup/database';
import { giveTls } from '../setup/simulator-tls';
import {
  allHistories,
  assertTellsOfNobody,
  openTestTemporal,
  replayHistories,
  type TestTemporal,
  workflowBundle,
} from '../setup/temporal';
import { startReceiver, type Receiver } from './receiver';
import { keepHistories } from '../replay/keep-histories';
import { MailHand, PspHand, ServerHand, VerifierHand } from './simulators';

export interface StageOptions {
  /** `FROM-TO`: the log-ins that the trading server may give away. */
  readonly loginRange?: string;
  readonly settleWindowMs?: number;
  /** The trading servers there are; MetaTrader 5 unless said. */
  readonly platforms?: readonly PlatformKind[];
  /** A chain that tokens are paid in on. */
  readonly chain?: boolean;
  /** An outside verifier of identities, who says nothing until the test has it say something. */
  readonly verifier?: boolean;
  /** How long a trading server is waited for; the simulators' own unless said. */
  readonly serverTimeouts?: ServerTimeouts;
  /** Breaks what activities are given, so that a test can see what notices. */
  readonly breaking?: (deps: Dependencies) => Dependencies;
  /** Where mails and payment pages send people back to; nowhere by default. */
  readonly publicUrl?: string;
  /** Address of a Temporal server of the test's own; the run's unless said. */
  readonly temporalAddress?: string;
  /** False: a test starts workers itself (`runWorkers`, `forkWorker`), or has none. */
  readonly workers?: boolean;
  /** False: a benchmark, whose histories are tens of thousands alike. */
  readonly replays?: boolean;
}

/** The product's workers and relay on real servers: a database, a Temporal namespace and simulators of its own. */
export interface Stage {
  readonly db: Database;
  readonly deps: Dependencies;
  /** What a worker process needs to be told. */
  readonly variables: Readonly<Record<string, string>>;
  readonly temporal: TestTemporal;
  readonly database: FreshDatabase;
  /** The hand on MetaTrader 5, which most stages have alone. */
  readonly mt5: ServerHand;
  /** The hand on a trading server of the stage. */
  server(kind: PlatformKind): ServerHand;
  readonly psp: PspHand;
  /** The hands on the chain, where the stage has one. */
  readonly chain: ChainHands;
  /** The hand on the verifier, where the stage has one. */
  readonly verifier: VerifierHand;
  readonly mail: MailHand;
  /** Takes the provider's webhooks as the API does. */
  readonly receiver: Receiver;
  readonly supervisor: Supervisor;
  /** A transaction with the system's scope. */
  system<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Starts workers and a relay in this process, on the stage's namespace or another. */
  runWorkers(temporal?: TestTemporal): Promise<Running>;
  /** Stops what `openStage` started of the product; the simulators stay. */
  stopWorkers(): Promise<void>;
  /** Starts `workers/main.ts` as a process of its own. */
  forkWorker(name: string): Promise<void>;
  /** Says what no history may hold: personal data that the test has given in. */
  plant(...words: readonly string[]): void;
  /** What `keelson prove ledger|servers|processes` finds to be wrong. */
  faults(): Promise<readonly ProofFault[]>;
  /**
   * Ends everything; before that it replays every history of the stage's namespace against the present workflows and
   * looks in each for what was planted, so that no test can leave that out. What `runWorkers` did in another namespace,
   * the test replays itself.
   */
  close(): Promise<void>;
}

export interface Running {
  stop(): Promise<void>;
}

const readyMsMax = 60_000;

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const dir = mkdtempSync(path.join(tmpdir(), 'keelson-stage-'));
  const supervisor = new Supervisor();
  const database = await freshDatabase();
  const receiver = await startReceiver();
  const [temporal, lines] = await Promise.all([
    openTestTemporal(options.temporalAddress),
    startSimulators(supervisor, dir, receiver.url, options),
  ]);
  await keepSecrets(path.join(dir, 'secrets'));
  const variables = {
    ...simulatorEnvironment(dataFolder(dir), lines, options.serverTimeouts),
    KEELSON_DATABASE_URL: database.appUrl,
    KEELSON_DATA: dir,
    KEELSON_PUBLIC_URL: options.publicUrl ?? 'http://127.0.0.1:9',
    KEELSON_LOG_LEVEL: 'error',
    KEELSON_SETTLE_WINDOW_MS: String(options.settleWindowMs ?? 1_000),
    KEELSON_WORKFLOW_BUNDLE: (await workflowBundle()).codePath,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  const { breaking = (whole) => whole } = options;
  const deps = createDependencies(readEnvironment(variables));
  const { db } = deps;
  receiver.use(deps);
  await install(db, {
    actor: 'os:test',
    settleWindowMs: Number(variables.KEELSON_SETTLE_WINDOW_MS),
    servers: installedServers(readEnvironment(variables).KEELSON_TRADING_SERVERS),
    watched: watchedProviders(readEnvironment(variables).KEELSON_PAYMENT_PROVIDERS),
    sampleList: await readSampleList(),
  });
  const planted: string[] = [];
  const start = (on: TestTemporal) => runWorkers(breaking(deps), variables, on);
  let running = options.workers === false ? undefined : await start(temporal);
  const stopWorkers = async () => {
    await running?.stop();
    running = undefined;
  };
  return {
    db,
    deps,
    variables,
    temporal,
    database,
    get mt5() {
      return new ServerHand('mt5', lines.mt5);
    },
    server: (kind) => new ServerHand(kind, lines[kind]),
    psp: new PspHand(lines.psp),
    get chain() {
      return handsOn(answer('chain', lines.chain ?? {}, 'control'));
    },
    get verifier() {
      return new VerifierHand(lines.verifier);
    },
    mail: new MailHand(lines.mail),
    receiver,
    supervisor,
    system: (work) => inScope(db, systemScope('os:test'), work),
    runWorkers: (on = temporal) => start(on),
    stopWorkers,
    forkWorker: async (name) => {
      await supervisor.start({
        name,
        ...nodeProgram('workers/main'),
        env: variables,
        readiness: { kind: 'json', accept: (line) => line['ready'] === true },
        readyMsMax,
        logFile: path.join(dir, `${name}.log`),
        stopMsMax: 25_000,
      });
    },
    plant: (...words) => void planted.push(...words),
    faults: async () =>
      [
        await proveLedger(db),
        await proveProcesses(db, { workingMsMax: 10_000 }),
        await proveServers(db, { readerFor: deps.platformFor }),
      ].flatMap((proof) => proof.faults),
    close: async () => {
      await stopWorkers();
      try {
        if (options.replays !== false) await checkHistories(temporal, planted, options);
      } finally {
        await closeTradingPlatforms();
        await supervisor.stopAll();
        await receiver.close();
        await db.pool.destroy();
        await temporal.close();
        await database.drop();
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

async function startSimulators(
  supervisor: Supervisor,
  dir: string,
  webhookUrl: string,
  { loginRange, platforms = ['mt5'], chain = false, verifier = false }: StageOptions,
): Promise<SimulatorLines> {
  const more: Record<SimulatorName, readonly string[]> = {
    mt5: loginRange === undefined ? [] : ['--login-range', loginRange],
    mt4: [],
    ctrader: [],
    psp: ['--webhook-url', webhookUrl, '--settle-ms', '100'],
    mail: [],
    chain: ['--forget'],
    verifier: ['--webhook-url', webhookUrl],
  };
  const named = [
    ...platforms,
    ...(chain ? (['chain'] as const) : []),
    ...(verifier ? (['verifier'] as const) : []),
  ];
  const lines = await Promise.all(
    [...named, 'psp' as const, 'mail' as const].map(async (name) => {
      const { command, args } = nodeProgram('simulators/main');
      const data = path.join(dir, name);
      if (platforms.some((platform) => platform === name)) giveTls(data);
      const line = await supervisor.start({
        name,
        command,
        args: [...args, name, '--data', data, ...more[name]],
        readiness: { kind: 'json' },
        readyMsMax,
        logFile: path.join(dir, `${name}.log`),
        stopMsMax: 5_000,
      });
      return [name, line] as const;
    }),
  );
  return Object.fromEntries(lines) as Record<SimulatorName, ReadyLine>;
}

async function runWorkers(
  deps: Dependencies,
  variables: { readonly KEELSON_DATABASE_URL: string; readonly KEELSON_WORKFLOW_BUNDLE: string },
  temporal: TestTemporal,
): Promise<Running> {
  const workers: Worker[] = await createWorkers({
    connection: temporal.nativeConnection,
    namespace: temporal.namespace,
    deps,
    bundlePath: variables.KEELSON_WORKFLOW_BUNDLE,
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  const relay: Relay = startRelay({
    db: deps.db,
    client: temporal.client,
    databaseUrl: variables.KEELSON_DATABASE_URL,
    log: pino({ level: 'silent' }),
  });
  return {
    stop: async () => {
      await relay.stop();
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}

/** Workers that a stage was opened with have left something: the deal feed, if nothing else. */
async function checkHistories(
  { client }: TestTemporal,
  planted: readonly string[],
  { workers = true }: StageOptions,
): Promise<void> {
  const histories = await allHistories(client);
  if (histories.length === 0 && !workers) return;
  for (const history of histories) assertTellsOfNobody(history, planted);
  await keepHistories(client);
  await replayHistories(histories, await workflowBundle());
}
