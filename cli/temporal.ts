import { createRequire } from 'node:module';
import type * as temporalModule from '@temporalio/client';
import type { Environment } from '../temporal-config/environment.schema';

/** A client of the environment's Temporal for as long as the work takes. */
export async function withTemporal<T>(
  environment: Environment,
  address: string,
  work: (client: temporalModule.Client) => Promise<T>,
): Promise<T> {
  // Loaded when it is needed: most proofs of `keelson prove` ask no Temporal.
  const { Client, Connection }: typeof temporalModule =
    createRequire(__filename)('@temporalio/client');
  const connection = await Connection.connect({ address, connectTimeout: '20 seconds' });
  try {
    return await work(new Client({ connection, namespace: environment.TEMPORAL_NAMESPACE }));
  } finally {
    await connection.close();
  }
}
