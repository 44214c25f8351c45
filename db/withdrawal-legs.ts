import { formatAmount } from '../domain/money';
import { house, wallet } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import type { LegKind, ReturnLeg } from '../domain/payments/return-to-source';
import { conflict } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { atOnce } from './at-once';
import { rows, sendAhead, type Tx } from './connection';
import { appendEvents } from './events';
import { postTransaction } from './ledger';
import { leaveAttempt, openAttempt } from './payment-attempts';
import { namedSource, withdrawalEvent, type Withdrawal } from './withdrawals';

export interface WithdrawalLeg {
  readonly withdrawalId: string;
  readonly leg: number;
  readonly kind: LegKind;
  readonly depositId: string | null;
  readonly sourceId: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly provider: string;
  readonly state: 'planned' | 'sending' | 'accepted' | 'paid' | 'refused' | 'unknown';
  readonly providerRef: string | null;
  readonly failure: string | null;
}

/**
 * The step of a leg's intents: one for each round (what people asked to try again) and each provider in turn. The id
 * of its intent is the provider's key.
 */
export function stepOfLeg(
  leg: number,
  { round, attempt }: { readonly round: number; readonly attempt: number },
): string {
  return [
    `leg-${leg}`,
    ...(round === 1 ? [] : [`round-${round}`]),
    ...(attempt === 1 ? [] : [`provider-${attempt}`]),
  ].join('-');
}

/** The round in which a step of a leg was made up. */
export function roundOfStep(step: string): number {
  return Number(/^leg-\d+-round-(\d+)/.exec(step)?.[1] ?? 1);
}

/** A leg, and the evaluation that says why its provider pays it; null for what goes back by the way it came. */
export type RoutedLeg = ReturnLeg & {
  readonly evaluationId: string | null;
  /** It goes to an address of which somebody has to say first what shows it to be the client's. */
  readonly unproven?: boolean;
};

/** Why a planned leg was given up: an edit of the withdrawal has put others in its place. */
const supersededFor = 'edited';

/**
 * Writes the return plan once and sets the refunded deposits' capacity aside, so that no two withdrawals use it. Legs
 * of a plan that was edited keep their numbers.
 */
export async function planLegs(
  tx: Tx,
  withdrawal: Withdrawal,
  legs: readonly RoutedLeg[],
): Promise<void> {
  const [standing, [before]] = await atOnce(
    tx,
    () => legsOf(tx, withdrawal.id),
    () =>
      rows<{ count: number }>(
        tx,
        'select count(*)::int as count from withdrawal_leg where withdrawal_id = :id',
        { id: withdrawal.id },
      ),
  );
  if (standing.length > 0) return;
  for (const [index, { evaluationId, unproven = false, ...leg }] of legs.entries()) {
    const position = index + (before?.count ?? 0);
    await sendAhead(
      tx,
      `insert into withdrawal_leg (withdrawal_id, leg, entity_id, client_id, kind, deposit_id, source_id, amount_minor, currency, provider, unproven, state)
       values (:id, :leg, :entityId, :clientId, :kind, :depositId, :sourceId, :amount, :currency, :provider, :unproven, 'planned')`,
      {
        id: withdrawal.id,
        leg: position + 1,
        entityId: withdrawal.entityId,
        clientId: withdrawal.clientId,
        kind: leg.kind,
        depositId: leg.depositId,
        sourceId: leg.sourceId ?? namedSource(withdrawal),
        unproven,
        amount: leg.amountMinor.toString(),
        currency: withdrawal.currency,
        provider: leg.provider,
      },
    );
    await openAttempt(tx, {
      ...{
        paymentId: withdrawal.id,
        leg: position + 1,
        flow: 'payout',
        evaluationId,
        follows: false,
      },
      ...{ entityId: withdrawal.entityId, clientId: withdrawal.clientId, provider: leg.provider },
      stepOf: (attempt) => stepOfLeg(position + 1, { round: 1, attempt }),
    });
    if (leg.depositId) {
      await sendAhead(
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

/** Gives up a plan that nothing of was sent: what it has set aside of the deposits is free again. */
export async function supersedeLegs(tx: Tx, withdrawalId: string): Promise<void> {
  await dropPlanned(tx, withdrawalId, supersededFor);
}

/** Legs that are still planned will not be sent; the capacity that was set aside for them is free again. */
export async function dropPlanned(tx: Tx, withdrawalId: string, failure: string): Promise<void> {
  await sendAhead(
    tx,
    `update deposit d set refunding_minor = d.refunding_minor - l.sum from
       (select deposit_id, sum(amount_minor) as sum from withdrawal_leg
        where withdrawal_id = :id and deposit_id is not null and state = 'planned' group by 1) l
     where d.id = l.deposit_id`,
    { id: withdrawalId },
  );
  await sendAhead(
    tx,
    `update withdrawal_leg set state = 'refused', failure = :failure where withdrawal_id = :id and state = 'planned'`,
    { id: withdrawalId, failure },
  );
}

/** The leg as it stands, kept from changing until the transaction ends. */
async function lockLeg(
  tx: Tx,
  { withdrawalId, leg }: Pick<WithdrawalLeg, 'withdrawalId' | 'leg'>,
): Promise<Pick<WithdrawalLeg, 'provider' | 'state'> | undefined> {
  const [row] = await rows<{ provider: string; state: WithdrawalLeg['state'] }>(
    tx,
    'select provider, state from withdrawal_leg where withdrawal_id = :withdrawalId and leg = :leg for update',
    { withdrawalId, leg },
  );
  return row;
}

/**
 * The last look at a leg before it is sent, in the transaction that marks it as sent: what has ended, or went to
 * another provider since it was read, is not sent again. Throws `in_flight` (409).
 */
export async function assertToBeSent(tx: Tx, leg: WithdrawalLeg): Promise<void> {
  const now = await lockLeg(tx, leg);
  if (now?.provider !== leg.provider || now.state === 'paid' || now.state === 'refused')
    throw conflict('in_flight', 'This part has ended, or another provider pays it.');
}

/**
 * Whether a leg may go to another provider: the present one has not accepted it, and is surely not at it. The leg
 * stays locked until the transaction ends.
 */
export async function mayReroute(tx: Tx, leg: WithdrawalLeg): Promise<boolean> {
  const now = await lockLeg(tx, leg);
  if (now?.provider !== leg.provider) return false;
  if (now.state !== 'planned' && now.state !== 'sending') return false;
  const step = `leg-${leg.leg}`;
  const underWay = await rows(
    tx,
    `select 1 from intent where workflow_id = :workflowId and (step = :step or step like :later)
       and state in ('sending', 'unknown') limit 1`,
    { workflowId: workflowIds.withdrawal(leg.withdrawalId), step, later: `${step}-%` },
  );
  return underWay.length === 0;
}

/** Another provider pays a leg from now on. Throws when the present one may be at it, or the leg has ended. */
export async function rerouteLeg(
  tx: Tx,
  { withdrawal, leg, round }: { withdrawal: Withdrawal; leg: WithdrawalLeg; round: number },
  to: { readonly provider: string; readonly evaluationId: string; readonly code: string },
): Promise<void> {
  if (!(await mayReroute(tx, leg)))
    throw new Error(`${withdrawal.id} leg ${leg.leg} may be under way at ${leg.provider}`);
  await rows(
    tx,
    `update withdrawal_leg set provider = :to, provider_ref = null, state = 'planned'
     where withdrawal_id = :id and leg = :leg`,
    { id: withdrawal.id, leg: leg.leg, to: to.provider },
  );
  const part = { paymentId: withdrawal.id, leg: leg.leg };
  await leaveAttempt(tx, { ...part, provider: leg.provider }, { code: to.code, decision: 'next' });
  await openAttempt(tx, {
    ...{ ...part, flow: 'payout', provider: to.provider, evaluationId: to.evaluationId },
    ...{ entityId: withdrawal.entityId, clientId: withdrawal.clientId, follows: true },
    stepOf: (attempt) => stepOfLeg(leg.leg, { round, attempt }),
  });
  await appendEvents(tx, [
    withdrawalEvent(withdrawal, 'withdrawal.leg_rerouted', {
      leg: leg.leg,
      from: leg.provider,
      provider: to.provider,
      code: to.code,
      evaluation: to.evaluationId,
    }),
  ]);
}

/** The legs of the plan in force. */
export async function legsOf(tx: Tx, id: string): Promise<WithdrawalLeg[]> {
  const found = await rows<{
    withdrawal_id: string;
    leg: number;
    kind: LegKind;
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
     from withdrawal_leg where withdrawal_id = :id and failure is distinct from :supersededFor order by leg`,
    { id, supersededFor },
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
  await sendAhead(
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
  await sendAhead(
    tx,
    `update deposit set refunding_minor = refunding_minor - :aside, refunded_minor = refunded_minor + :refunded where id = :id`,
    { id: leg.depositId, aside: leg.amountMinor.toString(), refunded: refundedMinor.toString() },
  );
}
