import { createHash } from 'node:crypto';

/** Every column that an event's hash covers, and the hash as stored. */
export interface ChainEvent {
  readonly subject: string;
  readonly seq: string;
  /** UTC, RFC 3339; PostgreSQL drops trailing zeros of the fraction. */
  readonly at: string;
  readonly actor: string;
  readonly entityId: string | null;
  readonly clientId: string | null;
  readonly type: string;
  readonly restricted: boolean;
  readonly payload: string;
  readonly prev: Buffer;
  readonly hash: Buffer;
}

/** What the first event of a subject follows: the hash of the subject's name. */
export function genesisHash(subject: string): Buffer {
  return createHash('sha256').update(subject, 'utf8').digest();
}

/**
 * The hash an event must have: SHA-256 over the previous hash and every column, each with its length
 * in bytes. The same rule as `event_hash` in the database; computed here again, because whoever owns
 * the database owns that function too.
 */
export function hashEvent(event: Omit<ChainEvent, 'hash'>): Buffer {
  const fields = [
    event.subject,
    event.seq,
    withMicroseconds(event.at),
    event.actor,
    event.entityId,
    event.clientId,
    event.type,
    event.restricted ? 'restricted' : 'open',
    event.payload,
  ];
  // One text for all of them: a timeline is verified whenever it is read.
  return createHash('sha256').update(event.prev).update(fields.map(hashField).join('')).digest();
}

/** `<bytes>:<text>`, `~` for null, so that no character can move from one column to the next unseen. */
export function hashField(value: string | null): string {
  return value === null ? '~' : `${Buffer.byteLength(value, 'utf8')}:${value}`;
}

/** `2026-11-23T10:00:00.1Z` → `2026-11-23T10:00:00.100000Z`: the form that is hashed. */
export function withMicroseconds(at: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(at);
  if (!match) throw new Error(`not a time in UTC with at most microseconds: ${at}`);
  return `${match[1]}.${(match[2] ?? '').padEnd(6, '0')}Z`;
}
