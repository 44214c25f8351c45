import type { PlatformKind } from '../domain/trading/capabilities';
import { serverState, type DeclarationKind, type ServerState } from '../domain/trading/declaration';
import { refused } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import { inForce } from './halt-in-force';

export interface ServerRecord {
  readonly id: string;
  readonly platform: PlatformKind;
  readonly name: string;
  readonly settleWindowMs: number;
  readonly state: ServerState;
  /** What is declared of it and in force. */
  readonly declared: DeclaredNow | null;
}

/** An outage or maintenance that is in force; `until` is null while nobody knows. */
export interface DeclaredNow {
  readonly id: string;
  readonly kind: DeclarationKind;
  readonly from: string;
  readonly until: string | null;
}

export async function readServer(tx: Tx, id: string): Promise<ServerRecord> {
  const found = await listServers(tx);
  const server = found.find((candidate) => candidate.id === id);
  if (!server) throw new Error(`there is no trading server ${id}`);
  return server;
}

interface ServerRow {
  readonly id: string;
  readonly platform: PlatformKind;
  readonly name: string;
  readonly settle_window_ms: number;
  readonly failures: number;
  readonly declared_id: string | null;
  readonly kind: DeclarationKind;
  readonly from_at: string;
  readonly until_at: string | null;
}

export async function listServers(tx: Tx): Promise<ServerRecord[]> {
  const found = await rows<ServerRow>(
    tx,
    `select s.id, s.platform, s.name, s.settle_window_ms, coalesce(f.errors, 0) as failures,
       d.id as declared_id, d.kind, d.from_at, d.until_at
     from trading_server s left join feed f on f.server_id = s.id
     left join lateral (select h.id, h.kind, h.from_at, h.until_at from halt h
       where h.scope = 'server' and h.scope_key = s.id and h.kind <> 'stop' and ${inForce} limit 1) d on true
     order by s.id limit 100`,
  );
  return found.map((row) => ({
    id: row.id,
    platform: row.platform,
    name: row.name,
    settleWindowMs: row.settle_window_ms,
    state: serverState({ isDeclared: row.declared_id !== null, failures: row.failures }),
    declared: declaredOf(row),
  }));
}

function declaredOf({ declared_id: id, kind, from_at, until_at }: ServerRow): DeclaredNow | null {
  if (id === null) return null;
  return { id, kind, from: utc(from_at), until: until_at === null ? null : utc(until_at) };
}

/** Refuses with 422 `unknown_server` what names no server: it stands in clear in requests and events. */
export async function assertServer(tx: Tx, id: string): Promise<void> {
  const servers = (await listServers(tx)).map((server) => server.id);
  if (servers.includes(id)) return;
  throw refused('unknown_server', 'There is no such trading server.', { servers });
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
