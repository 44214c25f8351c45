import { rows, utc, type Tx } from './connection';
import { backfillReason } from './feeds';
import { feedState, type FeedState } from './halt-in-force';
import { inTurn } from './in-turn';
import { decryptFor, personOfActor } from './personal-data';

/** How a server's deal feed does, for whoever watches over it. */
export interface FeedHealth {
  readonly serverId: string;
  /** Paused while the server is declared to be out of service. */
  readonly state: FeedState;
  /** Up to here every deal has been read; null before the first reading. */
  readonly watermark: string | null;
  /** How far that is behind now. */
  readonly lagSeconds: number | null;
  readonly readAt: string | null;
  readonly caughtUp: boolean;
  readonly deals: string;
  /** Deals of our log-ins that no posting stands for yet. */
  readonly unposted: number;
  /** Deals of log-ins that are none of ours, 10,000 at most. */
  readonly unowned: number;
  readonly lastError: string | null;
  readonly errorAt: string | null;
  /** Readings that failed one after the other. */
  readonly errors: number;
  /** Log-ins whose deals here and at the server differ. */
  readonly gaps: number;
  /** Log-ins that agreed when they were last checked, and all that are checked. */
  readonly checked: number;
  readonly logins: number;
  readonly rereadAt: string | null;
  readonly symbols: number;
}

const countMax = 10_000;

/** The feed of every server, or of one. */
export async function feedHealth(tx: Tx, serverId?: string): Promise<FeedHealth[]> {
  const found = await rows<
    Omit<FeedHealth, 'watermark' | 'readAt' | 'errorAt' | 'rereadAt'> & {
      watermark: string | null;
      readAt: string | null;
      errorAt: string | null;
      rereadAt: string | null;
    }
  >(
    tx,
    `select f.server_id as "serverId", ${feedState} as state, f.watermark, f.read_at as "readAt", f.caught_up as "caughtUp", f.deals,
       case when f.watermark is null then null
         else greatest(0, floor(extract(epoch from clock_timestamp() - f.watermark)))::int end as "lagSeconds",
       f.last_error as "lastError", f.error_at as "errorAt", f.errors, f.reread_at as "rereadAt",
       (select count(*)::int from (select 1 from deal_ticket t where t.server_id = f.server_id and t.posted_transaction is null
         limit ${countMax}) u) as unposted,
       (select count(*)::int from (select 1 from deal_ticket t where t.server_id = f.server_id and t.posted_transaction = 'unowned'
         limit ${countMax}) u) as unowned,
       (select count(*)::int from feed_check c where c.server_id = f.server_id and c.state = 'differs') as gaps,
       (select count(*)::int from feed_check c where c.server_id = f.server_id and c.state = 'agrees') as checked,
       (select count(*)::int from feed_check c where c.server_id = f.server_id) as logins,
       (select count(*)::int from symbol s where s.server_id = f.server_id) as symbols
     from feed f where (:serverId::text is null or f.server_id = :serverId) order by f.server_id limit 100`,
    { serverId: serverId ?? null },
  );
  return found.map((row) => ({
    ...row,
    watermark: utcOrNull(row.watermark),
    readAt: utcOrNull(row.readAt),
    errorAt: utcOrNull(row.errorAt),
    rereadAt: utcOrNull(row.rereadAt),
  }));
}

function utcOrNull(text: string | null): string | null {
  return text === null ? null : utc(text);
}

/** A stretch of time that is or was read again, and how far that is. */
export interface ShownBackfill {
  readonly id: string;
  readonly serverId: string;
  readonly kind: 'requested' | 'nightly';
  readonly fromAt: string;
  readonly toAt: string;
  readonly state: 'requested' | 'done';
  /** Empty for the night's own, and where nobody gave one. */
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly finishedAt: string | null;
  /** Whole per cent of the stretch. */
  readonly percent: number;
  readonly deals: number | null;
  readonly edited: number;
}

/** Those at work first, then the latest. */
export async function listBackfills(
  tx: Tx,
  { serverId, limit }: { serverId: string; limit: number },
): Promise<ShownBackfill[]> {
  const found = await rows<{
    id: string;
    kind: 'requested' | 'nightly';
    from_at: string;
    to_at: string;
    state: 'requested' | 'done';
    reason_ct: string | null;
    requested_by: string;
    requested_at: string;
    finished_at: string | null;
    percent: number;
    deals: number | null;
    edited: number;
  }>(
    tx,
    `select id, kind, from_at, to_at, state, reason_ct, requested_by, requested_at, finished_at, deals, edited,
       case when state = 'done' then 100 when reached_at is null then 0
         else floor(100 * extract(epoch from reached_at - from_at) / extract(epoch from to_at - from_at))::int end as percent
     from feed_backfill where server_id = :serverId
     order by state = 'done', requested_at desc limit :limit`,
    { serverId, limit },
  );
  return inTurn(found, async (row) => ({
    id: row.id,
    serverId,
    kind: row.kind,
    fromAt: utc(row.from_at),
    toAt: utc(row.to_at),
    state: row.state,
    reason:
      row.reason_ct === null
        ? ''
        : await decryptFor(tx, personOfActor(row.requested_by), backfillReason, row.reason_ct),
    requestedBy: row.requested_by,
    requestedAt: utc(row.requested_at),
    finishedAt: utcOrNull(row.finished_at),
    percent: Math.max(0, Math.min(100, row.percent)),
    deals: row.deals,
    edited: row.edited,
  }));
}
