import { createRequire } from 'node:module';
import { closeTradingPlatforms } from '../connectors/trading/registry';
import { platformsOf, readTradingServers } from '../connectors/trading/servers';
import type { TradingPlatform } from '../connectors/trading/port';
import { checkpointCopyPath } from '../db/audit/checkpoint-copy';
import type { Database } from '../db/connection';
import { proveAccess } from '../db/proofs/access';
import { proveAudit } from '../db/proofs/audit';
import { proveLedger } from '../db/proofs/ledger';
import { proveProcesses } from '../db/proofs/processes';
import type { ProofName, ProofResult } from '../db/proofs/report';
import { proveServers } from '../db/proofs/servers';
import { proveSettlement } from '../db/proofs/settlement';
import type { Environment } from '../temporal-config/environment.schema';
import type * as runsModule from '../temporal-config/server/describe-run';
import { withDatabase } from './database';
import { withTemporal } from './temporal';

/** Runs one proof in the given environment. Nothing is changed anywhere. */
export async function runProof(name: ProofName, environment: Environment): Promise<ProofResult> {
  return withDatabase(environment, (db) => proofs[name](db, environment));
}

const proofs: Readonly<
  Record<ProofName, (db: Database, environment: Environment) => Promise<ProofResult>>
> = {
  ledger: (db) => proveLedger(db),
  servers: async (db, environment) => {
    try {
      return await proveServers(db, { readerFor: readers(environment) });
    } finally {
      await closeTradingPlatforms();
    }
  },
  processes: async (db, environment) => {
    const address = environment.TEMPORAL_ADDRESS;
    if (address === undefined) return proveProcesses(db);
    // Loaded when it is needed, with Temporal's client.
    const { describeRun }: typeof runsModule = createRequire(__filename)(
      '../temporal-config/server/describe-run',
    );
    return withTemporal(environment, address, (client) =>
      proveProcesses(db, { describe: (workflowId) => describeRun(client, workflowId) }),
    );
  },
  settlement: (db) => proveSettlement(db),
  audit: (db, environment) =>
    proveAudit(db, { copyPath: checkpointCopyPath(environment.KEELSON_DATA) }),
  access: (db) => proveAccess(db),
};

/** The connectors of the configured servers; a server that is not configured cannot be asked. */
function readers(environment: Environment): (serverId: string) => TradingPlatform | undefined {
  const file = environment.KEELSON_TRADING_SERVERS;
  return file === undefined ? () => undefined : platformsOf(readTradingServers(file));
}
