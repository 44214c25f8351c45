import { may, type Scope } from '../../../domain/access/scope';
import { withMicroseconds } from '../../../domain/audit/event-hash';
import { forbidden } from '../../../domain/problem';
import { asSystem, rows, utc, type Tx } from '../../connection';
import type { Json } from '../../events';
import { decryptFor } from '../../personal-data';

/** An event as a bundle holds it: every hashed column, hashes in hexadecimal. */
export interface BundledEvent {
  readonly subject: string;
  readonly seq: string;
  /** UTC with six digits of the second: the form that is hashed. */
  readonly at: string;
  readonly actor: string;
  readonly entityId: string | null;
  readonly clientId: string | null;
  readonly type: string;
  readonly restricted: boolean;
  readonly payload: string;
  readonly prev: string;
  readonly hash: string;
  readonly order: string;
}

/** In a chain of several clients, another one's event stands by its hashes alone. */
export interface WithheldEvent {
  readonly subject: string;
  readonly seq: string;
  readonly prev: string;
  readonly hash: string;
  readonly order: string;
  readonly withheld: true;
}

export type ExportedEvent = BundledEvent | WithheldEvent;

/** More events of one client than this are not one bundle. */
const eventsMax = 200_000;

/**
 * The whole chains of every subject in which the client has an event that the scope may see, in order
 * of subject (by bytes) and seq. Restricted chains are there for who may see them, and for nobody else.
 */
export async function eventsForExport(tx: Tx, clientId: string): Promise<ExportedEvent[]> {
  const seesRestricted = tx.scope.kind === 'staff' && tx.scope.restricted;
  const subjects = await rows<{ subject: string }>(
    tx,
    `select distinct subject from event where client_id = :clientId and (not restricted or :seesRestricted)`,
    { clientId, seesRestricted },
  );
  const found = await asSystem(tx, (system) =>
    rows<{
      subject: string;
      seq: string;
      at: string;
      actor: string;
      entity_id: string | null;
      client_id: string | null;
      type: string;
      restricted: boolean;
      payload: string;
      prev: Buffer;
      hash: Buffer;
      recorded_order: string;
    }>(
      system,
      `select subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev, hash, recorded_order
       from event where subject = any (:subjects::text[]) order by subject collate "C", seq limit ${eventsMax + 1}`,
      { subjects: subjects.map((row) => row.subject) },
    ),
  );
  if (found.length > eventsMax)
    throw new Error(`more than ${eventsMax} events: too many for one bundle`);
  return found.map((row) => {
    const link = {
      subject: row.subject,
      seq: row.seq,
      prev: row.prev.toString('hex'),
      hash: row.hash.toString('hex'),
      order: row.recorded_order,
    };
    if (row.client_id !== null && row.client_id !== clientId) return { ...link, withheld: true };
    return {
      ...link,
      at: withMicroseconds(utc(row.at)),
      actor: row.actor,
      entityId: row.entity_id,
      clientId: row.client_id,
      type: row.type,
      restricted: row.restricted,
      payload: row.payload,
    };
  });
}

export interface OpenedPersonal {
  readonly subject: string;
  readonly seq: string;
  readonly person: string;
  /** What was sealed, or `[erased]`. */
  readonly personal: Json;
}

/** Who may have personal data in clear: both permissions, and a named person at that. */
export function assertMayOpen(scope: Scope): void {
  if (scope.kind !== 'staff' || !may(scope, 'audit.export')) throw forbidden('audit.export');
  if (!may(scope, 'client.personal')) throw forbidden('client.personal');
}

/** Opens what the payloads keep sealed. Throws `forbidden` (403). */
export async function openPersonal(
  tx: Tx,
  events: readonly ExportedEvent[],
): Promise<OpenedPersonal[]> {
  assertMayOpen(tx.scope);
  const opened: OpenedPersonal[] = [];
  for (const event of events) {
    if ('withheld' in event) continue;
    const sealed = sealedIn(event.payload);
    if (!sealed) continue;
    const text = await decryptFor(tx, sealed.person, 'event', sealed.sealed);
    opened.push({
      subject: event.subject,
      seq: event.seq,
      person: sealed.person,
      personal: text.startsWith('{') ? (JSON.parse(text) as Json) : text,
    });
  }
  return opened;
}

function sealedIn(payload: string): { person: string; sealed: string } | undefined {
  const { personal } = JSON.parse(payload) as { personal?: { person?: unknown; sealed?: unknown } };
  if (typeof personal?.person !== 'string' || typeof personal.sealed !== 'string') return undefined;
  return { person: personal.person, sealed: personal.sealed };
}
