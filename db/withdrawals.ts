import { newId } from '../domain/ids';
import { formatAmount, type Money } from '../domain/money';
import { house, wallet } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import type { ReturnLeg } from '../domain/payments/return-to-source';
import { conflict, notFound, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueSignal, enqueueStart } from './dispatch';
import { appendEvents, type Json } from './events';
import { placeHold, postTransaction, voidHold } from './ledger';
import { finishProcess } from './processes';
import { cancelTask, latestTask, recordParticipation } from './tasks';

export type WithdrawalState =
  | 'requested'
  | 'in_review'
  | 'approved'
  | 'paying'
  | 'paid'
  | 'partly_paid'
  | 'rejected'
  | 'cancelled'
  | 'failed';

export interface Withdrawal {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly holdId: string;
  readonly state: WithdrawalState;
  readonly bankSourceId: string | null;
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
  readonly policy_pins: readonly string[];
  readonly refusal: string | null;
  readonly requested_by: string;
  readonly edited_by: readonly string[];
  readonly version: number;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns = `id, entity_id, client_id, amount_minor, currency, hold_id, state, bank_source_id, policy_pins, refusal, requested_by,
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
    policyPins: row.policy_pins,
    refusal: row.refusal,
    requestedBy: row.requested_by,
    editedBy: row.edited_by,
    version: row.version,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
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
      `insert into withdrawal (id, entity_id, client_id, amount_minor, currency, hold_id, state, bank_source_id, requested_by)
       values (:id, :entityId, :clientId, :amount, :currency, :holdId, 'requested', :bankSourceId, :userId) returning ${columns}`,
      {
        id,
        ...owner,
        amount: request.amount.amountMinor.toString(),
        holdId,
        bankSourceId: request.bankSourceId,
        userId: request.userId,
      },
    );
    if (!row) throw new Error('the withdrawal was not inserted');
    const withdrawal = fromRow(row);
    await recordParticipation(system, id, request.userId, 'requested');
    await appendEvents(system, [withdrawalEvent(withdrawal, 'withdrawal.requested', {})]);
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

export async function listWithdrawals(
  tx: Tx,
  {
    clientId,
    state,
    after,
    limit,
  }: { clientId?: string; state?: string; after?: string; limit: number },
): Promise<Withdrawal[]> {
  const found = await rows<WithdrawalRow>(
    tx,
    `select ${columns} from withdrawal where (:clientId::text is null or client_id = :clientId)
       and (:state::text is null or state = :state) and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    { clientId: clientId ?? null, state: state ?? null, after: after ?? null, limit },
  );
  return found.map(fromRow);
}

/**
 * Moves a withdrawal on under its row lock. False when it is no longer in one of `from`: whoever came first
 * (the approver, the client's cancel) has won.
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
    event: string;
    refusal?: string;
    pins?: readonly string[];
  },
): Promise<boolean> {
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
  if (row)
    await appendEvents(tx, [
      withdrawalEvent(fromRow(row), event, refusal ? { code: refusal } : {}),
    ]);
  return row !== undefined;
}

/** The client takes the request back, until the point of no return: once it is being paid it is 409. */
export async function cancelWithdrawal(tx: Tx, id: string): Promise<Withdrawal> {
  const withdrawal = await readWithdrawal(tx, id);
  return asSystem(tx, async (system) => {
    const moved = await moveWithdrawal(system, id, {
      from: ['requested', 'in_review', 'approved'],
      to: 'cancelled',
      event: 'withdrawal.cancelled',
    });
    if (!moved) {
      throw conflict('too_late', 'This withdrawal can no longer be cancelled.', {
        state: withdrawal.state,
      });
    }
    await releaseRest(system, withdrawal);
    const task = await latestTask(system, id, 'withdrawal_approval');
    if (task?.state === 'open') await cancelTask(system, task.id, 'cancelled by the client');
    await enqueueSignal(system, {
      workflowId: workflowIds.withdrawal(id),
      signal: 'changed',
      args: { what: 'cancelled' },
    });
    return readWithdrawal(system, id);
  });
}

/** Gives back what is left of the hold and frees the return capacity that was set aside. */
export async function releaseRest(tx: Tx, withdrawal: Withdrawal): Promise<void> {
  const [hold] = await rows<{ state: string }>(tx, 'select state from ledger_hold where id = :id', {
    id: withdrawal.holdId,
  });
  if (hold?.state === 'held') await voidHold(tx, withdrawal.holdId);
  await rows(
    tx,
    `update deposit d set refunding_minor = d.refunding_minor - l.sum from
       (select deposit_id, sum(amount_minor) as sum from withdrawal_leg
        where withdrawal_id = :id and deposit_id is not null and state in ('planned') group by 1) l
     where d.id = l.deposit_id`,
    { id: withdrawal.id },
  );
  await rows(
    tx,
    `update withdrawal_leg set state = 'refused', failure = 'not needed' where withdrawal_id = :id and state = 'planned'`,
    { id: withdrawal.id },
  );
}

export interface WithdrawalLeg {
  readonly withdrawalId: string;
  readonly leg: number;
  readonly kind: 'card_refund' | 'bank_payout';
  readonly depositId: string | null;
  readonly sourceId: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly provider: string;
  readonly state: 'planned' | 'sending' | 'accepted' | 'paid' | 'refused' | 'unknown';
  readonly providerRef: string | null;
  readonly failure: string | null;
}

/** Writes the return plan once and sets the refunded deposits' capacity aside, so that no two withdrawals use it. */
export async function planLegs(
  tx: Tx,
  withdrawal: Withdrawal,
  legs: readonly ReturnLeg[],
): Promise<void> {
  if ((await legsOf(tx, withdrawal.id)).length > 0) return;
  for (const [position, leg] of legs.entries()) {
    await rows(
      tx,
      `insert into withdrawal_leg (withdrawal_id, leg, entity_id, client_id, kind, deposit_id, source_id, amount_minor, currency, provider, state)
       values (:id, :leg, :entityId, :clientId, :kind, :depositId, :sourceId, :amount, :currency, :provider, 'planned')`,
      {
        id: withdrawal.id,
        leg: position + 1,
        entityId: withdrawal.entityId,
        clientId: withdrawal.clientId,
        kind: leg.kind,
        depositId: leg.depositId,
        sourceId: leg.sourceId ?? withdrawal.bankSourceId,
        amount: leg.amountMinor.toString(),
        currency: withdrawal.currency,
        provider: leg.provider,
      },
    );
    if (leg.depositId) {
      await rows(
        tx,
        'update deposit set refunding_minor = refunding_minor + :amount where id = :id',
        {
          id: leg.depositId,
          amount: leg.amountMinor.toString(),
        },
      );
    }
  }
}

export async function legsOf(tx: Tx, id: string): Promise<WithdrawalLeg[]> {
  const found = await rows<{
    withdrawal_id: string;
    leg: number;
    kind: 'card_refund' | 'bank_payout';
    deposit_id: string | null;
    source_id: string | null;
    amount_minor: string;
    currency: string;
    provider: string;
    state: WithdrawalLeg['state'];
    provider_ref: string | null;
    failure: string | null;
  }>(
    tx,
    `select withdrawal_id, leg, kind, deposit_id, source_id, amount_minor, currency, provider, state, provider_ref, failure
     from withdrawal_leg where withdrawal_id = :id order by leg`,
    { id },
  );
  return found.map((row) => ({
    withdrawalId: row.withdrawal_id,
    leg: row.leg,
    kind: row.kind,
    depositId: row.deposit_id,
    sourceId: row.source_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    provider: row.provider,
    state: row.state,
    providerRef: row.provider_ref,
    failure: row.failure,
  }));
}

export async function markLeg(
  tx: Tx,
  leg: { readonly withdrawalId: string; readonly leg: number },
  state: 'sending' | 'accepted' | 'unknown',
  providerRef: string | null = null,
): Promise<void> {
  await rows(
    tx,
    `update withdrawal_leg set state = :state, provider_ref = coalesce(:providerRef, provider_ref)
     where withdrawal_id = :id and leg = :leg and state not in ('paid', 'refused')`,
    { id: leg.withdrawalId, leg: leg.leg, state, providerRef },
  );
}

/** The provider has paid a leg: posted once from the hold, the deposit's refund counted. */
export async function payLeg(
  tx: Tx,
  withdrawal: Withdrawal,
  leg: WithdrawalLeg,
  providerRef: string,
): Promise<void> {
  const moved = await rows(
    tx,
    `update withdrawal_leg set state = 'paid', provider_ref = :providerRef
     where withdrawal_id = :id and leg = :leg and state not in ('paid', 'refused') returning 1`,
    { id: withdrawal.id, leg: leg.leg, providerRef },
  );
  if (moved.length === 0) return;
  await postTransaction(tx, {
    key: `payout/${withdrawal.id}/${leg.leg}`,
    kind: 'payout',
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    cause: withdrawal.id,
    legs: move(
      wallet(withdrawal),
      house('psp_clearing', withdrawal, leg.provider),
      leg.amountMinor,
    ),
    hold: { id: withdrawal.holdId, final: false },
  });
  if (leg.depositId) await settleRefund(tx, leg, leg.amountMinor);
  await appendEvents(tx, [
    withdrawalEvent(withdrawal, 'withdrawal.leg_paid', {
      leg: leg.leg,
      kind: leg.kind,
      provider: leg.provider,
      providerRef,
      legAmount: formatAmount(leg.amountMinor, leg.currency),
    }),
  ]);
}

/** The provider will never pay a leg: the capacity set aside is free again; the money stays held until the process ends. */
export async function refuseLeg(
  tx: Tx,
  withdrawal: Withdrawal,
  leg: WithdrawalLeg,
  failure: string,
): Promise<void> {
  const moved = await rows(
    tx,
    `update withdrawal_leg set state = 'refused', failure = :failure
     where withdrawal_id = :id and leg = :leg and state not in ('paid', 'refused') returning 1`,
    { id: withdrawal.id, leg: leg.leg, failure },
  );
  if (moved.length === 0) return;
  if (leg.depositId) await settleRefund(tx, leg, 0n);
  await appendEvents(tx, [
    withdrawalEvent(withdrawal, 'withdrawal.leg_refused', { leg: leg.leg, failure }),
  ]);
}

async function settleRefund(tx: Tx, leg: WithdrawalLeg, refundedMinor: bigint): Promise<void> {
  await rows(
    tx,
    `update deposit set refunding_minor = refunding_minor - :aside, refunded_minor = refunded_minor + :refunded where id = :id`,
    { id: leg.depositId, aside: leg.amountMinor.toString(), refunded: refundedMinor.toString() },
  );
}

/** Ends a withdrawal: what was not paid is free again, and the process is over. */
export async function finishWithdrawal(
  tx: Tx,
  id: string,
  { to, refusal }: { to: 'paid' | 'partly_paid' | 'rejected' | 'failed'; refusal?: string },
): Promise<void> {
  const moved = await moveWithdrawal(tx, id, {
    from: ['requested', 'in_review', 'approved', 'paying'],
    to,
    event: `withdrawal.${to}`,
    ...(refusal ? { refusal } : {}),
  });
  const withdrawal = await readWithdrawal(tx, id);
  if (moved) await releaseRest(tx, withdrawal);
  await finishProcess(tx, workflowIds.withdrawal(id), {
    state: withdrawal.state,
    outcome: refusal ?? withdrawal.state,
  });
}

export interface WithdrawalHistory {
  /** Sums of the currency, this withdrawal included. */
  readonly total24hMinor: bigint;
  readonly total30dMinor: bigint;
  readonly count24h: number;
}

export async function withdrawalHistory(
  tx: Tx,
  withdrawal: Withdrawal,
): Promise<WithdrawalHistory> {
  const [row] = await rows<{ day: string; month: string; count: number }>(
    tx,
    `select coalesce(sum(amount_minor) filter (where created_at > now() - interval '24 hours'), 0) as day,
       coalesce(sum(amount_minor), 0) as month,
       count(*) filter (where created_at > now() - interval '24 hours')::int as count
     from withdrawal where client_id = :clientId and currency = :currency and created_at > now() - interval '30 days'
       and state not in ('rejected', 'cancelled', 'failed')`,
    { clientId: withdrawal.clientId, currency: withdrawal.currency },
  );
  return {
    total24hMinor: BigInt(row?.day ?? '0'),
    total30dMinor: BigInt(row?.month ?? '0'),
    count24h: row?.count ?? 0,
  };
}

function withdrawalEvent(
  withdrawal: Withdrawal,
  type: string,
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
