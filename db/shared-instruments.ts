import { addressInstrument, networksOfSameOwner } from '../domain/payments/token-address';
import { rows, type Tx } from './connection';
import { cardIndex, type CardDetails } from './payment-sources';
import { blindIndex } from './personal-data';
import { tokenPayer } from './token-addresses';

/**
 * Whether a card of another client's looks like this one and was seen elsewhere than at this provider, whose own
 * fingerprints tell cards apart for certain. Two cards may look alike, so people judge it; cards that were kept before
 * their looks were are not found.
 */
export async function looksLikeAnothers(
  tx: Tx,
  clientId: string,
  { provider, card }: { readonly provider: string; readonly card: CardDetails },
): Promise<boolean> {
  const [row] = await rows<{ own: boolean; other: boolean }>(
    tx,
    `select coalesce(bool_or(client_id = :clientId), false) as own,
       coalesce(bool_or(client_id <> :clientId and provider <> :provider), false) as other
     from payment_source where card_index = :card`,
    { clientId, provider, card: cardIndex(tx, card) },
  );
  return row !== undefined && row.other && !row.own;
}

/**
 * Whether another client has the address on record, on this network or one on which it is the same person's; whether this
 * client has it or not.
 */
export async function isKnownOfAnother(
  tx: Tx,
  clientId: string,
  { network, address }: { readonly network: string; readonly address: string },
): Promise<boolean> {
  const fingerprints = networksOfSameOwner(network).map((each) =>
    blindIndex(tx.keys, 'instrument', addressInstrument(each, address)),
  );
  const found = await rows(
    tx,
    `select 1 from payment_source where provider = :provider and fingerprint_index = any (:fingerprints) and client_id <> :clientId
     limit 1`,
    { clientId, provider: tokenPayer, fingerprints },
  );
  return found.length > 0;
}

/** Whether the instrument is on record as another client's and not as this one's. */
export async function belongsToAnother(
  tx: Tx,
  clientId: string,
  { provider, instrument }: { provider: string; instrument: string },
): Promise<boolean> {
  const [row] = await rows<{ own: boolean; other: boolean }>(
    tx,
    `select coalesce(bool_or(client_id = :clientId), false) as own, coalesce(bool_or(client_id <> :clientId), false) as other
     from payment_source where provider = :provider and fingerprint_index = :fingerprint`,
    { clientId, provider, fingerprint: blindIndex(tx.keys, 'instrument', instrument) },
  );
  return row !== undefined && row.other && !row.own;
}
