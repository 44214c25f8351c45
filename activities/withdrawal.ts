import { formatAmount } from '../domain/money';
import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { Payout, Refund } from '../connectors/psp/port';
import { inScope, type Tx } from '../db/connection';
import { readDeposit } from '../db/deposits';
import {
  intentOfStep,
  markAbsent,
  recordOutcome,
  type IntentOutcome,
  type IntentPlan,
} from '../db/intents';
import { queueMail } from '../db/mails';
import { bankDetails } from '../db/payment-sources';
import { setProcess } from '../db/processes';
import { providerEventsOf } from '../db/provider-events';
import { latestTask, openTask, taskOfKey } from '../db/tasks';
import { finishWithdrawal } from '../db/withdrawal-end';
import {
  isFinal,
  moveWithdrawal,
  readWithdrawal,
  type Withdrawal,
  type WithdrawalState,
} from '../db/withdrawals';
import { legsOf, markLeg, payLeg, refuseLeg, type WithdrawalLeg } from '../db/withdrawal-legs';
import type { PaymentDeps } from './deposit';
import { performOnce, resultOf } from './outside';
import { assess, endOf } from './withdrawal-assessment';

/** Where one leg stands after its provider has accepted it. */
export type LegStanding = 'waiting' | 'paid' | 'refused';

export function createWithdrawalActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.withdrawal(id)}`);
  const read = (id: string, leg: number) =>
    inScope(db, system(id), async (tx) => {
      const withdrawal = await readWithdrawal(tx, id);
      const found = (await legsOf(tx, id)).find((candidate) => candidate.leg === leg);
      if (!found) throw new Error(`${id} has no leg ${leg}`);
      return { withdrawal, leg: found };
    });

  return {
    /** Decides by policy what happens to a new withdrawal; answers the state it has now. */
    async assessWithdrawal(id: string): Promise<WithdrawalState> {
      return inScope(db, system(id), async (tx) => {
        const withdrawal = await readWithdrawal(tx, id);
        if (withdrawal.state === 'requested') await assess(tx, withdrawal);
        return (await readWithdrawal(tx, id)).state;
      });
    },

    /** Acts on the committed decision, if there is one. */
    async readWithdrawalDecision(id: string): Promise<WithdrawalState> {
      return inScope(db, system(id), async (tx) => {
        const task = await latestTask(tx, id, 'withdrawal_approval');
        if (task?.state === 'decided' && task.decision === 'approve') {
          await moveWithdrawal(tx, id, {
            from: ['in_review'],
            to: 'approved',
            event: 'withdrawal.approved',
          });
        } else if (task?.state === 'decided') {
          const before = await readWithdrawal(tx, id);
          if (before.state === 'in_review') {
            await finishWithdrawal(tx, id, { to: 'rejected', refusal: task.reason ?? 'REJECTED' });
            await tellRefused(tx, before);
          }
        }
        return (await readWithdrawal(tx, id)).state;
      });
    },

    /** The point of no return: from here the client cannot cancel. Answers the legs to pay. */
    async startPaying(id: string): Promise<number[]> {
      return inScope(db, system(id), async (tx) => {
        await moveWithdrawal(tx, id, {
          from: ['approved'],
          to: 'paying',
          event: 'withdrawal.paying',
        });
        if ((await readWithdrawal(tx, id)).state !== 'paying') return [];
        await setProcess(tx, workflowIds.withdrawal(id), { state: 'paying' });
        return (await legsOf(tx, id)).map((leg) => leg.leg);
      });
    },

    /** Sends one leg to its provider, at most once per attempt (`round` counts what people asked to retry). */
    async sendLeg(id: string, legNumber: number, round: number): Promise<StepResult> {
      const { withdrawal, leg } = await read(id, legNumber);
      const result = await performOnce(db, {
        plan: planOf(withdrawal, leg, round),
        tokenOf: (intentId) => intentId,
        call: async (intent) => {
          await inScope(db, system(id), (tx) => markLeg(tx, leg, 'sending'));
          return callProvider(deps, { withdrawal, leg, operationId: intent.id });
        },
      });
      if (result.kind === 'done')
        await inScope(db, system(id), (tx) => markLeg(tx, leg, 'accepted', result.externalId));
      return result;
    },

    async lookUpLeg(id: string, legNumber: number, round: number): Promise<StepResult> {
      const { withdrawal, leg } = await read(id, legNumber);
      const intent = await inScope(db, system(id), (tx) =>
        intentOfStep(tx, workflowIds.withdrawal(id), stepOf(leg, round)),
      );
      if (!intent) return { kind: 'absent', intentId: '' };
      const standing = resultOf(intent);
      if (standing === undefined) return { kind: 'absent', intentId: intent.id };
      if (standing.kind !== 'unknown') return standing;
      const provider = deps.providerFor(leg.provider);
      const found =
        leg.kind === 'card_refund'
          ? await provider.lookUpRefund({
              operationId: intent.id,
              paymentRef: await paymentRefOf(deps, withdrawal, leg),
            })
          : await provider.lookUpPayout({ operationId: intent.id });
      if (found.kind === 'found') {
        const recorded = await inScope(db, system(id), (tx) =>
          recordOutcome(tx, intent, doneBy(found)),
        );
        return resultOf(recorded) ?? standing;
      }
      // The provider keeps our id as its key, so what it does not have now it will not make of the old request.
      if (
        found.kind === 'absent' &&
        Date.now() - Date.parse(intent.sentAt ?? intent.createdAt) > requestLifeMs
      ) {
        await inScope(db, system(id), (tx) =>
          markAbsent(tx, intent, { provider: leg.provider, lookedUpBy: 'operation id' }),
        );
        return { kind: 'absent', intentId: intent.id };
      }
      return { kind: 'unknown', intentId: intent.id, reason: found.kind };
    },

    async reportLeg(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), (tx) =>
        setProcess(tx, workflowIds.withdrawal(id), {
          state: 'paying',
          waitsFor: waitingFor(result),
        }),
      );
    },

    /** What people decided about a refused leg: try again, give it up, or nothing yet. */
    async readLegDecision(
      id: string,
      legNumber: number,
      round: number,
    ): Promise<'retry' | 'refuse' | 'waiting'> {
      const { withdrawal, leg } = await read(id, legNumber);
      return inScope(db, system(id), async (tx) => {
        const task = await taskOfKey(tx, failedKey(id, legNumber, round));
        if (task?.state !== 'decided') return 'waiting';
        if (task.decision === 'retry') return 'retry';
        await refuseLeg(tx, withdrawal, leg, task.reason ?? 'REFUSED');
        return 'refuse';
      });
    },

    async openLegTask(id: string, legNumber: number, round: number, code: string): Promise<void> {
      await inScope(db, system(id), (tx) => openFailedTask(tx, id, legNumber, code, round));
    },

    /** Reads (or asks) whether the provider has finally paid an accepted leg, and posts it once. */
    async settleLeg(
      id: string,
      legNumber: number,
      round: number,
      { ask }: { ask: boolean },
    ): Promise<LegStanding> {
      const { withdrawal, leg } = await read(id, legNumber);
      if (leg.state === 'paid') return 'paid';
      if (leg.state === 'refused') return 'refused';
      const intent = await inScope(db, system(id), (tx) =>
        intentOfStep(tx, workflowIds.withdrawal(id), stepOf(leg, round)),
      );
      if (intent?.state !== 'done' || intent.externalId === null) return 'waiting';
      const asked = ask ? await askStatus(deps, withdrawal, leg, intent.id) : undefined;
      const providerRef = intent.externalId;
      return inScope(db, system(id), async (tx) => {
        const status =
          asked ?? (await statusByEvents(tx, intent.id)) ?? statusAtOnce(intent.outcome);
        if (status === 'succeeded' || status === 'paid') {
          await payLeg(tx, withdrawal, leg, providerRef);
          return 'paid';
        }
        if (status === 'failed' || status === 'returned') return 'refused';
        await setProcess(tx, workflowIds.withdrawal(id), {
          state: 'paying',
          waitsFor: `payment by ${leg.provider}`,
        });
        return 'waiting';
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

/** Longer than any provider works on a request it was sent (our own timeout is shorter). */
const requestLifeMs = 15_000;

function stepOf(leg: WithdrawalLeg, round: number): string {
  return round === 1 ? `leg-${leg.leg}` : `leg-${leg.leg}-round-${round}`;
}

function planOf(withdrawal: Withdrawal, leg: WithdrawalLeg, round: number): IntentPlan {
  return {
    workflowId: workflowIds.withdrawal(withdrawal.id),
    step: stepOf(leg, round),
    kind: leg.kind === 'card_refund' ? 'refund' : 'payout',
    target: leg.provider,
    reference: leg.depositId ?? leg.sourceId,
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    amountMinor: leg.amountMinor,
    currency: leg.currency,
  };
}

async function callProvider(
  deps: PaymentDeps,
  {
    withdrawal,
    leg,
    operationId,
  }: { withdrawal: Withdrawal; leg: WithdrawalLeg; operationId: string },
): Promise<IntentOutcome> {
  const provider = deps.providerFor(leg.provider);
  const amount = { operationId, amountMinor: leg.amountMinor, currency: leg.currency };
  if (leg.kind === 'card_refund') {
    const outcome = await provider.refund({
      ...amount,
      paymentRef: await paymentRefOf(deps, withdrawal, leg),
    });
    return outcome.kind === 'done' ? doneBy(outcome) : outcome;
  }
  const creditor = await creditorOf(deps, withdrawal, leg);
  const outcome = await provider.payout({
    ...amount,
    creditor,
    remittance: `Withdrawal ${withdrawal.id}`,
  });
  return outcome.kind === 'done' ? doneBy(outcome) : outcome;
}

function doneBy(made: Refund | Payout): IntentOutcome {
  return { kind: 'done', externalId: made.providerRef, detail: { status: made.status } };
}

async function paymentRefOf(
  deps: PaymentDeps,
  withdrawal: Withdrawal,
  leg: WithdrawalLeg,
): Promise<string> {
  const { depositId } = leg;
  if (depositId === null) throw new Error('a card refund names its deposit');
  const deposit = await inScope(
    deps.db,
    systemScope(`workflow:${workflowIds.withdrawal(withdrawal.id)}`),
    (tx) => readDeposit(tx, depositId),
  );
  if (deposit.providerRef === null) throw new Error(`${depositId} was never paid`);
  return deposit.providerRef;
}

async function creditorOf(deps: PaymentDeps, withdrawal: Withdrawal, leg: WithdrawalLeg) {
  const { sourceId } = leg;
  if (sourceId === null) throw new Error('a bank payout names its account');
  const bank = await inScope(
    deps.db,
    systemScope(`workflow:${workflowIds.withdrawal(withdrawal.id)}`),
    (tx) => bankDetails(tx, withdrawal.clientId, sourceId),
  );
  return {
    name: bank.holderName,
    country: bank.country,
    iban: bank.iban,
    ...(bank.bic ? { bic: bank.bic } : {}),
  };
}

async function askStatus(
  deps: PaymentDeps,
  withdrawal: Withdrawal,
  leg: WithdrawalLeg,
  operationId: string,
): Promise<string | undefined> {
  const provider = deps.providerFor(leg.provider);
  const found =
    leg.kind === 'card_refund'
      ? await provider.lookUpRefund({
          operationId,
          paymentRef: await paymentRefOf(deps, withdrawal, leg),
        })
      : await provider.lookUpPayout({ operationId });
  return found.kind === 'found' ? found.status : undefined;
}

/** The last word of the provider about an operation, by its own clock. */
async function statusByEvents(tx: Tx, operationId: string): Promise<string | undefined> {
  const status = (await providerEventsOf(tx, operationId)).at(-1)?.normalised['status'];
  return typeof status === 'string' ? status : undefined;
}

function statusAtOnce(outcome: unknown): string | undefined {
  if (outcome === null || typeof outcome !== 'object' || !('detail' in outcome)) return undefined;
  const { detail } = outcome;
  return detail !== null && typeof detail === 'object' && 'status' in detail
    ? String(detail.status)
    : undefined;
}

function failedKey(id: string, legNumber: number, round: number): string {
  return `payout_failed/${id}/${legNumber}/${round}`;
}

async function openFailedTask(
  tx: Tx,
  id: string,
  legNumber: number,
  code: string,
  round: number,
): Promise<void> {
  const withdrawal = await readWithdrawal(tx, id);
  const task = await openTask(tx, {
    kind: 'payout_failed',
    subject: `${id}/leg-${legNumber}`,
    workflowId: workflowIds.withdrawal(id),
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    title: 'A provider refused a payout',
    issue: [
      { code, detail: 'The provider refused this part of the withdrawal; nothing of it was paid.' },
    ],
    content: { withdrawal: id, leg: legNumber, round, code },
    key: failedKey(id, legNumber, round),
  });
  if (task.state !== 'open') return;
  await setProcess(tx, workflowIds.withdrawal(id), {
    state: 'paying',
    waitsFor: `task ${task.id}`,
    due: task.dueAt,
  });
}

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
          `${formatAmount(leg.amountMinor, leg.currency)} ${leg.currency} ${leg.kind === 'card_refund' ? 'back to the card you paid with' : 'to your bank account'}`,
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
