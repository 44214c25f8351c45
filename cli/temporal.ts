import { Client, Connection } from '@temporalio/client';
import type { Environment } from '../temporal-config/environment.schema';

/** A client of the environment's Temporal for as long as the work takes. */
export async function withTemporal<T>(
  environment: Environment,
  address: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address, connectTimeout: '20 seconds' });
  try {
    return await work(new Client({ connection, namespace: environment.TEMPORAL_NAMESPACE }));
  } finally {
    await connection.close();
  }
}
