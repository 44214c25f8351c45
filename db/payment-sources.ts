import { newId } from '../domain/ids';
import { notFound, refused } from '../domain/problem';
import type { LocalAccount } from '../domain/payments/local-account';
import type { Source } from '../domain/payments/return-to-source';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { mailTime, queueMail } from './mails';
import { blindIndex, decryptFor, encryptFor, erasedText } from './personal-data';
import { wakeVerificationClock } from './verification-clocks';

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

export const sourceKinds = [
  'card',
  'bank',
  'wallet',
  'msisdn',
  'bank_account',
  'crypto_address',
] as const;
export type SourceKind = (typeof sourceKinds)[number];

interface Owner {
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
function cardIndex(tx: Tx, { brand, last4, expMonth, expYear }: Omit<CardDetails, 'fingerprint'>) {
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
}

export async function sourcesOfClient(tx: Tx, clientId: string): Promise<SourceLabel[]> {
  const found = await rows<{
    id: string;
    kind: SourceKind;
    provider: string;
    label_ct: string;
    expires_on: string | null;
    state: string;
  }>(
    tx,
    'select id, kind, provider, label_ct, expires_on, state from payment_source where client_id = :clientId order by created_at limit 50',
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

/** What each of the client's deposits in the currency can still take back. */
export async function returnSources(tx: Tx, owner: Owner, currency: string): Promise<Source[]> {
  const found = await rows<{
    id: string;
    source_id: string;
    kind: SourceKind;
    provider: string;
    capacity: string;
    credited_at: string;
    expired: boolean;
  }>(
    tx,
    `select d.id, d.source_id, s.kind, d.provider, d.amount_minor - d.refunded_minor - d.refunding_minor - d.charged_back_minor as capacity,
       d.credited_at, (s.state <> 'active' or coalesce(s.expires_on < current_date, false)) as expired
     from deposit d join payment_source s on s.id = d.source_id
     where d.client_id = :clientId and d.entity_id = :entityId and d.currency = :currency and d.state = 'credited'
     order by d.credited_at limit 1000 for update of d`,
    { entityId: owner.entityId, clientId: owner.clientId, currency },
  );
  return found.map((row) => ({
    depositId: row.id,
    sourceId: row.source_id,
    kind: row.kind,
    provider: row.provider,
    capacityMinor: BigInt(row.capacity),
    depositedAt: utc(row.credited_at),
    expired: row.expired,
  }));
}

/**
 * Whether deposits in other currencies could still take money back: each keeps its capacity in its own currency, and
 * what was exchanged since leaves in another one.
 */
export async function hasOtherSources(
  tx: Tx,
  { entityId, clientId }: Owner,
  of: { readonly currency: string; readonly windowDays: number | null },
): Promise<boolean> {
  const found = await rows(
    tx,
    `select 1 from deposit d join payment_source s on s.id = d.source_id
     where d.client_id = :clientId and d.entity_id = :entityId and d.currency <> :currency and d.state = 'credited'
       and d.amount_minor > d.refunded_minor + d.refunding_minor + d.charged_back_minor
       and (:windowDays::int is null or d.credited_at > now() - :windowDays::int * interval '1 day') limit 1`,
    { entityId, clientId, ...of },
  );
  return found.length > 0;
}

/** Adds a bank account for payouts. It counts as a change of instrument: no automatic approval for a while. */
export async function addBankAccount(
  tx: Tx,
  owner: Owner,
  bank: BankDetails,
): Promise<SourceLabel> {
  const id = await asSystem(tx, async (system) => {
    const saved = await saveSource(system, owner, { kind: 'bank', provider: 'bank', bank });
    await appendEvents(system, [
      {
        subject: owner.clientId,
        type: 'client.payout_instrument_added',
        entityId: owner.entityId,
        clientId: owner.clientId,
        payload: { source: saved, kind: 'bank' },
      },
    ]);
    await queueMail(system, {
      key: `instrument_changed/${saved}`,
      kind: 'instrument_changed',
      // Not spread: a scope is an owner, too, and has a kind of its own.
      entityId: owner.entityId,
      clientId: owner.clientId,
      data: { change: 'A bank account for payouts', at: mailTime(new Date()) },
    });
    await wakeVerificationClock(system, owner.clientId);
    return saved;
  });
  const source = (await sourcesOfClient(tx, owner.clientId)).find(
    (candidate) => candidate.id === id,
  );
  if (!source) throw new Error('the bank account is not visible to its owner');
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
