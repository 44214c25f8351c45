import type { EventType } from '../domain/access/event-access';
import { formatAmount } from '../domain/money';
import { house, type LedgerAccount, wallet } from '../domain/ledger/account';
import { notFound } from '../domain/problem';
import type { TradingAccount } from './accounts';
import { rows, utc, type Tx } from './connection';
import { bindingsOf, newestPayments, type PaymentFilter } from './payment-lists';

export const transferStates = [
  'requested',
  'sending',
  'unknown',
  'in_review',
  'done',
  'refused',
] as const;
export type TransferState = (typeof transferStates)[number];

/**
 * Why money moves into or out of an account: a client's own transfer, the balance of an account that closes or
 * migrates, a fee, the house making good a negative balance, the wallet paying for one, or what goes back to a client
 * who was not verified in time.
 */
export type TransferPurpose =
  'client' | 'closure' | 'migration' | 'dormancy_fee' | 'negative_balance' | 'offset' | 'give_back';

export interface Transfer {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly direction: 'to_account' | 'to_wallet';
  readonly purpose: TransferPurpose;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly holdId: string | null;
  readonly state: TransferState;
  readonly ticket: string | null;
  readonly refusal: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  /** The request of the account that it belongs to. */
  readonly requestId: string | null;
  /** The workflow that waits for its end. */
  readonly wakes: string | null;
}

export interface TransferRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly account_id: string;
  readonly direction: 'to_account' | 'to_wallet';
  readonly purpose: TransferPurpose;
  readonly amount_minor: string;
  readonly currency: string;
  readonly hold_id: string | null;
  readonly state: TransferState;
  readonly ticket: string | null;
  readonly refusal: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
  readonly request_id: string | null;
  readonly wakes: string | null;
}

export const transferColumns = `id, entity_id, client_id, account_id, direction, purpose, amount_minor, currency, hold_id, state, ticket,
  refusal, created_at, finished_at, request_id, wakes`;

export function transferFromRow(row: TransferRow): Transfer {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    accountId: row.account_id,
    direction: row.direction,
    purpose: row.purpose,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    holdId: row.hold_id,
    state: row.state,
    ticket: row.ticket,
    refusal: row.refusal,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
    requestId: row.request_id,
    wakes: row.wakes,
  };
}

/** Throws `not_found` (404). */
export async function readTransfer(tx: Tx, id: string): Promise<Transfer> {
  const [row] = await rows<TransferRow>(
    tx,
    `select ${transferColumns} from transfer where id = :id`,
    {
      id,
    },
  );
  if (!row) throw notFound('transfer');
  return transferFromRow(row);
}

export async function listTransfers(tx: Tx, filter: PaymentFilter): Promise<Transfer[]> {
  const found = await rows<TransferRow>(
    tx,
    `select ${transferColumns} from transfer ${newestPayments}`,
    bindingsOf(filter),
  );
  return found.map(transferFromRow);
}

/** Shows where an unfinished transfer stands. */
export async function markTransfer(
  tx: Tx,
  id: string,
  state: 'sending' | 'unknown' | 'in_review',
): Promise<void> {
  await rows(
    tx,
    `update transfer set state = :state, version = version + 1 where id = :id and state not in ('done', 'refused') and state <> :state`,
    { id, state },
  );
}

/** The movements that a request of an account has started, in order. */
export async function transfersOfRequest(tx: Tx, requestId: string): Promise<Transfer[]> {
  const found = await rows<TransferRow>(
    tx,
    `select ${transferColumns} from transfer where request_id = :requestId order by created_at, id limit 100`,
    { requestId },
  );
  return found.map(transferFromRow);
}

/** Where the money of a movement comes from, or goes to: the client's wallet unless the house pays or earns. */
export function counterpart(purpose: TransferPurpose, account: TradingAccount): LedgerAccount {
  switch (purpose) {
    case 'client':
    case 'closure':
    case 'migration':
    case 'offset':
    case 'give_back':
      return wallet(ownerOf(account));
    case 'dormancy_fee':
      return house('fees', ownerOf(account));
    case 'negative_balance':
      return house('negative_balance', ownerOf(account));
  }
}

export function ownerOf(account: TradingAccount) {
  return { entityId: account.entityId, clientId: account.clientId, currency: account.currency };
}

/** An event of a transfer; its payload always names the amount. */
export function transferEvent(
  transfer: Transfer,
  type: EventType,
  payload: { readonly [key: string]: string },
) {
  return {
    subject: transfer.id,
    type,
    entityId: transfer.entityId,
    clientId: transfer.clientId,
    payload: {
      amount: formatAmount(transfer.amountMinor, transfer.currency),
      currency: transfer.currency,
      ...payload,
    },
  };
}
