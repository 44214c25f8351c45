import type { PlatformKind } from '../domain/trading/capabilities';
import { rows, type Tx } from './connection';

export interface ServerRecord {
  readonly id: string;
  readonly platform: PlatformKind;
  readonly name: string;
  readonly settleWindowMs: number;
  readonly state: 'up' | 'maintenance' | 'down';
}

export async function readServer(tx: Tx, id: string): Promise<ServerRecord> {
  const found = await listServers(tx);
  const server = found.find((candidate) => candidate.id === id);
  if (!server) throw new Error(`there is no trading server ${id}`);
  return server;
}

export async function listServers(tx: Tx): Promise<ServerRecord[]> {
  const found = await rows<{
    id: string;
    platform: PlatformKind;
    name: string;
    settle_window_ms: number;
    state: 'up' | 'maintenance' | 'down';
  }>(
    tx,
    'select id, platform, name, settle_window_ms, state from trading_server order by id limit 100',
  );
  return found.map((row) => ({
    id: row.id,
    platform: row.platform,
    name: row.name,
    settleWindowMs: row.settle_window_ms,
    state: row.state,
  }));
}

/** Makes the server known, or brings its settings up to date. */
export async function saveServer(
  tx: Tx,
  server: { id: string; platform: PlatformKind; name: string; settleWindowMs: number },
): Promise<void> {
  await rows(
    tx,
    `insert into trading_server (id, platform, name, settings, settle_window_ms) values (:id, :platform, :name, '{}', :settleWindowMs)
     on conflict (id) do update set name = excluded.name, settle_window_ms = excluded.settle_window_ms`,
    server,
  );
  await rows(tx, 'insert into feed (server_id) values (:id) on conflict do nothing', {
    id: server.id,
  });
}
