import { rows, utc, type Tx } from './connection';
import { eventFilter, isWanted, type EventFilter } from './event-filter';
import { isVisible, visibleEvents } from './visible-events';

/** One event of a thing's history, as a page shows it. */
export interface TimelineEvent {
  readonly subject: string;
  readonly seq: string;
  readonly at: string;
  readonly actor: string;
  readonly type: string;
  /** Canonical JSON; personal data in it is ciphertext. */
  readonly payload: string;
  /** SHA-256 in hex, as chained. */
  readonly hash: string;
  /** Where to go on: `before` of the next page. */
  readonly order: string;
}

interface TimelineRow extends Omit<TimelineEvent, 'order'> {
  readonly recorded_order: string;
}

const columns = `subject, seq, at, actor, type, payload, encode(hash, 'hex') as hash, recorded_order`;

function fromRow(row: TimelineRow): TimelineEvent {
  return {
    subject: row.subject,
    seq: row.seq,
    at: utc(row.at),
    actor: row.actor,
    type: row.type,
    payload: row.payload,
    hash: row.hash,
    order: row.recorded_order,
  };
}

export interface TimelinePage extends EventFilter {
  /** First words of the types to show (`kyc` for `kyc.approved`); everything without it. */
  readonly families?: readonly string[] | undefined;
  /** `order` of the last event of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** What happened to a client, over all subjects, as far as the reader may see it, newest first. */
export async function timelineOfClient(
  tx: Tx,
  clientId: string,
  page: TimelinePage,
): Promise<TimelineEvent[]> {
  const found = await rows<TimelineRow>(
    tx,
    `select ${columns} from event where client_id = :clientId and ${isVisible} and ${isWanted}
       and (:before::bigint is null or recorded_order < :before::bigint)
       and (:families::text[] is null or split_part(type, '.', 1) = any (:families::text[]))
     order by recorded_order desc limit :limit`,
    {
      ...visibleEvents(tx),
      ...eventFilter(page),
      clientId,
      before: page.before ?? null,
      families: page.families ? [...page.families] : null,
      limit: page.limit,
    },
  );
  return found.map(fromRow);
}

/** What happened to a client from one moment to another, as far as the reader may see it, newest first. */
export async function timelineBetween(
  tx: Tx,
  clientId: string,
  {
    from,
    to,
    families,
    limit,
  }: {
    readonly from: string;
    readonly to: string;
    readonly families: readonly string[];
    readonly limit: number;
  },
): Promise<TimelineEvent[]> {
  const found = await rows<TimelineRow>(
    tx,
    `select ${columns} from event where client_id = :clientId and ${isVisible}
       and at >= :from and at <= :to and split_part(type, '.', 1) = any (:families::text[])
     order by recorded_order desc limit :limit`,
    { ...visibleEvents(tx), clientId, from, to, families: [...families], limit },
  );
  return found.map(fromRow);
}

/** What happened to the subjects (a payment and its process), as far as the reader may see it, newest first. */
export async function timelineOfSubjects(
  tx: Tx,
  subjects: readonly string[],
  limit = 200,
): Promise<TimelineEvent[]> {
  const found = await rows<TimelineRow>(
    tx,
    `select ${columns} from event where subject = any (:subjects) and ${isVisible}
     order by recorded_order desc limit :limit`,
    { ...visibleEvents(tx), subjects: [...subjects], limit },
  );
  return found.map(fromRow);
}

/** What happened to these restrictions of a client; their events stand under the client's subject. */
export async function timelineOfRestrictions(
  tx: Tx,
  {
    clientId,
    restrictions,
  }: { readonly clientId: string; readonly restrictions: readonly string[] },
): Promise<TimelineEvent[]> {
  if (restrictions.length === 0) return [];
  const found = await rows<TimelineRow>(
    tx,
    `select ${columns} from event
     where client_id = :clientId and type in ('restriction.set', 'restriction.lifted')
       and payload::jsonb ->> 'restriction' = any (:restrictions)
     order by recorded_order desc limit 200`,
    { clientId, restrictions: [...restrictions] },
  );
  return found.map(fromRow);
}
