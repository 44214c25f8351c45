import type { EventType } from '../domain/access/event-access';
import { formatAmount } from '../domain/money';
import { house } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import { isIban } from '../domain/payments/account-numbers';
import type { ReceiptState } from '../domain/payments/receipt';
import { notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import { appendEvents, type Json } from './events';
import { postTransaction } from './ledger';
import { closePayerQuestions } from './payer-questions';
import type { BankDetails } from './payment-sources';
import { decryptFor, encryptFor, erasedText } from './personal-data';

/** Who takes and pays money at banks, as the ledger and intents call it. */
export const bankProvider = 'bank';

/** Money that has arrived on an account of the house. */
export interface Receipt {
  readonly id: string;
  readonly statementId: string;
  readonly entityId: string;
  /** Whose it is, once that is known. */
  readonly clientId: string | null;
  readonly bankAccount: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bookedOn: string | null;
  readonly bankReference: string | null;
  readonly reference: string | null;
  readonly code: string | null;
  readonly state: ReceiptState;
  readonly depositId: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

/** Who paid, as the bank tells it. */
export interface Payer {
  readonly name: string | null;
  readonly account: string | null;
  readonly remittance: string;
}

interface ReceiptRow {
  readonly id: string;
  readonly statement_id: string;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly bank_account: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly booked_on: string | null;
  readonly bank_reference: string | null;
  readonly reference: string | null;
  readonly code: string | null;
  readonly state: ReceiptState;
  readonly deposit_id: string | null;
  readonly created_at: string;
  readonly ended_at: string | null;
}

const columns = `id, statement_id, entity_id, client_id, bank_account, amount_minor, currency, booked_on, bank_reference, reference,
  code, state, deposit_id, created_at, ended_at`;

function fromRow(row: ReceiptRow): Receipt {
  return {
    id: row.id,
    statementId: row.statement_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    bankAccount: row.bank_account,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    bookedOn: row.booked_on,
    bankReference: row.bank_reference,
    reference: row.reference,
    code: row.code,
    state: row.state,
    depositId: row.deposit_id,
    createdAt: utc(row.created_at),
    endedAt: row.ended_at === null ? null : utc(row.ended_at),
  };
}

/** Throws `not_found` (404). */
export async function readReceipt(tx: Tx, id: string): Promise<Receipt> {
  const [row] = await rows<ReceiptRow>(tx, `select ${columns} from receipt where id = :id`, { id });
  if (!row) throw notFound('receipt');
  return fromRow(row);
}

/** The receipt, kept from changing until the transaction ends. Throws `not_found` (404). */
export async function lockReceipt(tx: Tx, id: string): Promise<Receipt> {
  const [row] = await rows<ReceiptRow>(
    tx,
    `select ${columns} from receipt where id = :id for update`,
    { id },
  );
  if (!row) throw notFound('receipt');
  return fromRow(row);
}

/** The money that a deposit by bank transfer is made of; undefined for any other deposit. */
export async function receiptOfDeposit(tx: Tx, depositId: string): Promise<Receipt | undefined> {
  const [row] = await rows<ReceiptRow>(
    tx,
    `select ${columns} from receipt where deposit_id = :depositId`,
    { depositId },
  );
  return row && fromRow(row);
}

export interface ReceiptFilter {
  readonly state?: ReceiptState;
  readonly clientId?: string;
  readonly statementId?: string;
  /** The last receipt of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** The newest first. */
export async function listReceipts(tx: Tx, filter: ReceiptFilter): Promise<Receipt[]> {
  const found = await rows<ReceiptRow>(
    tx,
    `select ${columns} from receipt
     where (:state::text is null or state = :state) and (:clientId::text is null or client_id = :clientId)
       and (:statementId::text is null or statement_id = :statementId) and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    {
      state: filter.state ?? null,
      clientId: filter.clientId ?? null,
      statementId: filter.statementId ?? null,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return found.map(fromRow);
}

/** Who paid; undefined when that has been erased. */
export async function payerOfReceipt(tx: Tx, id: string): Promise<Payer | undefined> {
  const [row] = await rows<{ person_id: string; payer_ct: string }>(
    tx,
    'select person_id, payer_ct from receipt where id = :id',
    { id },
  );
  if (!row) throw notFound('receipt');
  const text = await decryptFor(tx, row.person_id, 'receipt.payer', row.payer_ct);
  // A parser: it was written by `sealPayer`.
  return text === erasedText ? undefined : (JSON.parse(text) as Payer);
}

/** The payer's account as one that can be paid to; undefined where the bank does not tell it. */
export function payeeOfPayer({ name, account }: Payer): BankDetails | undefined {
  const iban = account?.replaceAll(/\s/g, '').toUpperCase();
  if (!name || iban === undefined || !isIban(iban)) return undefined;
  return { holderName: name, country: iban.slice(0, 2), iban, bic: null };
}

export function sealPayer(tx: Tx, personId: string, payer: Payer): Promise<string> {
  return encryptFor(tx, personId, 'receipt.payer', JSON.stringify(payer));
}

/** It is a client's deposit from now on, and what is known of the payer is the client's. */
export async function attachReceipt(
  tx: Tx,
  receipt: Receipt,
  { clientId, depositId }: { readonly clientId: string; readonly depositId: string },
): Promise<void> {
  const payer = await payerOfReceipt(tx, receipt.id);
  const moved = await rows(
    tx,
    `update receipt set state = 'allocated', client_id = :clientId, deposit_id = :depositId, person_id = :clientId,
       payer_ct = :payer, ended_at = clock_timestamp()
     where id = :id and state = 'unallocated' returning 1`,
    {
      ...{ id: receipt.id, clientId, depositId },
      payer: await sealPayer(
        tx,
        clientId,
        payer ?? { name: null, account: null, remittance: erasedText },
      ),
    },
  );
  if (moved.length === 0) throw new Error(`${receipt.id} is ${receipt.state}`);
  await appendEvents(tx, [
    receiptEvent({ ...receipt, clientId }, 'receipt.allocated', { deposit: depositId }),
  ]);
}

/** People have decided that it goes back. False when it does so already, or did. */
export async function startReturning(tx: Tx, receipt: Receipt): Promise<boolean> {
  const moved = await rows(
    tx,
    `update receipt set state = 'returning' where id = :id and state in ('unallocated', 'allocated') returning 1`,
    { id: receipt.id },
  );
  if (moved.length > 0) await appendEvents(tx, [receiptEvent(receipt, 'receipt.returning', {})]);
  return moved.length > 0;
}

/** The bank has paid it back: it leaves the books once. */
export async function markReceiptReturned(
  tx: Tx,
  receipt: Receipt,
  providerRef: string,
): Promise<void> {
  const moved = await rows(
    tx,
    `update receipt set state = 'returned', ended_at = clock_timestamp() where id = :id and state = 'returning' returning 1`,
    { id: receipt.id },
  );
  if (moved.length === 0) return;
  await postTransaction(tx, {
    key: `receipt_returned/${receipt.id}`,
    kind: 'receipt_returned',
    entityId: receipt.entityId,
    clientId: receipt.clientId,
    cause: receipt.id,
    legs: move(
      house('unallocated', receipt),
      house('psp_clearing', receipt, bankProvider),
      receipt.amountMinor,
    ),
  });
  await closePayerQuestions(tx, receipt.id);
  await appendEvents(tx, [receiptEvent(receipt, 'receipt.returned', { providerRef })]);
}

export function receiptEvent(
  receipt: Pick<Receipt, 'id' | 'entityId' | 'clientId' | 'amountMinor' | 'currency'>,
  type: EventType,
  payload: { readonly [key: string]: Json },
) {
  return {
    subject: receipt.id,
    type,
    entityId: receipt.entityId,
    clientId: receipt.clientId,
    payload: {
      amount: formatAmount(receipt.amountMinor, receipt.currency),
      currency: receipt.currency,
      ...payload,
    },
  };
}
