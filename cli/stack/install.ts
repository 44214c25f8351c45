import { userInfo } from 'node:os';
import { readProviders } from '../../connectors/psp/registry';
import { readSampleList } from '../../connectors/screening/ofac';
import { readLists } from '../../connectors/screening/read-list';
import { readTradingServers } from '../../connectors/trading/servers';
import { openKeys } from '../../connectors/keys/file-keys';
import { openDatabase } from '../../db/connection';
import { install, type InstalledServer } from '../../db/installation';

/** Entities, shipped policies, the trading server and its feed, lists: put in where missing, by the machine's owner. */
export async function installProduct(
  appUrl: string,
  secretsDir: string,
  {
    settleWindowMs,
    serversFile,
    providersFile,
    sanctionsDir,
  }: {
    settleWindowMs: number;
    serversFile: string | undefined;
    providersFile: string | undefined;
    sanctionsDir: string | undefined;
  },
): Promise<void> {
  const db = openDatabase({ url: appUrl, keys: openKeys(secretsDir), connectionsMax: 2 });
  try {
    await install(db, {
      actor: `os:${userInfo().username}`,
      settleWindowMs,
      servers: installedServers(serversFile),
      watched: watchedProviders(providersFile),
      sampleList: await readSampleList(),
      lists: sanctionsDir === undefined ? [] : await readLists([sanctionsDir]),
    });
  } finally {
    await db.pool.destroy();
  }
}

/** The servers of the file as rows of the record; none when no file is named. */
export function installedServers(file: string | undefined): InstalledServer[] {
  if (file === undefined) return [];
  return readTradingServers(file).map(({ id, kind, name }) => ({ id, platform: kind, name }));
}

/** The providers of the file that send no messages; none when no file is named. */
export function watchedProviders(file: string | undefined): string[] {
  if (file === undefined) return [];
  return readProviders(file).flatMap(({ name }) => (name === 'chain' ? [name] : []));
}
