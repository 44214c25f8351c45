import canonicalize from 'canonicalize';
import type { EventType } from '../domain/access/event-access';
import { changeOf, type BeforeAfter } from '../domain/audit/change';
import type { OrderedEvent } from '../domain/audit/chain';
import { encryptFor } from './personal-data';
import { eventFilter, isWanted, type EventFilter } from './event-filter';
import { isVisible, visibleEvents } from './visible-events';
import { rows, sendAhead, utc, type Tx } from './connection';

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A state change worth proving. `subject` is the aggregate (a client, case, account, payment, policy …).
 * `personal` is encrypted under the person's key before the chain hashes it; `payload` never holds personal data.
 */
export interface NewEvent {
  readonly subject: string;
  readonly type: EventType;
  readonly entityId: string | null;
  readonly clientId?: string | null;
  readonly payload?: { readonly [key: string]: Json };
  readonly personal?: {
    readonly personId: string;
    readonly data: { readonly [key: string]: Json };
    /** As `change`, of what is personal. */
    readonly change?: BeforeAfter;
  };
  /** What was and what is: the fields that differ are kept. Never personal data. */
  readonly change?: BeforeAfter;
  /** Restricted events need a subject of their own, or a gap in `seq` would betray them. */
  readonly restricted?: boolean;
}

/**
 * Appends the events in the caller's transaction, each to its subject's chain, under the transaction's actor. Nobody
 * waits for them before the commit, which there is none of without them.
 */
export async function appendEvents(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const items = [];
  for (const event of events) {
    if (event.restricted && !event.subject.startsWith('restricted/')) {
      throw new Error('a restricted event needs a subject of its own, restricted/…');
    }
    items.push({
      subject: event.subject,
      actor: tx.scope.actor,
      entityId: event.entityId,
      clientId: event.clientId ?? null,
      type: event.type,
      restricted: event.restricted ?? false,
      payload: await payloadText(tx, event),
    });
  }
  await sendAhead(tx, 'select append_events(:items)', { items: JSON.stringify(items) });
}

async function payloadText(tx: Tx, event: NewEvent): Promise<string> {
  const payload: Record<string, Json> = { ...event.payload };
  const change = event.change && changeOf(event.change);
  if (change) payload['change'] = change;
  if (event.personal) {
    const { personId, data: told, change: personal } = event.personal;
    const changed = personal && changeOf(personal);
    const data = changed ? { ...told, change: changed } : told;
    payload['personal'] = {
      person: personId,
      sealed: await encryptFor(tx, personId, 'event', canonical(data)),
    };
  }
  return canonical(payload);
}

/** Canonical JSON (RFC 8785): the form that is stored and hashed. */
export function canonical(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('a payload must be JSON');
  return text;
}

export type StoredEvent = OrderedEvent;

export interface EventRow extends Omit<StoredEvent, 'entityId' | 'clientId' | 'order'> {
  readonly entity_id: string | null;
  readonly client_id: string | null;
  readonly recorded_order: string;
}

export const eventColumns =
  'subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev, hash, recorded_order';

export function eventFromRow(row: EventRow): StoredEvent {
  return {
    subject: row.subject,
    seq: row.seq,
    at: utc(row.at),
    actor: row.actor,
    entityId: row.entity_id,
    clientId: row.client_id,
    type: row.type,
    restricted: row.restricted,
    payload: row.payload,
    prev: row.prev,
    hash: row.hash,
    order: row.recorded_order,
  };
}

/** The events of one subject in order of `seq`, at most `limit` after `afterSeq`. */
export async function eventsOfSubject(
  tx: Tx,
  subject: string,
  { afterSeq = '0', limit = 200 }: { afterSeq?: string; limit?: number } = {},
): Promise<StoredEvent[]> {
  const found = await rows<EventRow>(
    tx,
    `select ${eventColumns} from event where subject = :subject and seq > :afterSeq order by seq limit :limit`,
    { subject, afterSeq, limit },
  );
  return found.map(eventFromRow);
}

/** A client's history over all subjects as far as the reader may see it, newest first, a page at a time (`before`: an event's `order`). */
export async function eventsOfClient(
  tx: Tx,
  clientId: string,
  {
    before,
    limit = 100,
    type,
    ...filter
  }: EventFilter & { before?: string; limit?: number; type?: string } = {},
): Promise<StoredEvent[]> {
  const found = await rows<EventRow>(
    tx,
    `select ${eventColumns} from event where client_id = :clientId and ${isVisible} and ${isWanted}
      and (:before::bigint is null or recorded_order < :before::bigint)
      and (:type::text is null or type = :type)
     order by recorded_order desc limit :limit`,
    {
      ...{ ...visibleEvents(tx), ...eventFilter(filter) },
      ...{ clientId, before: before ?? null, limit, type: type ?? null },
    },
  );
  return found.map(eventFromRow);
}
