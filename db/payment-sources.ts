import { newId } from '../domain/ids';
import { notFound, refused } from '../domain/problem';
import type { LocalAccount } from '../domain/payments/local-account';
import { addressInstrument, networkInWords, shortAddress } from '../domain/payments/token-address';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { mailTime, queueMail } from './mails';
import { blindIndex, decryptFor, encryptFor, erasedText } from './personal-data';
import { wakeVerificationClock } from './verification-clocks';
import { resumeOfClient } from './task-waiting';

export interface CardDetails {
  readonly fingerprint: string;
  readonly last4: string;
  readonly brand: string;
  readonly expMonth: number;
  readonly expYear: number;
}

export interface BankDetails {
  readonly holderName: string;
  readonly country: string;
  /** Null of an account that has none, which is `local` then. */
  readonly iban: string | null;
  readonly bic: string | null;
  readonly local?: LocalAccount;
}

/** What an account without an IBAN does not take: any currency but its country's. */
export function takesCurrency({ local }: BankDetails, currency: string): boolean {
  return local === undefined || local.currency === currency;
}

/** The wallet, phone, account or address that paid, as its provider knows it again (`PaidBy` of the port). */
export interface PayerDetails {
  readonly kind: 'wallet' | 'msisdn' | 'bank_account' | 'crypto_address';
  readonly fingerprint: string;
  /** What people may see: `•••5678`. */
  readonly label: string;
}

/** An address of a chain that money may be sent to. */
export interface AddressDetails {
  readonly network: string;
  /** With its checksum (EIP-55). */
  readonly address: string;
  /** The exchange or custodian that keeps it; null for a wallet of its owner's own. */
  readonly vasp: string | null;
  /** Whose it is, where it is not the client's: somebody who paid and gets it back. */
  readonly holderName: string | null;
}

export const sourceKinds = [
  'card',
  'bank',
  'wallet',
  'msisdn',
  'bank_account',
  'crypto_address',
] as const;
export type SourceKind = (typeof sourceKinds)[number];

export interface Owner {
  readonly entityId: string;
  readonly clientId: string;
}

/** Knows an instrument again by its fingerprint, or records it. Its details are personal data of the client. */
export async function saveSource(
  tx: Tx,
  owner: Owner,
  source:
    | { readonly kind: 'card'; readonly provider: string; readonly card: CardDetails }
    | { readonly kind: 'bank'; readonly provider: string; readonly bank: BankDetails }
    | { readonly kind: 'address'; readonly provider: string; readonly address: AddressDetails }
    | {
        readonly kind: 'payer';
        readonly provider: string;
        readonly payer: PayerDetails;
        /** Where a payout reaches it, when the payer said so. */
        readonly address: string | null;
      },
): Promise<string> {
  const { kind, id, label, details } = describeSource(source);
  const fingerprint = blindIndex(tx.keys, 'instrument', id);
  const card = source.kind === 'card' ? cardIndex(tx, source.card) : null;
  const person = owner.clientId;
  await rows(
    tx,
    `insert into payment_source (id, entity_id, client_id, kind, provider, fingerprint_index, card_index, label_ct, details_ct, expires_on)
     values (:id, :entityId, :clientId, :kind, :provider, :fingerprint, :card, :label, :details, :expiresOn)
     on conflict (client_id, provider, fingerprint_index) do nothing`,
    {
      id: newId('source'),
      entityId: owner.entityId,
      clientId: owner.clientId,
      kind,
      provider: source.provider,
      ...{ fingerprint, card },
      label: await encryptFor(tx, person, 'source.label', label),
      details: await encryptFor(tx, person, 'source.details', JSON.stringify(details)),
      expiresOn: source.kind === 'card' ? lastDayOf(source.card) : null,
    },
  );
  const [row] = await rows<{ id: string }>(
    tx,
    'select id from payment_source where client_id = :clientId and provider = :provider and fingerprint_index = :fingerprint',
    { clientId: owner.clientId, provider: source.provider, fingerprint },
  );
  if (!row) throw new Error('the payment source was not kept');
  return row.id;
}

/** What every account at a provider tells of a card, where its fingerprint is each account's own. */
export function cardIndex(
  tx: Tx,
  { brand, last4, expMonth, expYear }: Omit<CardDetails, 'fingerprint'>,
) {
  const text = `card/${brand.toLowerCase()}/${last4}/${expYear}-${expMonth}`;
  return blindIndex(tx.keys, 'instrument', text);
}

function describeSource(source: Parameters<typeof saveSource>[2]): {
  readonly kind: SourceKind;
  readonly id: string;
  readonly label: string;
  readonly details: object;
} {
  switch (source.kind) {
    case 'card': {
      const { card } = source;
      const label = `${card.brand} ending ${card.last4}`;
      return { kind: 'card', id: card.fingerprint, label, details: card };
    }
    case 'bank': {
      const { bank } = source;
      const { iban, local, country } = bank;
      if (local !== undefined) {
        const { accountNumber, bankCode } = local;
        const label = `${bankCode} account ending ${accountNumber.slice(-4)} (${local.currency})`;
        return {
          kind: 'bank',
          id: `${country}/${bankCode}/${accountNumber}`,
          label,
          details: bank,
        };
      }
      if (iban === null) throw new Error('a bank account has a number');
      const label = `Bank account ending ${iban.slice(-4)}`;
      return { kind: 'bank', id: iban, label, details: bank };
    }
    case 'address': {
      const { address } = source;
      const keeper = address.vasp === null ? '' : ` at ${address.vasp}`;
      const label = `Address ${shortAddress(address.address)}${keeper}, ${networkInWords(address.network)}`;
      // Whose it is may have been said wrongly first: each word of it is kept for itself.
      const holder = address.holderName === null ? [] : [address.vasp ?? '', address.holderName];
      const id = [addressInstrument(address.network, address.address), ...holder].join('/');
      return { kind: 'crypto_address', id, label, details: address };
    }
    case 'payer': {
      const { payer, address } = source;
      const label = `${payerWords[payer.kind]} ${payer.label}`;
      return { kind: payer.kind, id: payer.fingerprint, label, details: { ...payer, address } };
    }
  }
}

const payerWords: Readonly<Record<PayerDetails['kind'], string>> = {
  wallet: 'Wallet',
  msisdn: 'Phone',
  bank_account: 'Bank account',
  crypto_address: 'Address',
};

function lastDayOf({ expMonth, expYear }: CardDetails): string {
  return new Date(Date.UTC(expYear, expMonth, 0)).toISOString().slice(0, 10);
}

export interface SourceLabel {
  readonly id: string;
  readonly kind: SourceKind;
  readonly provider: string;
  readonly label: string;
  readonly expiresOn: string | null;
  readonly state: string;
  /** RFC 3339: since when an address is proven to be its client's. */
  readonly provenAt: string | null;
}

export async function sourcesOfClient(tx: Tx, clientId: string): Promise<SourceLabel[]> {
  const found = await rows<{
    id: string;
    kind: SourceKind;
    provider: string;
    label_ct: string;
    expires_on: string | null;
    state: string;
    proven_at: string | null;
  }>(
    tx,
    `select id, kind, provider, label_ct, expires_on, state, proven_at from payment_source where client_id = :clientId
     order by created_at limit 100`,
    { clientId },
  );
  const labels: SourceLabel[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) {
    labels.push({
      id: row.id,
      kind: row.kind,
      provider: row.provider,
      label: await decryptFor(tx, clientId, 'source.label', row.label_ct),
      expiresOn: row.expires_on,
      state: row.state,
      provenAt: row.proven_at === null ? null : utc(row.proven_at),
    });
  }
  return labels;
}

/** Ids of the client's bank accounts that take payouts, the newest first. */
export async function bankAccountsOf(tx: Tx, clientId: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `select id from payment_source where client_id = :clientId and kind = 'bank' and state = 'active'
     order by created_at desc limit 50`,
    { clientId },
  );
  return found.map(({ id }) => id);
}

/** The bank account of a source, for the provider's request alone. */
export async function bankDetails(
  tx: Tx,
  clientId: string,
  sourceId: string,
): Promise<BankDetails> {
  const [row] = await rows<{ details_ct: string }>(
    tx,
    `select details_ct from payment_source where id = :sourceId and client_id = :clientId and kind = 'bank'`,
    { sourceId, clientId },
  );
  if (!row) throw new Error(`there is no bank account ${sourceId}`);
  return JSON.parse(
    await decryptFor(tx, clientId, 'source.details', row.details_ct),
  ) as BankDetails;
}

/** Where a payout reaches what paid in, for the provider's request alone; null when the payer did not say. */
export async function payerAddress(
  tx: Tx,
  clientId: string,
  sourceId: string,
): Promise<string | null> {
  const [row] = await rows<{ details_ct: string }>(
    tx,
    'select details_ct from payment_source where id = :sourceId and client_id = :clientId',
    { sourceId, clientId },
  );
  if (!row) return null;
  const text = await decryptFor(tx, clientId, 'source.details', row.details_ct);
  if (text === erasedText) return null;
  const { address } = JSON.parse(text) as { readonly address?: string | null };
  return address ?? null;
}

/** Adds a bank account for payouts. It counts as a change of instrument: no automatic approval for a while. */
export async function addBankAccount(
  tx: Tx,
  owner: Owner,
  bank: BankDetails,
): Promise<SourceLabel> {
  const id = await asSystem(tx, async (system) => {
    const saved = await saveSource(system, owner, { kind: 'bank', provider: 'bank', bank });
    await announceAdded(system, owner, {
      ...{ id: saved, kind: 'bank', change: 'A bank account for payouts' },
    });
    return saved;
  });
  return ownSource(tx, owner, id);
}

/** Whoever watches over the client is told of a new place where their money may go, the client by letter among them. */
export async function announceAdded(
  tx: Tx,
  owner: Owner,
  { id, kind, change }: { readonly id: string; readonly kind: SourceKind; readonly change: string },
): Promise<void> {
  await appendEvents(tx, [
    {
      subject: owner.clientId,
      type: 'client.payout_instrument_added',
      entityId: owner.entityId,
      clientId: owner.clientId,
      payload: { source: id, kind },
    },
  ]);
  await queueMail(tx, {
    key: `instrument_changed/${id}`,
    kind: 'instrument_changed',
    // Not spread: a scope is an owner, too, and has a kind of its own.
    entityId: owner.entityId,
    clientId: owner.clientId,
    data: { change, at: mailTime(new Date()) },
  });
  await wakeVerificationClock(tx, owner.clientId);
  await resumeOfClient(tx, owner.clientId);
}

/** A source of the client's as they see it. */
export async function ownSource(
  tx: Tx,
  { clientId }: Pick<Owner, 'clientId'>,
  id: string,
): Promise<SourceLabel> {
  const source = (await sourcesOfClient(tx, clientId)).find((candidate) => candidate.id === id);
  if (!source) throw new Error('the source is not visible to its owner');
  return source;
}

/** Throws `not_found` (404) when the source is not an active one of the client's. */
export async function assertOwnSource(
  tx: Tx,
  { clientId, sourceId, kind }: { clientId: string; sourceId: string; kind: 'card' | 'bank' },
): Promise<void> {
  const found = await rows(
    tx,
    `select 1 from payment_source where id = :sourceId and client_id = :clientId and kind = :kind and state = 'active'`,
    { sourceId, clientId, kind },
  );
  if (found.length === 0) throw notFound('payment source');
}

/**
 * The bank account that a withdrawal in the currency may go to. Throws `not_found` (404) when it is not an active one of
 * the client's, and `account_currency` (422) for one that takes another currency alone.
 */
export async function assertOwnBankAccount(
  tx: Tx,
  of: { readonly clientId: string; readonly sourceId: string; readonly currency: string },
): Promise<void> {
  await assertOwnSource(tx, { clientId: of.clientId, sourceId: of.sourceId, kind: 'bank' });
  const bank = await bankDetails(tx, of.clientId, of.sourceId);
  if (takesCurrency(bank, of.currency)) return;
  const { currency } = bank.local ?? of;
  throw refused('account_currency', `That bank account takes ${currency} alone.`, { currency });
}

/** Throws `not_found` (404) when the source is none of the client's, whatever has become of it. */
export async function assertKnownSource(
  tx: Tx,
  { clientId, sourceId }: { readonly clientId: string; readonly sourceId: string },
): Promise<void> {
  const found = await rows(
    tx,
    'select 1 from payment_source where id = :sourceId and client_id = :clientId',
    { sourceId, clientId },
  );
  if (found.length === 0) throw notFound('payment source');
}
