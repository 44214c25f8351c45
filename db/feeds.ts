import { newId } from '../domain/ids';
import { appendEvents } from './events';
import { asSystem, rows, utc, type Tx } from './connection';
import { feedState, type FeedState } from './halt-in-force';
import { encryptFor, personOfActor } from './personal-data';

export interface Feed {
  readonly serverId: string;
  /** Seconds of server time up to which every deal has been offered. */
  readonly serverTime: number;
  /** The same in UTC; null before the first reading. */
  readonly watermark: string | null;
  /** Paused while the server is declared to be out of service. */
  readonly state: FeedState;
  readonly readAt: string | null;
  readonly deals: string;
  readonly lastError: string | null;
  /** Whether the last reading reached the server's present. */
  readonly caughtUp: boolean;
  /** Deals come late: this much before the watermark is read again every minute. */
  readonly overlapSeconds: number;
  /** Edits keep their time: the last days are read again every night. */
  readonly rereadDays: number;
  readonly rereadAt: string | null;
  readonly symbolsAt: string | null;
}

interface FeedRow {
  readonly server_id: string;
  readonly server_time: string;
  readonly watermark: string | null;
  readonly state: FeedState;
  readonly read_at: string | null;
  readonly deals: string;
  readonly last_error: string | null;
  readonly caught_up: boolean;
  readonly overlap_seconds: number;
  readonly reread_days: number;
  readonly reread_at: string | null;
  readonly symbols_at: string | null;
}

export async function readFeed(tx: Tx, serverId: string): Promise<Feed> {
  const [row] = await rows<FeedRow>(
    tx,
    `select f.server_id, f.server_time, f.watermark, ${feedState} as state, f.read_at, f.deals, f.last_error, f.caught_up,
       f.overlap_seconds, f.reread_days, f.reread_at, f.symbols_at
     from feed f where f.server_id = :serverId`,
    { serverId },
  );
  if (!row) throw new Error(`there is no feed of ${serverId}`);
  return {
    serverId: row.server_id,
    serverTime: Number(row.server_time),
    watermark: utcOrNull(row.watermark),
    state: row.state,
    readAt: utcOrNull(row.read_at),
    deals: row.deals,
    lastError: row.last_error,
    caughtUp: row.caught_up,
    overlapSeconds: row.overlap_seconds,
    rereadDays: row.reread_days,
    rereadAt: utcOrNull(row.reread_at),
    symbolsAt: utcOrNull(row.symbols_at),
  };
}

function utcOrNull(text: string | null): string | null {
  return text === null ? null : utc(text);
}

/** Moves the watermark on; it never goes back. */
export async function advanceFeed(
  tx: Tx,
  serverId: string,
  {
    serverTime,
    offsetSeconds,
    added,
    caughtUp = true,
  }: { serverTime: number; offsetSeconds: number; added: number; caughtUp?: boolean },
): Promise<void> {
  await rows(
    tx,
    `update feed set server_time = greatest(server_time, :serverTime), deals = deals + :added, read_at = clock_timestamp(),
       last_error = null, errors = 0, caught_up = :caughtUp,
       watermark = greatest(watermark, least(to_timestamp(:utcSeconds), clock_timestamp()))
     where server_id = :serverId`,
    { serverId, serverTime, utcSeconds: serverTime - offsetSeconds, added, caughtUp },
  );
}

export async function noteFeedError(tx: Tx, serverId: string, error: string): Promise<void> {
  await rows(
    tx,
    `update feed set last_error = :error, errors = errors + 1, caught_up = false, error_at = clock_timestamp()
     where server_id = :serverId`,
    { serverId, error: error.slice(0, 300) },
  );
}

export type BackfillKind = 'requested' | 'nightly';

export interface Backfill {
  readonly id: string;
  readonly kind: BackfillKind;
  readonly fromAt: string;
  readonly toAt: string;
  /** Read so far; null when it has not begun. */
  readonly reachedAt: string | null;
}

/** Binds the words of whoever asked to their place. */
export const backfillReason = 'backfill.reason';

/** Asks for a stretch of time to be read again: deals that came in late, or were edited, are found so. */
export async function requestBackfill(
  tx: Tx,
  {
    serverId,
    fromAt,
    toAt,
    reason = '',
  }: { serverId: string; fromAt: string; toAt: string; reason?: string },
): Promise<string> {
  const id = newId('command');
  const by = tx.scope.actor;
  const personId = personOfActor(by);
  await rows(
    tx,
    `insert into feed_backfill (id, server_id, from_at, to_at, requested_by, reason_ct)
     values (:id, :serverId, :fromAt, :toAt, :by, :reason)`,
    {
      id,
      serverId,
      fromAt,
      toAt,
      by,
      reason: reason === '' ? null : await encryptFor(tx, personId, backfillReason, reason),
    },
  );
  await asSystem(tx, (system) =>
    appendEvents(system, [
      {
        subject: `feed/${serverId}`,
        type: 'feed.backfill_requested',
        entityId: null,
        payload: { backfill: id, from: fromAt, to: toAt },
        ...(reason === '' ? {} : { personal: { personId, data: { reason } } }),
      },
    ]),
  );
  return id;
}

/**
 * Asks for the last days to be read again once a day (UTC), since an edited deal keeps its time. The first
 * reading of a server counts as the first night's.
 */
export async function requestNightly(tx: Tx, serverId: string): Promise<boolean> {
  const [due] = await rows<{ first: boolean; days: number; watermark: string }>(
    tx,
    `update feed f set reread_at = clock_timestamp() from (select reread_at from feed where server_id = :serverId for update) old
     where f.server_id = :serverId and f.watermark is not null and f.reread_days > 0
       and (old.reread_at is null or date_trunc('day', old.reread_at, 'UTC') < date_trunc('day', now(), 'UTC'))
     returning old.reread_at is null as first, f.reread_days as days, f.watermark`,
    { serverId },
  );
  if (!due || due.first) return false;
  await rows(
    tx,
    `insert into feed_backfill (id, server_id, from_at, to_at, requested_by, kind)
     values (:id, :serverId, :toAt::timestamptz - :days * interval '1 day', :toAt, :by, 'nightly')`,
    { id: newId('command'), serverId, toAt: due.watermark, days: due.days, by: tx.scope.actor },
  );
  return true;
}

/** What is to be read again next: what somebody asked for before the night's own. */
export async function nextBackfill(tx: Tx, serverId: string): Promise<Backfill | undefined> {
  const [row] = await rows<{
    id: string;
    kind: BackfillKind;
    from_at: string;
    to_at: string;
    reached_at: string | null;
  }>(
    tx,
    `select id, kind, from_at, to_at, reached_at from feed_backfill where server_id = :serverId and state = 'requested'
     order by kind desc, requested_at limit 1`,
    { serverId },
  );
  return (
    row && {
      id: row.id,
      kind: row.kind,
      fromAt: utc(row.from_at),
      toAt: utc(row.to_at),
      reachedAt: utcOrNull(row.reached_at),
    }
  );
}

/** A page of a backfill was read: a worker that is killed goes on from here. */
export async function advanceBackfill(
  tx: Tx,
  id: string,
  { reachedAt, edited }: { reachedAt: string; edited: number },
): Promise<void> {
  await rows(
    tx,
    `update feed_backfill set reached_at = least(to_at, :reachedAt::timestamptz), edited = edited + :edited
     where id = :id and state = 'requested'`,
    { id, reachedAt, edited },
  );
}

/** Ends a backfill with the number of deals that it brought; counted in the record, so that an interrupted reading counts right. */
export async function finishBackfill(tx: Tx, id: string): Promise<void> {
  await rows(
    tx,
    `update feed_backfill b set state = 'done', finished_at = clock_timestamp(), reached_at = b.to_at,
       deals = (select count(*) from deal d where d.server_id = b.server_id and d.time >= b.from_at and d.time < b.to_at
         and d.seen_at >= b.requested_at)
     where b.id = :id and b.state = 'requested'`,
    { id },
  );
}

/** How far a backfill is. `deals` are the new ones it brought, `edited` those that differed from what was kept. */
export interface BackfillProgress {
  readonly state: 'requested' | 'done';
  readonly deals: number | null;
  readonly edited: number;
  readonly reachedAt: string | null;
}

export async function readBackfill(
  tx: Tx,
  { serverId, id }: { readonly serverId: string; readonly id: string },
): Promise<BackfillProgress | undefined> {
  const [row] = await rows<{
    state: 'requested' | 'done';
    deals: number | null;
    edited: number;
    reached_at: string | null;
  }>(
    tx,
    `select state, deals, edited, reached_at from feed_backfill
     where id = :id and server_id = :serverId`,
    { id, serverId },
  );
  return (
    row && {
      state: row.state,
      deals: row.deals,
      edited: row.edited,
      reachedAt: utcOrNull(row.reached_at),
    }
  );
}
