import {
  type Client,
  type Connection,
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
} from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { namespaceName, retentionDays } from '../namespace';
import { searchAttributes } from '../search-attributes';

/** gRPC status codes. */
const alreadyExists = 6;
const notFound = 5;

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const keywordType = 2;

/**
 * How long a cluster may take until all its parts see a new namespace; each refreshes its cache
 * every 10 s.
 */
const namespaceSeenMsMax = 30_000;

/** One row of the table of schedules. */
export type ScheduleDefinition = ScheduleOptions;

/**
 * Registers the namespace, its retention and the typed search attributes. Safe to repeat, and to
 * run in several processes at once.
 */
export async function registerNamespace(
  connection: Connection,
  namespace: string = namespaceName,
): Promise<void> {
  const retention = msToTs(`${retentionDays} days`);
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      description: 'The processes of a brokerage',
      workflowExecutionRetentionPeriod: retention,
    });
  } catch (error) {
    if (!hasStatus(error, alreadyExists)) throw error;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: retention },
    });
  }
  await waitUntilSeen(connection, namespace);
  await registerSearchAttributes(connection, namespace);
}

async function waitUntilSeen(connection: Connection, namespace: string): Promise<void> {
  const deadline = Date.now() + namespaceSeenMsMax;
  for (;;) {
    try {
      await connection.workflowService.describeNamespace({ namespace });
      await connection.operatorService.listSearchAttributes({ namespace });
      return;
    } catch (error) {
      if (!hasStatus(error, notFound) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(searchAttributes).filter((key) => !(key.name in customAttributes));
  if (missing.length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((key) => [key.name, keywordType])),
    });
  } catch (error) {
    if (!hasStatus(error, alreadyExists)) throw error;
  }
}

/**
 * Brings the schedules of a table into being; one that exists is updated to its row. A schedule
 * that has no row (any more) is left alone.
 */
export async function registerSchedules(
  client: Client,
  table: readonly ScheduleDefinition[],
): Promise<void> {
  for (const definition of table) {
    try {
      await client.schedule.create(definition);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(definition.scheduleId).update((stored) => ({
        action: definition.action,
        spec: definition.spec,
        ...(definition.policies && { policies: definition.policies }),
        // A person may have paused it: a restart does not un-pause.
        state: { ...definition.state, paused: stored.state.paused },
      }));
    }
  }
}

function hasStatus(error: unknown, code: number): boolean {
  return isGrpcServiceError(error) && Number(error.code) === code;
}
