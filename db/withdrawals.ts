import type { EventType } from '../domain/access/event-access';
import { newId } from '../domain/ids';
import { formatAmount, type Money } from '../domain/money';
import { wallet } from '../domain/ledger/account';
import { isToken } from '../domain/payments/token-address';
import { notFound, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { wakeDormantAccounts } from './account-wakes';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { appendEvents, type Json } from './events';
import { placeHold } from './ledger';
import { bindingsOf, newestPayments, type PaymentFilter } from './payment-lists';
import { recordParticipation } from './tasks';

export const withdrawalStates = [
  'requested',
  'in_review',
  'approved',
  'paying',
  'paid',
  'partly_paid',
  'rejected',
  'cancelled',
  'failed',
] as const;
export type WithdrawalState = (typeof withdrawalStates)[number];

export interface Withdrawal {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly holdId: string;
  readonly state: WithdrawalState;
  readonly bankSourceId: string | null;
  /** Of tokens: the address that the client has named for them. */
  readonly addressSourceId: string | null;
  readonly policyPins: readonly string[];
  readonly refusal: string | null;
  readonly requestedBy: string;
  readonly editedBy: readonly string[];
  readonly version: number;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface WithdrawalRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly hold_id: string;
  readonly state: WithdrawalState;
  readonly bank_source_id: string | null;
  readonly address_source_id: string | null;
  readonly policy_pins: readonly string[];
  readonly refusal: string | null;
  readonly requested_by: string;
  readonly edited_by: readonly string[];
  readonly version: number;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns = `id, entity_id, client_id, amount_minor, currency, hold_id, state, bank_source_id, address_source_id, policy_pins, refusal, requested_by,
  edited_by, version, created_at, finished_at`;

const final = ['paid', 'partly_paid', 'rejected', 'cancelled', 'failed'];

function fromRow(row: WithdrawalRow): Withdrawal {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    holdId: row.hold_id,
    state: row.state,
    bankSourceId: row.bank_source_id,
    addressSourceId: row.address_source_id,
    policyPins: row.policy_pins,
    refusal: row.refusal,
    requestedBy: row.requested_by,
    editedBy: row.edited_by,
    version: row.version,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

/** Where the part goes that no source takes back: tokens never leave by a bank. */
export function namedSource({
  currency,
  bankSourceId,
  addressSourceId,
}: Pick<Withdrawal, 'currency' | 'bankSourceId' | 'addressSourceId'>): string | null {
  return isToken(currency) ? addressSourceId : bankSourceId;
}

export function isFinal(state: WithdrawalState): boolean {
  return final.includes(state);
}

export interface WithdrawalRequest {
  readonly entityId: string;
  readonly clientId: string;
  readonly userId: string;
  readonly amount: Money;
  /** Where the part goes that no card takes back; null while the client has given no account. */
  readonly bankSourceId: string | null;
  /** Where tokens go; null while the client has given no address. */
  readonly addressSourceId?: string | null;
}

/**
 * Takes the hold in the request's own transaction, so "insufficient funds" (422) is said at once and the same
 * money cannot be asked for twice. A restriction does not refuse here: the process decides, and the client
 * reads the neutral words whatever the reason.
 */
export async function requestWithdrawal(tx: Tx, request: WithdrawalRequest): Promise<Withdrawal> {
  if (request.amount.amountMinor <= 0n)
    throw refused('amount_not_positive', 'The amount must be above zero.');
  const id = newId('withdrawal');
  const holdId = newId('hold');
  const owner = {
    entityId: request.entityId,
    clientId: request.clientId,
    currency: request.amount.currency,
  };
  return asSystem(tx, async (system) => {
    await placeHold(system, {
      id: holdId,
      account: wallet(owner),
      amountMinor: request.amount.amountMinor,
      cause: id,
    });
    const [row] = await rows<WithdrawalRow>(
      system,
      `insert into withdrawal (id, entity_id, client_id, amount_minor, currency, hold_id, state, bank_source_id, address_source_id, requested_by)
       values (:id, :entityId, :clientId, :amount, :currency, :holdId, 'requested', :bankSourceId, :addressSourceId, :userId) returning ${columns}`,
      {
        id,
        ...owner,
        amount: request.amount.amountMinor.toString(),
        holdId,
        bankSourceId: request.bankSourceId,
        addressSourceId: request.addressSourceId ?? null,
        userId: request.userId,
      },
    );
    if (!row) throw new Error('the withdrawal was not inserted');
    const withdrawal = fromRow(row);
    await recordParticipation(system, id, request.userId, 'requested');
    await appendEvents(system, [withdrawalEvent(withdrawal, 'withdrawal.requested', {})]);
    await wakeDormantAccounts(system, withdrawal.clientId);
    await enqueueStart(system, {
      workflow: 'withdrawal',
      workflowId: workflowIds.withdrawal(id),
      taskQueue: taskQueues.workflows,
      args: { id },
      subject: id,
      entityId: withdrawal.entityId,
      clientId: withdrawal.clientId,
    });
    return withdrawal;
  });
}

/** Throws `not_found` (404). */
export async function readWithdrawal(tx: Tx, id: string): Promise<Withdrawal> {
  const [row] = await rows<WithdrawalRow>(tx, `select ${columns} from withdrawal where id = :id`, {
    id,
  });
  if (!row) throw notFound('withdrawal');
  return fromRow(row);
}

/** Keeps it from changing until the transaction ends. Throws `not_found` (404). */
export async function lockWithdrawal(tx: Tx, id: string): Promise<Withdrawal> {
  const [row] = await rows<WithdrawalRow>(
    tx,
    `select ${columns} from withdrawal where id = :id for update`,
    { id },
  );
  if (!row) throw notFound('withdrawal');
  return fromRow(row);
}

export async function listWithdrawals(tx: Tx, filter: PaymentFilter): Promise<Withdrawal[]> {
  const found = await rows<WithdrawalRow>(
    tx,
    `select ${columns} from withdrawal ${newestPayments}`,
    bindingsOf(filter),
  );
  return found.map(fromRow);
}

/**
 * Moves a withdrawal on under its row lock; answers it as it is then. Undefined when it is no longer in one of `from`:
 * whoever came first (the approver, the client's cancel) has won.
 */
export async function moveWithdrawal(
  tx: Tx,
  id: string,
  {
    from,
    to,
    event,
    refusal,
    pins,
  }: {
    from: readonly WithdrawalState[];
    to: WithdrawalState;
    event: EventType;
    refusal?: string;
    pins?: readonly string[];
  },
): Promise<Withdrawal | undefined> {
  const [row] = await rows<WithdrawalRow>(
    tx,
    `update withdrawal set state = :to, version = version + 1, refusal = coalesce(:refusal, refusal),
       policy_pins = coalesce(:pins::text[], policy_pins), finished_at = case when :isFinal then clock_timestamp() end
     where id = :id and state = any (:from) returning ${columns}`,
    {
      id,
      to,
      from: [...from],
      refusal: refusal ?? null,
      pins: pins ? [...pins] : null,
      isFinal: isFinal(to),
    },
  );
  if (!row) return undefined;
  const moved = fromRow(row);
  await appendEvents(tx, [withdrawalEvent(moved, event, refusal ? { code: refusal } : {})]);
  return moved;
}

export interface WithdrawalHistory {
  /** Sums by currency, this withdrawal included. */
  readonly last24h: readonly Money[];
  readonly last30d: readonly Money[];
  readonly count24h: number;
}

export async function withdrawalHistory(
  tx: Tx,
  withdrawal: Withdrawal,
): Promise<WithdrawalHistory> {
  const found = await rows<{ currency: string; day: string; month: string; count: number }>(
    tx,
    `select currency, coalesce(sum(amount_minor) filter (where created_at > now() - interval '24 hours'), 0) as day,
       sum(amount_minor) as month, count(*) filter (where created_at > now() - interval '24 hours')::int as count
     from withdrawal where client_id = :clientId and created_at > now() - interval '30 days'
       and state not in ('rejected', 'cancelled', 'failed') group by currency order by currency`,
    { clientId: withdrawal.clientId },
  );
  return {
    last24h: found.map(({ currency, day }) => ({ currency, amountMinor: BigInt(day) })),
    last30d: found.map(({ currency, month }) => ({ currency, amountMinor: BigInt(month) })),
    count24h: found.reduce((sum, { count }) => sum + count, 0),
  };
}

export function withdrawalEvent(
  withdrawal: Withdrawal,
  type: EventType,
  payload: { readonly [key: string]: Json },
) {
  return {
    subject: withdrawal.id,
    type,
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    payload: {
      amount: formatAmount(withdrawal.amountMinor, withdrawal.currency),
      currency: withdrawal.currency,
      ...payload,
    },
  };
}
