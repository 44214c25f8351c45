import { formatAmount } from '../domain/money';
import { systemScope } from '../domain/access/scope';
import type { LegKind } from '../domain/payments/return-to-source';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import { queueMail } from '../db/mails';
import { mayLeave, routineReview } from '../db/payout-gate';
import { setProcess } from '../db/processes';
import { latestTask } from '../db/tasks';
import { finishWithdrawal } from '../db/withdrawal-end';
import { legsOf } from '../db/withdrawal-legs';
import {
  isFinal,
  lockWithdrawal,
  moveWithdrawal,
  readWithdrawal,
  type Withdrawal,
  type WithdrawalState,
} from '../db/withdrawals';
import type { PaymentDeps } from './deposit';
import { assess, endOf } from './withdrawal-assessment';
import { screenPayee, versionOf } from './payout-screening';
import { createWithdrawalLegActivities, payeeOf } from './withdrawal-leg';

/** What a withdrawal does: decides, pays its legs and ends. */
export function createWithdrawalActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.withdrawal(id)}`);

  return {
    ...createWithdrawalLegActivities(deps),

    /**
     * Decides by policy what happens to a withdrawal that is new, or was edited, and acts on what people have decided
     * of another; answers the state it has now.
     */
    async assessWithdrawal(id: string): Promise<WithdrawalState> {
      const list = await deps.screeningList();
      await inScope(db, system(id), async (tx) => {
        const asked = await readWithdrawal(tx, id);
        if (asked.state === 'requested') await screenPayee(tx, payeeOf(asked), list);
      });
      return inScope(db, system(id), async (tx) => {
        // An edit that comes meanwhile waits, and asks for another assessment.
        const withdrawal = await lockWithdrawal(tx, id);
        if (withdrawal.state !== 'requested') return follow(tx, withdrawal);
        await assess(tx, withdrawal, deps.providers);
        return (await readWithdrawal(tx, id)).state;
      });
    },

    /** Acts on the committed decision, if there is one. */
    async readWithdrawalDecision(id: string): Promise<WithdrawalState> {
      return inScope(db, system(id), async (tx) => follow(tx, await readWithdrawal(tx, id)));
    },

    /**
     * The point of no return: from here the client cannot cancel and nobody can edit it. Answers the legs to pay, or
     * `waiting` while the client is restricted or the screening is not clear, whatever was approved before, or `edited`
     * when what was approved has been changed since.
     */
    async startPaying(id: string): Promise<number[] | 'waiting' | 'edited'> {
      const list = await deps.screeningList();
      return inScope(db, system(id), async (tx) => {
        const asked = await readWithdrawal(tx, id);
        if (asked.state === 'approved') await screenPayee(tx, payeeOf(asked), list);
        if (asked.state === 'approved' && !(await mayLeave(tx, asked.clientId, versionOf(list)))) {
          const { state } = await readWithdrawal(tx, id);
          if (isUndecided(state)) return 'edited';
          if (state !== 'approved') return [];
          await setProcess(tx, workflowIds.withdrawal(id), { state, waitsFor: routineReview });
          return 'waiting';
        }
        const moved = await moveWithdrawal(tx, id, {
          from: ['approved'],
          to: 'paying',
          event: 'withdrawal.paying',
        });
        const { state } = moved ?? (await readWithdrawal(tx, id));
        if (isUndecided(state)) return 'edited';
        if (state !== 'paying') return [];
        await setProcess(tx, workflowIds.withdrawal(id), { state: 'paying' });
        return (await legsOf(tx, id)).map((leg) => leg.leg);
      });
    },

    async endWithdrawal(id: string): Promise<WithdrawalState> {
      return inScope(db, system(id), async (tx) => {
        const withdrawal = await readWithdrawal(tx, id);
        if (isFinal(withdrawal.state)) {
          await finishWithdrawal(tx, id, { to: 'failed' });
          return withdrawal.state;
        }
        const to = await endOf(tx, withdrawal);
        await finishWithdrawal(tx, id, { to });
        if (to !== 'failed') await tellPaid(tx, withdrawal);
        return to;
      });
    },
  };
}

function isUndecided(state: WithdrawalState): boolean {
  return state === 'requested' || state === 'in_review';
}

/** Acts on what people have decided of a withdrawal that waits for it; answers the state it has now. */
async function follow(tx: Tx, withdrawal: Withdrawal): Promise<WithdrawalState> {
  const { id } = withdrawal;
  if (withdrawal.state !== 'in_review') return withdrawal.state;
  const task = await latestTask(tx, id, 'withdrawal_approval');
  if (task?.state !== 'decided') return withdrawal.state;
  if (task.decision === 'approve') {
    const moved = await moveWithdrawal(tx, id, {
      from: ['in_review'],
      to: 'approved',
      event: 'withdrawal.approved',
    });
    if (moved) return moved.state;
  } else {
    await finishWithdrawal(tx, id, { to: 'rejected', refusal: task.reason ?? 'REJECTED' });
    await tellRefused(tx, withdrawal);
  }
  return (await readWithdrawal(tx, id)).state;
}
const legWays: Readonly<Record<LegKind, string>> = {
  card_refund: 'back to the card you paid with',
  bank_payout: 'to your bank account',
  source_refund: 'back to the wallet you paid with',
  source_payout: 'to the phone you paid with',
  crypto_payout: 'to your address',
};

async function tellPaid(tx: Tx, withdrawal: Withdrawal): Promise<void> {
  const legs = (await legsOf(tx, withdrawal.id)).filter((leg) => leg.state === 'paid');
  await queueMail(tx, {
    key: `withdrawal_paid/${withdrawal.id}`,
    kind: 'withdrawal_paid',
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    data: {
      amount: formatAmount(
        legs.reduce((sum, leg) => sum + leg.amountMinor, 0n),
        withdrawal.currency,
      ),
      currency: withdrawal.currency,
      reference: withdrawal.id,
      parts: legs.map(
        (leg) =>
          `${formatAmount(leg.amountMinor, leg.currency)} ${leg.currency} ${legWays[leg.kind]}`,
      ),
    },
  });
}

async function tellRefused(tx: Tx, withdrawal: Withdrawal): Promise<void> {
  await queueMail(tx, {
    key: `withdrawal_refused/${withdrawal.id}`,
    kind: 'withdrawal_refused',
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    data: {
      amount: formatAmount(withdrawal.amountMinor, withdrawal.currency),
      currency: withdrawal.currency,
      reference: withdrawal.id,
      reason: 'The request could not be approved. The money is in your wallet again.',
    },
  });
}

export type WithdrawalActivities = ReturnType<typeof createWithdrawalActivities>;
