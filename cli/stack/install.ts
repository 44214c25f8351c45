import { userInfo } from 'node:os';
import { openKeys } from '../../connectors/keys/file-keys';
import { openDatabase } from '../../db/connection';
import { install } from '../../db/installation';

/** Entities, shipped policies, the trading server and its feed: put in where missing, by the machine's owner. */
export async function installProduct(
  appUrl: string,
  secretsDir: string,
  settleWindowMs: number,
): Promise<void> {
  const db = openDatabase({ url: appUrl, keys: openKeys(secretsDir), connectionsMax: 2 });
  try {
    await install(db, { actor: `os:${userInfo().username}`, settleWindowMs });
  } finally {
    await db.pool.destroy();
  }
}
