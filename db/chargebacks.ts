import type { EventType } from '../domain/access/event-access';
import { formatAmount } from '../domain/money';
import type { ChargebackPosition, ToldOfDispute } from '../domain/payments/chargeback';
import { notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import type { Json } from './events';
import { bindingsOf, newestPayments, type PaymentFilter } from './payment-lists';

export const chargebackStates = ['open', 'contested', 'accepted', 'won', 'lost'] as const;
export type ChargebackState = (typeof chargebackStates)[number];

/** A payment that its payer's bank or wallet has taken back, one row for a dispute of its provider. */
export interface Chargeback extends ChargebackPosition {
  readonly id: string;
  readonly depositId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly provider: string;
  /** The provider's number of the dispute. */
  readonly disputeRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** The provider's code. */
  readonly reason: string;
  readonly state: ChargebackState;
  /** The provider's latest word, and when it was said by its clock. */
  readonly told: ToldOfDispute;
  readonly toldAt: string;
  /** What the provider has charged for it so far; the house pays it. */
  readonly feeMinor: bigint;
  readonly feeCurrency: string | null;
  readonly restrictionId: string | null;
  readonly evidenceDueAt: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

export interface ChargebackRow {
  readonly id: string;
  readonly deposit_id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly provider: string;
  readonly dispute_ref: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly reason: string;
  readonly state: ChargebackState;
  readonly told: ToldOfDispute;
  readonly told_at: string;
  readonly taken_minor: string;
  readonly owed_minor: string;
  readonly written_off_minor: string;
  readonly fee_minor: string;
  readonly fee_currency: string | null;
  readonly restriction_id: string | null;
  readonly evidence_due_at: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly ended_at: string | null;
}

export const chargebackColumns = `id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason,
  state, told, told_at, taken_minor, owed_minor, written_off_minor, fee_minor, fee_currency, restriction_id, evidence_due_at, version,
  created_at, ended_at`;

export function chargebackFromRow(row: ChargebackRow): Chargeback {
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    id: row.id,
    depositId: row.deposit_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    provider: row.provider,
    disputeRef: row.dispute_ref,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    reason: row.reason,
    state: row.state,
    told: row.told,
    toldAt: utc(row.told_at),
    takenMinor: BigInt(row.taken_minor),
    owedMinor: BigInt(row.owed_minor),
    writtenOffMinor: BigInt(row.written_off_minor),
    feeMinor: BigInt(row.fee_minor),
    feeCurrency: row.fee_currency,
    restrictionId: row.restriction_id,
    evidenceDueAt: time(row.evidence_due_at),
    version: row.version,
    createdAt: utc(row.created_at),
    endedAt: time(row.ended_at),
  };
}

/** Throws `not_found` (404). */
export async function readChargeback(tx: Tx, id: string): Promise<Chargeback> {
  const [row] = await rows<ChargebackRow>(
    tx,
    `select ${chargebackColumns} from chargeback where id = :id`,
    { id },
  );
  if (!row) throw notFound('chargeback');
  return chargebackFromRow(row);
}

/** The chargeback, kept from changing until the transaction ends. Throws `not_found` (404). */
export async function lockChargeback(tx: Tx, id: string): Promise<Chargeback> {
  const [row] = await rows<ChargebackRow>(
    tx,
    `select ${chargebackColumns} from chargeback where id = :id for update`,
    { id },
  );
  if (!row) throw notFound('chargeback');
  return chargebackFromRow(row);
}

/** Chargebacks that the scope may see, the newest first. */
export async function listChargebacks(tx: Tx, filter: PaymentFilter): Promise<Chargeback[]> {
  const found = await rows<ChargebackRow>(
    tx,
    `select ${chargebackColumns} from chargeback ${newestPayments}`,
    bindingsOf(filter),
  );
  return found.map(chargebackFromRow);
}

/** Chargebacks of a deposit, the newest first. */
export async function chargebacksOf(tx: Tx, depositId: string): Promise<Chargeback[]> {
  const found = await rows<ChargebackRow>(
    tx,
    `select ${chargebackColumns} from chargeback where deposit_id = :depositId order by id desc limit 50`,
    { depositId },
  );
  return found.map(chargebackFromRow);
}

/** What a client owes after chargebacks, by currency. */
export async function owedByClient(
  tx: Tx,
  clientId: string,
): Promise<{ readonly amountMinor: bigint; readonly currency: string }[]> {
  const found = await rows<{ currency: string; owed: string }>(
    tx,
    `select currency, sum(owed_minor) as owed from chargeback where client_id = :clientId group by currency
     having sum(owed_minor) > 0 order by currency`,
    { clientId },
  );
  return found.map(({ currency, owed }) => ({ amountMinor: BigInt(owed), currency }));
}

export function chargebackEvent(
  chargeback: Chargeback,
  type: EventType,
  payload: { readonly [key: string]: Json },
) {
  const { currency } = chargeback;
  return {
    subject: chargeback.id,
    type,
    entityId: chargeback.entityId,
    clientId: chargeback.clientId,
    payload: {
      deposit: chargeback.depositId,
      amount: formatAmount(chargeback.amountMinor, currency),
      currency,
      taken: formatAmount(chargeback.takenMinor, currency),
      owed: formatAmount(chargeback.owedMinor, currency),
      ...payload,
    },
  };
}
