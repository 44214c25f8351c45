import { closeTradingPlatforms, tradingPlatformFor } from '../connectors/trading/registry';
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
import { demoInstallation } from '../domain/policy/defaults/shipped';
import { requireVariable, type Environment } from '../temporal-config/environment.schema';
import { describeRun } from '../temporal-config/server/describe-run';
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
      return await proveServers(db, { readerFor: (id) => platformOf(id, environment) });
    } finally {
      await closeTradingPlatforms();
    }
  },
  processes: async (db, environment) => {
    const address = environment.TEMPORAL_ADDRESS;
    if (address === undefined) return proveProcesses(db);
    return withTemporal(environment, address, (client) =>
      proveProcesses(db, { describe: (workflowId) => describeRun(client, workflowId) }),
    );
  },
  settlement: (db) => proveSettlement(db),
  audit: (db, environment) =>
    proveAudit(db, { copyPath: checkpointCopyPath(environment.KEELSON_DATA) }),
  access: (db) => proveAccess(db),
};

/** The server that the environment describes; undefined for any other. */
function platformOf(serverId: string, environment: Environment): TradingPlatform | undefined {
  if (serverId !== demoInstallation.server || environment.KEELSON_MT5_REST === undefined) {
    return undefined;
  }
  return tradingPlatformFor({
    id: serverId,
    kind: 'mt5',
    rest: environment.KEELSON_MT5_REST,
    caPath: environment.KEELSON_MT5_CA ?? null,
    login: requireVariable(environment, 'KEELSON_MT5_LOGIN'),
    password: requireVariable(environment, 'KEELSON_MT5_PASSWORD'),
  });
}
