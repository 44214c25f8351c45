import { normaliseName } from '../domain/screening/normalise';
import {
  rankSuggestions,
  type SuggestionSign,
  type Suggestion,
} from '../domain/payments/suggestion';
import { rows, type Tx } from './connection';
import { compareOwnName } from './client-facts';
import { indexOfAccount } from './receipt-intake';
import type { Payer, Receipt } from './receipts';

/** How many clients with words of the payer's name are compared with it. */
const namedMax = 20;
/** Longer ago than this, nobody means the deposit that they asked for then. */
const askedDays = 30;

/** Whose money it may be, the likeliest first, for people who look into it. Runs as the system. */
export async function suggestOwners(
  tx: Tx,
  receipt: Receipt,
  payer: Payer | undefined,
): Promise<readonly Suggestion[]> {
  const signs: SuggestionSign[] = [
    ...(await byReference(tx, receipt)),
    ...(payer?.account ? await byAccount(tx, receipt, payer.account) : []),
    ...(payer?.name ? await byName(tx, receipt, payer.name) : []),
    ...(await byAmount(tx, receipt)),
  ];
  return rankSuggestions(signs);
}

/** The reference is a client's of the entity, though not of a wallet in this currency. */
async function byReference(tx: Tx, { entityId, reference }: Receipt): Promise<SuggestionSign[]> {
  const found = await rows<{ client_id: string }>(
    tx,
    'select client_id from bank_reference where reference = :reference and entity_id = :entityId',
    { reference, entityId },
  );
  return found.map((row) => ({ clientId: row.client_id, why: 'REFERENCE' }));
}

/** Whoever was paid from or to the account before. */
async function byAccount(
  tx: Tx,
  { entityId }: Receipt,
  account: string,
): Promise<SuggestionSign[]> {
  const found = await rows<{ client_id: string }>(
    tx,
    `select client_id from payment_source where entity_id = :entityId and kind = 'bank' and fingerprint_index = :index
     union select client_id from receipt where entity_id = :entityId and payer_index = :index and client_id is not null
     limit 10`,
    { entityId, index: indexOfAccount(tx, account) },
  );
  return found.map((row) => ({ clientId: row.client_id, why: 'ACCOUNT' }));
}

async function byName(tx: Tx, { entityId }: Receipt, name: string): Promise<SuggestionSign[]> {
  const tokens = [...new Set(normaliseName(name).tokens)].slice(0, 20);
  const named = await rows<{ client_id: string }>(
    tx,
    `select client_id from name_token where entity_id = :entityId and digest = any (:digests)
     group by client_id order by count(distinct digest) desc, client_id desc limit :namedMax`,
    { entityId, namedMax, digests: tokens.map((token) => tx.keys.blindIndex('name_token', token)) },
  );
  const signs: SuggestionSign[] = [];
  // One after the other: a transaction has one connection.
  for (const { client_id: clientId } of named) {
    const verdict = await compareOwnName(tx, clientId, name);
    if (verdict === 'own') signs.push({ clientId, why: 'NAME' });
    if (verdict === 'unclear') signs.push({ clientId, why: 'NAME_ALIKE' });
  }
  return signs;
}

/** Whoever has asked to pay just this, and has not. */
async function byAmount(
  tx: Tx,
  { entityId, amountMinor, currency }: Receipt,
): Promise<SuggestionSign[]> {
  const found = await rows<{ client_id: string }>(
    tx,
    `select distinct client_id from deposit where entity_id = :entityId and currency = :currency and amount_minor = :amount
       and state in ('requested', 'awaiting_payment', 'failed') and created_at > now() - :days * interval '1 day' limit 10`,
    { entityId, currency, amount: amountMinor.toString(), days: askedDays },
  );
  return found.map((row) => ({ clientId: row.client_id, why: 'AMOUNT' }));
}
