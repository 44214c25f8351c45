import { z } from 'zod';
import { may } from '../domain/access/scope';
import { exampleId, jsonObject, time } from './schemas';
import { changesIn, type ShownChange } from '../domain/audit/change';
import { isRecord } from '../domain/record';
import { hashEvent } from '../domain/audit/event-hash';
import type { Tx } from '../db/connection';
import type { StoredEvent } from '../db/events';
import { decryptFor, erasedText } from '../db/personal-data';

export const event = z
  .object({
    subject: z.string(),
    seq: z.string(),
    at: time,
    actor: z.string().meta({ example: 'workflow:deposit/dep_…' }),
    type: z.string().meta({ example: 'client.registered' }),
    entityId: z.string().nullable(),
    clientId: z.string().nullable(),
    payload: jsonObject,
    personal: jsonObject.nullable().meta({
      description: 'Personal data of the event, for those who may see it; null otherwise.',
    }),
    changes: z
      .array(
        z.object({
          field: z.string(),
          before: z.string().nullable(),
          after: z.string().nullable(),
          isPersonal: z.boolean(),
        }),
      )
      .meta({
        description:
          'What was and what is, of each field that the event has changed; personal ones for those who may see them. What is no text is JSON, null is nothing.',
      }),
    hash: z.string().meta({ description: 'SHA-256 of the chain up to here, hexadecimal.' }),
    intact: z.boolean().meta({
      description:
        'Whether the event is what its hash was made of, computed anew. That the chain is whole is for `keelson audit verify`.',
    }),
  })
  .meta({ id: 'Event' });

export const exampleEvent = {
  subject: exampleId('client'),
  seq: '1',
  at: '2026-11-23T20:15:00.000000Z',
  actor: `user:${exampleId('user')}`,
  type: 'client.registered',
  entityId: 'cy',
  clientId: exampleId('client'),
  payload: { residence: 'DE' },
  personal: null,
  changes: [],
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  intact: true,
};

const sealedShape = z.object({ person: z.string(), sealed: z.string() });

/** An event as it is shown: personal data in clear with `client.personal`, absent without, `erased` after erasure. */
export async function showEvent(tx: Tx, stored: StoredEvent): Promise<z.input<typeof event>> {
  const whole = objectIn(stored.payload);
  const { personal: _sealed, ...payload } = whole;
  const opened = await openPersonal(tx, whole);
  return {
    subject: stored.subject,
    seq: stored.seq,
    at: stored.at,
    actor: stored.actor,
    type: stored.type,
    entityId: stored.entityId,
    clientId: stored.clientId,
    payload,
    personal: opened,
    changes: changesOf(payload, opened),
    hash: stored.hash.toString('hex'),
    intact: hashEvent(stored).equals(stored.hash),
  };
}

/** In clear, and of those the personal ones that were opened for the reader. */
export function changesOf(
  payload: Readonly<Record<string, unknown>>,
  opened: Readonly<Record<string, unknown>> | null,
): (ShownChange & { readonly isPersonal: boolean })[] {
  return [
    ...changesIn(payload).map((each) => ({ ...each, isPersonal: false })),
    ...changesIn(opened ?? {}).map((each) => ({ ...each, isPersonal: true })),
  ];
}

/** What of a payload is sealed, for who may see personal data; null where nothing is, and for everybody else. */
export async function openPersonal(
  tx: Tx,
  payload: Readonly<Record<string, unknown>>,
): Promise<z.output<typeof jsonObject> | null> {
  const { personal } = payload;
  if (personal === undefined || !may(tx.scope, 'client.personal')) return null;
  const sealed = sealedShape.safeParse(personal);
  return sealed.success ? open(tx, sealed.data.person, sealed.data.sealed) : null;
}

async function open(
  tx: Tx,
  person: string,
  sealed: string,
): Promise<z.output<typeof jsonObject> | null> {
  const text = await decryptFor(tx, person, 'event', sealed);
  return text === erasedText ? { erased: true } : objectIn(text);
}

/** The object that a JSON text is. The answer's own schema reads every value of it once more. */
function objectIn(text: string): z.output<typeof jsonObject> {
  const found: unknown = JSON.parse(text);
  if (!isRecord(found)) throw new Error('what an event tells must be an object');
  // eslint-disable-next-line no-restricted-syntax -- A parser: what JSON.parse answers is JSON by its definition.
  return found as z.output<typeof jsonObject>;
}
