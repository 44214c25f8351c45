import type { EventType } from '../domain/access/event-access';
import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { wallet } from '../domain/ledger/account';
import { formatAmount } from '../domain/money';
import { obstaclesTo } from '../domain/payments/capabilities';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { forbidden, notFound, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { asSystem, rows, utc, type Tx } from './connection';
import { lockDeposit } from './deposits';
import { enqueueStart } from './dispatch';
import { appendEvents, type Json } from './events';
import { placeHold } from './ledger';
import { decryptFor, encryptFor } from './personal-data';
import { recordParticipation } from './tasks';

export const refundStates = ['requested', 'approved', 'paid', 'refused', 'cancelled'] as const;
export type RefundState = (typeof refundStates)[number];

/** A deposit, or a part of one, that a colleague wants to give back by the way it came. */
export interface Refund {
  readonly id: string;
  readonly depositId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly provider: string;
  readonly holdId: string;
  readonly state: RefundState;
  /** Words of the one who asked. */
  readonly reason: string;
  readonly providerRef: string | null;
  readonly failure: string | null;
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface RefundRow {
  readonly id: string;
  readonly deposit_id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly provider: string;
  readonly hold_id: string;
  readonly state: RefundState;
  readonly reason_ct: string;
  readonly provider_ref: string | null;
  readonly failure: string | null;
  readonly requested_by: string;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns = `id, deposit_id, entity_id, client_id, amount_minor, currency, provider, hold_id, state, reason_ct, provider_ref,
  failure, requested_by, created_at, finished_at`;

async function fromRow(tx: Tx, row: RefundRow): Promise<Refund> {
  return {
    id: row.id,
    depositId: row.deposit_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    provider: row.provider,
    holdId: row.hold_id,
    state: row.state,
    reason: await decryptFor(tx, row.client_id, 'refund.reason', row.reason_ct),
    providerRef: row.provider_ref,
    failure: row.failure,
    requestedBy: row.requested_by,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

export interface RefundRequest {
  readonly depositId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly reason: string;
}

/**
 * A colleague asks for a deposit, or a part of it, to be given back; another one approves. In the request's own transaction
 * the money is held in the wallet (422 `insufficient_funds`) and set aside of the deposit, under its lock: what was
 * refunded, is on its way back or was charged back is never given twice (422 `more_than_deposited`). Throws 404 for a
 * deposit that the scope does not see.
 */
export async function requestRefund(
  tx: Tx,
  request: RefundRequest,
  providers: readonly ConfiguredProvider[],
): Promise<Refund> {
  const { scope } = tx;
  if (scope.kind !== 'staff' || !may(scope, 'payment.operate')) throw forbidden('payment.operate');
  const { userId } = scope;
  const { depositId, amountMinor, currency } = request;
  await assertDepositVisible(tx, depositId);
  return asSystem(tx, async (system) => {
    const deposit = await lockDeposit(system, depositId);
    if (deposit.state !== 'credited')
      throw refused('not_credited', 'Only a deposit that is in the wallet can be given back.', {
        state: deposit.state,
      });
    if (currency !== deposit.currency)
      throw refused('currency_mismatch', `The deposit is in ${deposit.currency}.`);
    const provider = providers.find(({ name }) => name === deposit.provider);
    const movement = { operation: 'refund', amountMinor, currency } as const;
    const [obstacle] = provider ? obstaclesTo(provider.capabilities, movement) : ['unsupported'];
    if (obstacle !== undefined)
      throw refused('refund_unsupported', 'Its provider cannot give this back.', {
        provider: deposit.provider,
        obstacle,
      });
    const leftMinor = await leftToRefund(system, depositId);
    if (amountMinor <= 0n || amountMinor > leftMinor)
      throw refused('more_than_deposited', 'Not so much of this deposit can go back any more.', {
        left: formatAmount(leftMinor > 0n ? leftMinor : 0n, currency),
      });
    const id = newId('refund');
    const holdId = newId('hold');
    await placeHold(system, { id: holdId, account: wallet(deposit), amountMinor, cause: id });
    await rows(
      system,
      'update deposit set refunding_minor = refunding_minor + :amount where id = :depositId',
      { depositId, amount: amountMinor.toString() },
    );
    const [row] = await rows<RefundRow>(
      system,
      `insert into deposit_refund (id, deposit_id, entity_id, client_id, amount_minor, currency, provider, hold_id, state,
         reason_ct, requested_by)
       values (:id, :depositId, :entityId, :clientId, :amount, :currency, :provider, :holdId, 'requested', :reason, :userId)
       returning ${columns}`,
      {
        ...{ id, depositId, currency, holdId, userId },
        entityId: deposit.entityId,
        clientId: deposit.clientId,
        provider: deposit.provider,
        amount: amountMinor.toString(),
        reason: await encryptFor(system, deposit.clientId, 'refund.reason', request.reason),
      },
    );
    if (!row) throw new Error('the refund was not inserted');
    const refund = await fromRow(system, row);
    await recordParticipation(system, id, userId, 'requested');
    await appendEvents(system, [refundEvent(refund, 'refund.requested', {})]);
    await enqueueStart(system, {
      workflow: 'depositRefund',
      workflowId: workflowIds.refund(id),
      taskQueue: taskQueues.workflows,
      args: { id },
      subject: id,
      entityId: refund.entityId,
      clientId: refund.clientId,
    });
    return refund;
  });
}

async function assertDepositVisible(tx: Tx, id: string): Promise<void> {
  const found = await rows(tx, 'select 1 from deposit where id = :id', { id });
  if (found.length === 0) throw notFound('deposit');
}

/** What of a locked deposit is still there to go back. */
async function leftToRefund(tx: Tx, depositId: string): Promise<bigint> {
  const [row] = await rows<{ left: string }>(
    tx,
    'select amount_minor - refunded_minor - refunding_minor - charged_back_minor as left from deposit where id = :depositId',
    { depositId },
  );
  return BigInt(row?.left ?? '0');
}

/** Throws `not_found` (404). */
export async function readRefund(tx: Tx, id: string): Promise<Refund> {
  const [row] = await rows<RefundRow>(tx, `select ${columns} from deposit_refund where id = :id`, {
    id,
  });
  if (!row) throw notFound('refund');
  return fromRow(tx, row);
}

/** Refunds of a deposit, the newest first. */
export async function refundsOf(tx: Tx, depositId: string): Promise<Refund[]> {
  const found = await rows<RefundRow>(
    tx,
    `select ${columns} from deposit_refund where deposit_id = :depositId order by id desc limit 100`,
    { depositId },
  );
  const refunds: Refund[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) refunds.push(await fromRow(tx, row));
  return refunds;
}

/** Moves a refund on; false when it is no longer in one of `from`: whoever came first has won. */
export async function moveRefund(
  tx: Tx,
  id: string,
  {
    from,
    to,
    providerRef,
    failure,
  }: {
    from: readonly RefundState[];
    to: RefundState;
    providerRef?: string;
    failure?: string;
  },
): Promise<boolean> {
  const [row] = await rows<RefundRow>(
    tx,
    `update deposit_refund set state = :to, version = version + 1, provider_ref = coalesce(:providerRef, provider_ref),
       failure = coalesce(:failure, failure),
       finished_at = case when :to in ('paid', 'refused', 'cancelled') then clock_timestamp() end
     where id = :id and state = any (:from) returning ${columns}`,
    { id, to, from: [...from], providerRef: providerRef ?? null, failure: failure ?? null },
  );
  if (row)
    await appendEvents(tx, [
      refundEvent(await fromRow(tx, row), `refund.${to}`, {
        ...(providerRef === undefined ? {} : { providerRef }),
        ...(failure === undefined ? {} : { code: failure }),
      }),
    ]);
  return row !== undefined;
}

function refundEvent(refund: Refund, type: EventType, payload: { readonly [key: string]: Json }) {
  return {
    subject: refund.id,
    type,
    entityId: refund.entityId,
    clientId: refund.clientId,
    payload: {
      deposit: refund.depositId,
      amount: formatAmount(refund.amountMinor, refund.currency),
      currency: refund.currency,
      ...payload,
    },
  };
}
