import { newId } from '../domain/ids';
import { rows, utc, type Tx } from './connection';

export interface Feed {
  readonly serverId: string;
  /** Seconds of server time up to which every deal has been offered. */
  readonly serverTime: number;
  /** The same in UTC; null before the first reading. */
  readonly watermark: string | null;
  readonly state: 'running' | 'paused';
  readonly readAt: string | null;
  readonly deals: string;
  readonly lastError: string | null;
}

export async function readFeed(tx: Tx, serverId: string): Promise<Feed> {
  const [row] = await rows<{
    server_id: string;
    server_time: string;
    watermark: string | null;
    state: 'running' | 'paused';
    read_at: string | null;
    deals: string;
    last_error: string | null;
  }>(
    tx,
    'select server_id, server_time, watermark, state, read_at, deals, last_error from feed where server_id = :serverId',
    { serverId },
  );
  if (!row) throw new Error(`there is no feed of ${serverId}`);
  return {
    serverId: row.server_id,
    serverTime: Number(row.server_time),
    watermark: row.watermark === null ? null : utc(row.watermark),
    state: row.state,
    readAt: row.read_at === null ? null : utc(row.read_at),
    deals: row.deals,
    lastError: row.last_error,
  };
}

/** Moves the watermark on; it never goes back. */
export async function advanceFeed(
  tx: Tx,
  serverId: string,
  {
    serverTime,
    offsetSeconds,
    added,
  }: { serverTime: number; offsetSeconds: number; added: number },
): Promise<void> {
  await rows(
    tx,
    `update feed set server_time = greatest(server_time, :serverTime), deals = deals + :added, read_at = clock_timestamp(), last_error = null,
       watermark = greatest(watermark, least(to_timestamp(:utcSeconds), clock_timestamp()))
     where server_id = :serverId`,
    { serverId, serverTime, utcSeconds: serverTime - offsetSeconds, added },
  );
}

export async function noteFeedError(tx: Tx, serverId: string, error: string): Promise<void> {
  await rows(tx, 'update feed set last_error = :error where server_id = :serverId', {
    serverId,
    error: error.slice(0, 300),
  });
}

export interface Backfill {
  readonly id: string;
  readonly fromAt: string;
  readonly toAt: string;
}

/** Asks for a stretch of time to be read again: deals that came in late, or were edited, are found so. */
export async function requestBackfill(
  tx: Tx,
  { serverId, fromAt, toAt }: { serverId: string; fromAt: string; toAt: string },
): Promise<string> {
  const id = newId('command');
  await rows(
    tx,
    `insert into feed_backfill (id, server_id, from_at, to_at, requested_by) values (:id, :serverId, :fromAt, :toAt, :by)`,
    { id, serverId, fromAt, toAt, by: tx.scope.actor },
  );
  return id;
}

export async function nextBackfill(tx: Tx, serverId: string): Promise<Backfill | undefined> {
  const [row] = await rows<{ id: string; from_at: string; to_at: string }>(
    tx,
    `select id, from_at, to_at from feed_backfill where server_id = :serverId and state = 'requested' order by requested_at limit 1`,
    { serverId },
  );
  return row && { id: row.id, fromAt: utc(row.from_at), toAt: utc(row.to_at) };
}

/** Ends a backfill with the number of deals that it brought; counted in the record, so that an interrupted reading counts right. */
export async function finishBackfill(tx: Tx, id: string): Promise<void> {
  await rows(
    tx,
    `update feed_backfill b set state = 'done', finished_at = clock_timestamp(),
       deals = (select count(*) from deal d where d.server_id = b.server_id and d.time >= b.from_at and d.time < b.to_at
         and d.seen_at >= b.requested_at)
     where b.id = :id and b.state = 'requested'`,
    { id },
  );
}

export async function readBackfill(
  tx: Tx,
  id: string,
): Promise<{ state: 'requested' | 'done'; deals: number | null } | undefined> {
  const [row] = await rows<{ state: 'requested' | 'done'; deals: number | null }>(
    tx,
    'select state, deals from feed_backfill where id = :id',
    { id },
  );
  return row;
}
