import { newId } from '../domain/ids';
import type { Json } from './events';
import { rows, utc, type Tx } from './connection';

/** A provider's message in our own words; amounts as decimal strings of minor units, times RFC 3339. */
export interface ProviderMessage {
  readonly provider: string;
  readonly eventId: string;
  readonly type: string;
  readonly operationId: string | null;
  readonly occurredAt: string;
  readonly body: string;
  readonly normalised: { readonly [key: string]: Json };
}

/** Stores a verified message once; false when this event is known already (then only its count grows). */
export async function storeProviderEvent(tx: Tx, message: ProviderMessage): Promise<boolean> {
  const [row] = await rows<{ times_received: number }>(
    tx,
    `insert into provider_event (id, provider, provider_event_id, type, operation_id, body, normalised, occurred_at)
     values (:id, :provider, :eventId, :type, :operationId, :body, :normalised, :occurredAt)
     on conflict (provider, provider_event_id) do update set times_received = provider_event.times_received + 1
     returning times_received`,
    { id: newId('providerEvent'), ...message, normalised: JSON.stringify(message.normalised) },
  );
  return row?.times_received === 1;
}

export interface StoredProviderEvent {
  readonly id: string;
  readonly provider: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly timesReceived: number;
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
