import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { forbidden, notFound } from '../domain/problem';
import { appendEvents, canonical, type Json } from './events';
import { asSystem, rows, utc, type Tx } from './connection';
import { decryptFor, encryptFor, erasedText } from './personal-data';

/** A provider's message in our own words; amounts as decimal strings of minor units, times RFC 3339. */
export interface ProviderMessage {
  readonly provider: string;
  readonly eventId: string;
  readonly type: string;
  readonly operationId: string | null;
  readonly occurredAt: string;
  /** As it was received. It names the payer, so it is kept as ciphertext. */
  readonly body: string;
  /** `instrument`, the payer's card, or `paidBy`, their wallet or phone, is kept apart as ciphertext. */
  readonly normalised: { readonly [key: string]: Json };
}

/** Stores a verified message once; false when this event is known already (then only its count grows). */
export async function storeProviderEvent(tx: Tx, message: ProviderMessage): Promise<boolean> {
  const id = newId('providerEvent');
  const { instrument: card, paidBy, ...normalised } = message.normalised;
  const instrument = card ?? paidBy;
  const payer = await payerOf(tx, message);
  const person = payer?.client_id ?? id;
  const [row] = await rows<{ times_received: number }>(
    tx,
    `insert into provider_event (id, provider, provider_event_id, type, operation_id, entity_id, client_id, body_ct,
       instrument_ct, normalised, occurred_at)
     values (:id, :provider, :eventId, :type, :operationId, :entityId, :clientId, :body, :instrument, :normalised,
       :occurredAt)
     on conflict (provider, provider_event_id) do update set times_received = provider_event.times_received + 1
     returning times_received`,
    {
      id,
      provider: message.provider,
      eventId: message.eventId,
      type: message.type,
      operationId: message.operationId,
      entityId: payer?.entity_id ?? null,
      clientId: payer?.client_id ?? null,
      body: await encryptFor(tx, person, 'provider.body', message.body),
      instrument:
        instrument === undefined
          ? null
          : await encryptFor(tx, person, 'provider.instrument', canonical(instrument)),
      normalised: JSON.stringify(normalised),
      occurredAt: message.occurredAt,
    },
  );
  return row?.times_received === 1;
}

/** The client whose payment the message is about; a message about nobody known has a key of its own. */
async function payerOf(
  tx: Tx,
  { operationId, provider, normalised }: ProviderMessage,
): Promise<{ entity_id: string; client_id: string } | undefined> {
  const { paymentRef, providerRef } = normalised;
  const refs = [paymentRef, providerRef].filter((ref) => typeof ref === 'string');
  const [found] = await rows<{ entity_id: string; client_id: string }>(
    tx,
    `select entity_id, client_id from deposit where id = :operationId
     union all select entity_id, client_id from intent where id = :operationId and client_id is not null
     union all select entity_id, client_id from identity_check where id = :operationId
     union all select entity_id, client_id from deposit where provider = :provider and provider_ref = any (:refs)
     limit 1`,
    { operationId, provider, refs },
  );
  return found;
}

export interface StoredProviderEvent {
  readonly id: string;
  readonly provider: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly timesReceived: number;
  /** Without the payer's card, wallet or phone. */
  readonly normalised: { readonly [key: string]: Json };
}

/** What providers have said about an operation of ours, in the order of their own clock. */
export async function providerEventsOf(
  tx: Tx,
  operationId: string,
): Promise<StoredProviderEvent[]> {
  const found = await rows<{
    id: string;
    provider: string;
    type: string;
    occurred_at: string;
    times_received: number;
    normalised: { readonly [key: string]: Json };
  }>(
    tx,
    `select id, provider, type, occurred_at, times_received, normalised from provider_event
     where operation_id = :operationId order by occurred_at, id limit 500`,
    { operationId },
  );
  return found.map((row) => ({
    id: row.id,
    provider: row.provider,
    type: row.type,
    occurredAt: utc(row.occurred_at),
    timesReceived: row.times_received,
    normalised: row.normalised,
  }));
}

/** The card, wallet or phone that a message named, for the process that credits the payment; null when none, or erased. */
export async function instrumentOfEvent(tx: Tx, id: string): Promise<Json> {
  const [row] = await rows<{ client_id: string | null; instrument_ct: string | null }>(
    tx,
    'select client_id, instrument_ct from provider_event where id = :id',
    { id },
  );
  if (!row || row.instrument_ct === null) return null;
  const person = row.client_id ?? id;
  const text = await decryptFor(tx, person, 'provider.instrument', row.instrument_ct);
  // A parser: what JSON.parse answers is Json by its definition.
  return text === erasedText ? null : (JSON.parse(text) as Json);
}

/**
 * A message exactly as its provider sent it, for whoever may read payments and personal data; itself an
 * event. Throws 403, and 404 also for another entity's.
 */
export async function readProviderMessage(tx: Tx, id: string): Promise<string> {
  const [row] = await rows<{
    body_ct: string | null;
    type: string;
    operation_id: string | null;
    entity_id: string | null;
    client_id: string | null;
  }>(
    tx,
    'select body_ct, type, operation_id, entity_id, client_id from provider_event where id = :id',
    {
      id,
    },
  );
  if (!row || row.body_ct === null) throw notFound('provider message');
  // What a verifier wrote may tell of a list.
  const told = row.type === 'verifier_message' ? 'screening.decide' : 'payment.read';
  for (const permission of [told, 'client.personal'] as const) {
    if (!may(tx.scope, permission)) throw forbidden(permission);
  }
  await asSystem(tx, (system) =>
    appendEvents(system, [
      {
        subject: row.operation_id ?? id,
        type: 'provider_message.read',
        entityId: row.entity_id,
        clientId: row.client_id,
        payload: { message: id },
      },
    ]),
  );
  return decryptFor(tx, row.client_id ?? id, 'provider.body', row.body_ct);
}
