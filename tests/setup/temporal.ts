import { randomBytes } from 'node:crypto';
import { Client, Connection, type HistoryAndWorkflowId } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { readEnvironment } from '../../temporal-config/environment.schema';
import { registerNamespace } from '../../temporal-config/server/register';
import {
  workflowBundle,
  type WorkflowBundleFile,
} from '../../temporal-config/server/workflow-bundle';
import { disguisesOf } from '../personal-data/disguises';
import { testServers } from './addresses';

export { workflowBundle };

/** A namespace of its own on the run's Temporal server: no test polls another one's task queues. */
export interface TestTemporal {
  readonly address: string;
  readonly namespace: string;
  readonly connection: Connection;
  readonly client: Client;
  /** For workers. */
  readonly nativeConnection: NativeConnection;
  /** For a test that needs one queue and no names of the product. */
  readonly taskQueue: string;
  close(): Promise<void>;
}

export interface ReplayOptions {
  /** What to replay, all runs of each; default: every run of the namespace. */
  readonly workflowIds?: readonly string[];
}

export class ReplayFailedError extends Error {
  override readonly name = 'ReplayFailedError';
}

/** Longer chains of continue-as-new are a mistake of the test. */
const runsPerWorkflowMax = 1000;

/** Connects to the run's Temporal server, or another, in a fresh namespace (about 50 ms). */
export async function openTestTemporal(
  address = testServers().temporalAddress,
): Promise<TestTemporal> {
  quietRuntime();
  const namespace = `test-${randomBytes(8).toString('hex')}`;
  const [connection, nativeConnection] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  await registerNamespace(connection, namespace);
  return {
    address,
    namespace,
    connection,
    nativeConnection,
    client: new Client({ connection, namespace }),
    taskQueue: `queue-${randomBytes(4).toString('hex')}`,
    close: async () => {
      await connection.close();
      await nativeConnection.close();
    },
  };
}

/**
 * Replays the histories a test has made against the present workflows, all runs of each workflow,
 * ended or not. What ran on a stage, the stage replays by itself when it closes.
 * @returns how many histories were replayed.
 * @throws {ReplayFailedError} naming each workflow that is not deterministic, and when there was
 * nothing to replay.
 */
export async function replayAll(
  temporal: Pick<TestTemporal, 'client'>,
  bundle: WorkflowBundleFile,
  { workflowIds }: ReplayOptions = {},
): Promise<number> {
  const histories =
    workflowIds === undefined
      ? await allHistories(temporal.client)
      : (await Promise.all(workflowIds.map((id) => historiesOf(temporal.client, id)))).flat();
  return await replayHistories(histories, bundle);
}

/**
 * The same for the product as processes of its own, started by a test (`startStack`, `npm start`).
 * @param environment what the stack has given its children.
 */
export async function replayStack(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace } = readEnvironment(environment);
  const connection = await Connection.connect(address === undefined ? {} : { address });
  try {
    const client = new Client({ connection, namespace });
    return await replayAll({ client }, await workflowBundle());
  } finally {
    await connection.close();
  }
}

/** Replays histories that were fetched, or read from files. */
export async function replayHistories(
  histories: readonly HistoryAndWorkflowId[],
  bundle: WorkflowBundleFile,
): Promise<number> {
  quietRuntime();
  if (histories.length === 0) throw new ReplayFailedError('there is no history to replay');
  const failures: string[] = [];
  // In a thread that ends with the replay. By default it would be this one, with hooks that are never taken off again
  // and look into every promise of every test file that comes after.
  const options = { workflowBundle: bundle, debugMode: false };
  for await (const result of Worker.runReplayHistories(options, histories)) {
    if (result.error) failures.push(`${result.workflowId}: ${result.error.message}`);
  }
  if (failures.length > 0) throw new ReplayFailedError(`replay failed:\n${failures.join('\n')}`);
  return histories.length;
}

/** Ids are all that a history may hold of a person. Payloads are bytes, which JSON has in base64. */
export function assertTellsOfNobody(
  { workflowId, history }: HistoryAndWorkflowId,
  planted: readonly string[],
): void {
  const text = JSON.stringify(history).toLowerCase();
  if (planted.flatMap(disguisesOf).some((form) => text.includes(form))) {
    throw new Error(`${workflowId} tells of a person`);
  }
}

/** The histories of every run that a namespace has. */
export async function allHistories(client: Client): Promise<HistoryAndWorkflowId[]> {
  const found: HistoryAndWorkflowId[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    found.push({ workflowId, history });
  }
  return found;
}

/** The latest run's history and those of the runs it continues. */
async function historiesOf(client: Client, workflowId: string): Promise<HistoryAndWorkflowId[]> {
  const found: HistoryAndWorkflowId[] = [];
  let runId: string | undefined = (await client.workflow.getHandle(workflowId).describe()).runId;
  while (runId && found.length < runsPerWorkflowMax) {
    const history: History = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    found.push({ workflowId, history });
    runId = continuedRunId(history);
  }
  return found;
}

function continuedRunId(history: History): string | undefined {
  const [first] = history.events ?? [];
  return first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
}

let isQuiet = false;

function quietRuntime(): void {
  if (isQuiet) return;
  isQuiet = true;
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: {
        logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR' }) },
      },
      shutdownSignals: [],
    });
  } catch {
    // A worker of the product has installed its own already; there is one in a process.
  }
}
