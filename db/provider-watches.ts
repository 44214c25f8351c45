import { seenSoFar, type SeenSoFar, type ToldOfPayment } from '../domain/payments/seen';
import { asSystem, rows, utc, type Tx } from './connection';
import type { Deposit } from './deposits';

/** A provider that sends no messages, and how far it has been read. */
export interface ProviderWatch {
  readonly position: number | null;
  /** Addresses of payments that are to be looked at again: those that are open, and those that ended lately. */
  readonly open: readonly string[];
  /** All that were given away; undefined where they are too many to name. */
  readonly all: readonly string[] | undefined;
}

const openMax = 20_000;

export async function readWatch(
  tx: Tx,
  provider: string,
  { namesMax }: { readonly namesMax: number },
): Promise<ProviderWatch> {
  await rows(
    tx,
    `insert into provider_watch (provider) select :provider
     where not exists (select 1 from provider_watch where provider = :provider) on conflict do nothing`,
    { provider },
  );
  const [row] = await rows<{ position: string | null }>(
    tx,
    'select position from provider_watch where provider = :provider',
    { provider },
  );
  const all = await rows<{ address: string }>(
    tx,
    'select address from chain_address where provider = :provider limit :limit',
    { provider, limit: namesMax + 1 },
  );
  const open = await rows<{ address: string }>(
    tx,
    'select address from chain_address where provider = :provider and look_at is not null limit :limit',
    { provider, limit: openMax },
  );
  const position = row?.position ?? null;
  return {
    position: position === null ? null : Number(position),
    open: open.map(({ address }) => address),
    all: all.length > namesMax ? undefined : all.map(({ address }) => address),
  };
}

/** Moves the position on; it never goes back. */
export async function advanceWatch(
  tx: Tx,
  provider: string,
  { position, caughtUp }: { readonly position: number; readonly caughtUp: boolean },
): Promise<void> {
  await rows(
    tx,
    `update provider_watch set position = greatest(position, :position::bigint), caught_up = :caughtUp,
       read_at = clock_timestamp(), errors = 0, last_error = null where provider = :provider`,
    { provider, position, caughtUp },
  );
}

export async function noteWatchError(tx: Tx, provider: string, error: string): Promise<void> {
  await rows(
    tx,
    `update provider_watch set errors = errors + 1, last_error = :error, caught_up = false where provider = :provider`,
    { provider, error: error.slice(0, 300) },
  );
}

/**
 * Something came to an address: its payment is looked at next. What a sleeping one was not touched by holds nothing
 * that nobody has looked at.
 */
export async function touchAddress(
  tx: Tx,
  { address, position }: { readonly address: string; readonly position: number },
): Promise<void> {
  await rows(
    tx,
    `update chain_address set look_at = now(),
       unread_block = case when look_at is null then :position::bigint else least(unread_block, :position::bigint) end
     where lower(address) = lower(:address)`,
    { address, position },
  );
}

export interface DueLook {
  readonly operationId: string;
  readonly unreadFrom: number;
}

/** The payments that are to be looked at now, those that wait longest first. */
export async function dueLooks(
  tx: Tx,
  { provider, limit }: { readonly provider: string; readonly limit: number },
): Promise<DueLook[]> {
  const found = await rows<{ operation_id: string; unread_block: string }>(
    tx,
    `select operation_id, unread_block from chain_address where provider = :provider and look_at <= clock_timestamp()
     order by look_at limit :limit`,
    { provider, limit },
  );
  return found.map(({ operation_id: operationId, unread_block: block }) => ({
    ...{ operationId, unreadFrom: Number(block) },
  }));
}

/** A payment was looked at up to a block; if something has touched it meanwhile in an earlier one, it stays due. */
export async function scheduleLook(
  tx: Tx,
  { operationId, unreadFrom }: DueLook,
  { position, againSeconds }: { readonly position: number; readonly againSeconds: number | null },
): Promise<void> {
  await rows(
    tx,
    `update chain_address set look_at = now() + :againSeconds::float8 * interval '1 second', unread_block = :position::bigint + 1
     where operation_id = :operationId and unread_block = :unreadFrom::bigint`,
    { operationId, unreadFrom, position, againSeconds },
  );
}

/** A payment could not be looked at: the others come first. */
export async function postponeLook(tx: Tx, operationId: string, seconds: number): Promise<void> {
  await rows(
    tx,
    `update chain_address set look_at = now() + :seconds::float8 * interval '1 second' where operation_id = :operationId`,
    { operationId, seconds },
  );
}

const toldMax = 2_000;

/** What has been told of a payment so far. */
export async function toldOfPayment(
  tx: Tx,
  provider: string,
  operationId: string,
): Promise<ToldOfPayment[]> {
  const found = await rows<{
    provider_event_id: string;
    type: string;
    occurred_at: string;
    normalised: { readonly [key: string]: unknown };
  }>(
    tx,
    `select provider_event_id, type, occurred_at, normalised from provider_event
     where operation_id = :operationId and provider = :provider order by occurred_at, id limit :limit`,
    { operationId, provider, limit: toldMax },
  );
  return found.map(({ provider_event_id: eventId, type, occurred_at: at, normalised }) => ({
    ...{ eventId, type, occurredAt: utc(at), normalised },
  }));
}

/** What has come to the address of a deposit that waits for its payer; null while nothing has. */
export async function seenOfDeposit(
  tx: Tx,
  { id, provider, state }: Pick<Deposit, 'id' | 'provider' | 'state'>,
): Promise<SeenSoFar | null> {
  if (state !== 'awaiting_payment') return null;
  // Whoever may read the deposit may know this of it; the messages themselves are the colleagues'.
  return asSystem(tx, async (system) => {
    const told = await toldOfPayment(system, provider, id);
    if (told.length === 0) return null;
    const [watch] = await rows<{ position: string | null }>(
      system,
      'select position from provider_watch where provider = :provider',
      { provider },
    );
    const position = watch?.position ?? null;
    return seenSoFar(told, position === null ? null : Number(position));
  });
}
