import { proofText, signerOf } from '../domain/payments/address-proof';
import { addressInstrument, type TokenNetwork } from '../domain/payments/token-address';
import { conflict, notFound, refused } from '../domain/problem';
import { asSystem, rows, type Tx } from './connection';
import { appendEvents } from './events';
import {
  announceAdded,
  ownSource,
  saveSource,
  type AddressDetails,
  type SourceLabel,
} from './payment-sources';
import { blindIndex, decryptFor, erasedText } from './personal-data';
import { resumeOfClient } from './task-waiting';

/** Who pays tokens out: addresses that clients name for it are known by this name. */
export const tokenPayer = 'custodian';

/** Nobody needs more of them, and each is one more place where money may go. */
const addressesMax = 20;

interface Owner {
  readonly entityId: string;
  readonly clientId: string;
}

/** An address as its owner types it, with its checksum already right. */
export interface NewAddress {
  readonly network: TokenNetwork;
  readonly address: string;
  /** The exchange that keeps it; null for a wallet of the client's own. */
  readonly vasp: string | null;
}

/**
 * Adds an address of the client's own for payouts of tokens. It counts as a change of instrument. Throws
 * `own_deposit_address` (422) for one of the house's, `already_added` and `too_many` (409).
 */
export async function addTokenAddress(
  tx: Tx,
  owner: Owner,
  { network, address, vasp }: NewAddress,
): Promise<SourceLabel> {
  const id = await asSystem(tx, async (system) => {
    // Two of the same at once: one after the other.
    await rows(system, 'select 1 from client where id = :clientId for update', {
      clientId: owner.clientId,
    });
    await assertNotOurs(system, address);
    const known = await rows<{ fingerprint_index: string }>(
      system,
      `select fingerprint_index from payment_source where client_id = :clientId and provider = :provider limit :limit`,
      { clientId: owner.clientId, provider: tokenPayer, limit: addressesMax },
    );
    const fingerprint = blindIndex(system.keys, 'instrument', addressInstrument(network, address));
    if (known.some((row) => row.fingerprint_index === fingerprint))
      throw conflict('already_added', 'This address is on your list already.');
    if (known.length === addressesMax)
      throw conflict('too_many', `You have ${addressesMax} addresses here already.`);
    const saved = await saveSource(system, owner, {
      ...{ kind: 'address', provider: tokenPayer },
      address: { network, address, vasp, holderName: null },
    });
    await announceAdded(system, owner, {
      ...{ id: saved, kind: 'crypto_address', change: 'An address for payouts of tokens' },
    });
    return saved;
  });
  return ownSource(tx, owner, id);
}

/** Money that is sent to an address of a deposit would come back as one. */
async function assertNotOurs(tx: Tx, address: string): Promise<void> {
  const given = await rows(
    tx,
    'select 1 from chain_address where lower(address) = lower(:address) limit 1',
    { address },
  );
  if (given.length > 0)
    throw refused(
      'own_deposit_address',
      'This is an address to pay in to us. Give one of your own wallet or exchange.',
    );
}

/** An address that money may be sent to. */
export interface TokenAddress extends AddressDetails {
  readonly id: string;
  readonly clientId: string;
  readonly provider: string;
  readonly isProven: boolean;
}

/** Throws `not_found` (404) when it is none of the client's, or has been erased. */
export async function readTokenAddress(
  tx: Tx,
  { clientId, sourceId }: { readonly clientId: string; readonly sourceId: string },
): Promise<TokenAddress> {
  const [row] = await rows<{ provider: string; details_ct: string; is_proven: boolean }>(
    tx,
    `select provider, details_ct, proven_at is not null as is_proven from payment_source
     where id = :sourceId and client_id = :clientId and kind = 'crypto_address' and state = 'active'`,
    { sourceId, clientId },
  );
  if (!row) throw notFound('address');
  const text = await decryptFor(tx, clientId, 'source.details', row.details_ct);
  if (text === erasedText) throw notFound('address');
  // A parser: it was written by `saveSource`.
  const details = JSON.parse(text) as AddressDetails;
  return {
    ...details,
    ...{ id: sourceId, clientId, provider: row.provider },
    isProven: row.is_proven,
  };
}

/** Ids of the addresses that the client has named for payouts, the newest first. */
export async function payoutAddressesOf(tx: Tx, clientId: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `select id from payment_source where client_id = :clientId and kind = 'crypto_address' and provider = :provider
       and state = 'active' order by created_at desc, id desc limit :limit`,
    { clientId, provider: tokenPayer, limit: addressesMax },
  );
  return found.map(({ id }) => id);
}

/** Throws `not_found` (404) when it is no address that the client has named for payouts. */
export async function assertOwnAddress(
  tx: Tx,
  { clientId, sourceId }: { readonly clientId: string; readonly sourceId: string },
): Promise<void> {
  const { provider } = await readTokenAddress(tx, { clientId, sourceId });
  if (provider !== tokenPayer) throw notFound('address');
}

/** What the client signs with the key of the address. */
export function textToSign({ id: sourceId, address }: TokenAddress): string {
  return proofText({ address, sourceId });
}

/**
 * Takes a signature of the address's key as proof that it is the client's. Throws `wrong_signature` (422), and
 * `not_found` (404) for another's.
 */
export async function proveTokenAddress(
  tx: Tx,
  owner: Owner,
  { sourceId, signature }: { readonly sourceId: string; readonly signature: string },
): Promise<SourceLabel> {
  const { clientId, entityId } = owner;
  await assertOwnAddress(tx, { clientId, sourceId });
  const known = await readTokenAddress(tx, { clientId, sourceId });
  if (signerOf(textToSign(known), signature) !== known.address)
    throw refused('wrong_signature', 'This is not a signature of this text by this address.');
  await asSystem(tx, async (system) => {
    const moved = await rows(
      system,
      'update payment_source set proven_at = clock_timestamp() where id = :sourceId and proven_at is null returning 1',
      { sourceId },
    );
    if (moved.length === 0) return;
    await appendEvents(system, [
      {
        ...{ subject: clientId, type: 'client.payout_instrument_proven', entityId, clientId },
        payload: { source: sourceId, by: 'signature' },
      },
    ]);
    await resumeOfClient(system, clientId);
  });
  return ownSource(tx, owner, sourceId);
}
