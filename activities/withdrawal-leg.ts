import { systemScope } from '../domain/access/scope';
import { waitingFor, type StepResult } from '../domain/outside';
import { isRefund } from '../domain/payments/return-to-source';
import { workflowIds } from '../temporal-config/workflow-ids';
import { atOnce } from '../db/at-once';
import { inScope, type Tx } from '../db/connection';
import { intentOfStep, readIntent, type Intent } from '../db/intent-readers';
import type { IntentPlan } from '../db/intents';
import { assertMayLeave } from '../db/payout-gate';
import { setProcess } from '../db/processes';
import { payoutQuestion } from '../db/payout-routes';
import { providerEventsOf } from '../db/provider-events';
import { openTask, taskOfKey } from '../db/tasks';
import { attemptsOfPart } from '../db/payment-attempts';
import {
  assertToBeSent,
  legsOf,
  markLeg,
  mayReroute,
  payLeg,
  refuseLeg,
  rerouteLeg,
  roundOfStep,
  stepOfLeg,
  type WithdrawalLeg,
} from '../db/withdrawal-legs';
import { readWithdrawal, type Withdrawal } from '../db/withdrawals';
import type { PaymentDeps } from './deposit';
import { performAndFollow, resultOf } from './outside';
import { passOn, type AskedPart } from './payment-rerouting';
import { screenPayee, versionOf, type Payee } from './payout-screening';
import { resolveSent } from './provider-outcome';
import { recordLeaving } from './token-payout';
import { callProvider, lookUpAtProvider, statusAtProvider, wayOf } from './withdrawal-provider';

interface LegRound {
  readonly id: string;
  readonly leg: number;
  readonly round: number;
}

/** Where one leg stands after its provider has accepted it. */
export type LegStanding = 'waiting' | 'paid' | 'refused';

/** What pays one leg of a withdrawal, from the call to its provider to the posting. */
export function createWithdrawalLegActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.withdrawal(id)}`);
  /** The leg as its provider was asked for it in the round: a new run of the process begins with the first. */
  const readIn = async (tx: Tx, { id, leg, round }: LegRound) => {
    const [withdrawal, legs, attempts, failedTask] = await atOnce(
      tx,
      () => readWithdrawal(tx, id),
      () => legsOf(tx, id),
      () => attemptsOfPart(tx, { paymentId: id, leg }),
      () => taskOfKey(tx, failedKey(id, leg, round)),
    );
    const found = legs.find((candidate) => candidate.leg === leg);
    if (!found) throw new Error(`${id} has no leg ${leg}`);
    const latest = attempts.findLast(({ step }) => roundOfStep(step) <= round);
    const step = stepOfLeg(leg, { round, attempt: latest?.attempt ?? 1 });
    return {
      withdrawal,
      leg: { ...found, provider: latest?.provider ?? found.provider },
      step,
      intent: await intentOfStep(tx, workflowIds.withdrawal(id), step),
      // People were asked what follows on it, so whatever it came to stands.
      isOver: failedTask !== undefined,
    };
  };
  const read = (id: string, leg: number, round: number) =>
    inScope(db, system(id), (tx) => readIn(tx, { id, leg, round }));

  return {
    /**
     * Sends one leg to its provider. The intent's id is the provider's key: one for the withdrawal, leg and
     * round (`round` counts what people asked to retry), whatever becomes of the request.
     */
    async sendLeg(id: string, legNumber: number, round: number): Promise<StepResult> {
      const list = await deps.screeningList();
      let asked: AskedLeg | undefined;
      return performAndFollow(db, {
        workflowId: workflowIds.withdrawal(id),
        prepare: async (tx) => {
          const found = await readIn(tx, { id, leg: legNumber, round });
          const { withdrawal, leg, step, intent: standing, isOver } = found;
          asked = { withdrawal, leg, step, round };
          const ended = endedAs(leg, { isOver, standing });
          if (ended !== undefined) return ended;
          if (standing === undefined || standing.state === 'planned')
            await screenPayee(tx, payeeOf(withdrawal), list);
          const way = await known(wayOf(tx, { withdrawal, leg }));
          return {
            plan: planOf(withdrawal, leg, step),
            tokenOf: (intentId) => intentId,
            gate: async (inner) => {
              await assertToBeSent(inner, leg);
              await assertMayLeave(inner, withdrawal.clientId, versionOf(list));
              await recordTokens(inner, withdrawal, leg);
              await markLeg(inner, leg, 'sending');
            },
            call: ({ id: operationId }) =>
              callProvider(deps, { withdrawal, leg, operationId }, way()),
          };
        },
        follow: (tx, result) => {
          if (asked === undefined) throw new Error('nothing was asked');
          return followSent(tx, deps, asked, result);
        },
      });
    },

    async lookUpLeg(id: string, legNumber: number, round: number): Promise<StepResult> {
      const { withdrawal, leg, step, intent, isOver } = await read(id, legNumber, round);
      const ended = endedAs(leg, { isOver, standing: intent });
      if (ended !== undefined) return ended;
      if (!intent) return { kind: 'absent', intentId: '' };
      const operation = { withdrawal, leg, operationId: intent.id };
      const list = await deps.screeningList();
      const result = await resolveSent(db, {
        intent,
        subject: `${id}/leg-${legNumber}`,
        keyHours: deps.providerFor(leg.provider).capabilities.keyHours,
        lookUp: () => lookUpAtProvider(deps, operation),
        repeat: async () =>
          callProvider(
            deps,
            operation,
            await inScope(db, system(id), (tx) => wayOf(tx, operation)),
          ),
        gate: (tx) => assertMayLeave(tx, withdrawal.clientId, versionOf(list)),
      });
      return inScope(db, system(id), (tx) =>
        followSent(tx, deps, { withdrawal, leg, step, round }, result),
      );
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
      const { withdrawal, leg } = await read(id, legNumber, round);
      if (leg.state === 'refused') return 'refuse';
      return inScope(db, system(id), async (tx) => {
        const task = await taskOfKey(tx, failedKey(id, legNumber, round));
        if (task?.state !== 'decided') return 'waiting';
        if (task.decision === 'retry') return 'retry';
        await refuseLeg(tx, withdrawal, leg, task.reason ?? 'REFUSED');
        return 'refuse';
      });
    },

    async openLegTask(id: string, legNumber: number, round: number, code: string): Promise<void> {
      const { leg } = await read(id, legNumber, round);
      if (leg.state === 'refused') return;
      await inScope(db, system(id), (tx) => openFailedTask(tx, id, legNumber, code, round));
    },

    /** Reads (or asks) whether the provider has finally paid an accepted leg, and posts it once. */
    async settleLeg(
      id: string,
      legNumber: number,
      round: number,
      { ask }: { ask: boolean },
    ): Promise<LegStanding> {
      const inQuestion = await inScope(db, system(id), async (tx) => {
        const { withdrawal, leg, intent, isOver } = await readIn(tx, { id, leg: legNumber, round });
        if (leg.state === 'paid') return 'paid';
        if (leg.state === 'refused' || isOver) return 'refused';
        if (intent?.state !== 'done' || intent.externalId === null) return 'waiting';
        const accepted = { withdrawal, leg, intent };
        return ask ? accepted : settle(tx, { ...accepted, asked: undefined });
      });
      if (typeof inQuestion === 'string') return inQuestion;
      const { withdrawal, leg, intent } = inQuestion;
      const asked = await statusAtProvider(deps, { withdrawal, leg, operationId: intent.id });
      return inScope(db, system(id), (tx) => settle(tx, { ...inQuestion, asked }));
    },
  };
}

/** Who sends and gets tokens is on record before they leave. */
async function recordTokens(tx: Tx, withdrawal: Withdrawal, leg: WithdrawalLeg): Promise<void> {
  const { sourceId, amountMinor, currency } = leg;
  if (leg.kind !== 'crypto_payout' || sourceId === null) return;
  const { id: paymentId, entityId, clientId } = withdrawal;
  await recordLeaving(tx, {
    ...{ paymentId, leg: leg.leg, entityId, clientId, sourceId, currency, amountMinor },
  });
}

/** What a reading came to, an error too: one is thrown where the value is wanted, after the step is on record. */
function known<T>(reading: Promise<T>): Promise<() => T> {
  return reading.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
}

export function payeeOf({ id, entityId, clientId }: Withdrawal): Payee {
  return { workflowId: workflowIds.withdrawal(id), subject: id, entityId, clientId };
}

/** What a leg that has ended, or a round of it that is over, came to; undefined while it may be sent. */
function endedAs(
  leg: WithdrawalLeg,
  { isOver, standing }: { readonly isOver: boolean; readonly standing: Intent | undefined },
): StepResult | undefined {
  const intentId = standing?.id ?? '';
  if (leg.state === 'paid') return { kind: 'done', intentId, externalId: leg.providerRef ?? '' };
  if (leg.state !== 'refused' && !isOver) return undefined;
  const stands = standing && resultOf(standing);
  if (stands?.kind === 'done' || stands?.kind === 'refused') return stands;
  return { kind: 'refused', intentId, code: leg.failure ?? 'REFUSED', reason: 'it is over' };
}

/** Where a leg stands that its provider has accepted, by what is asked or on record; what was paid is posted once. */
async function settle(
  tx: Tx,
  {
    withdrawal,
    leg,
    intent,
    asked,
  }: {
    readonly withdrawal: Withdrawal;
    readonly leg: WithdrawalLeg;
    readonly intent: Intent;
    readonly asked: string | undefined;
  },
): Promise<LegStanding> {
  const status = asked ?? (await statusByEvents(tx, intent.id)) ?? statusAtOnce(intent.outcome);
  if (status === 'succeeded' || status === 'paid') {
    await payLeg(tx, withdrawal, leg, intent.externalId ?? '');
    return 'paid';
  }
  if (status === 'failed' || status === 'returned') return 'refused';
  await setProcess(tx, workflowIds.withdrawal(withdrawal.id), {
    state: 'paying',
    waitsFor: `payment by ${leg.provider}`,
  });
  return 'waiting';
}

/** After a call or a look-up: what was accepted is settled where the answer says so, what was refused goes on. */
async function followSent(
  tx: Tx,
  deps: PaymentDeps,
  asked: AskedLeg,
  result: StepResult,
): Promise<StepResult> {
  if (result.kind !== 'done') return passLegOn(tx, deps, asked, result);
  const { withdrawal, leg } = asked;
  await markLeg(tx, leg, 'accepted', result.externalId);
  const intent = await readIntent(tx, result.intentId);
  return { ...result, standing: await settle(tx, { withdrawal, leg, intent, asked: undefined }) };
}

interface AskedLeg {
  readonly withdrawal: Withdrawal;
  readonly leg: WithdrawalLeg;
  readonly step: string;
  readonly round: number;
}

/** A refund goes back by the provider that took the payment; a payout may be made by another one. */
async function passLegOn(
  tx: Tx,
  deps: PaymentDeps,
  asked: AskedLeg,
  result: StepResult,
): Promise<StepResult> {
  const { withdrawal, leg, step, round } = asked;
  const { sourceId } = leg;
  const isRouted = leg.kind === 'bank_payout' || leg.kind === 'crypto_payout';
  if (!isRouted || sourceId === null) return result;
  // People decide what follows, and may have done so while this was under way.
  if (await taskOfKey(tx, failedKey(withdrawal.id, leg.leg, round))) return result;
  const part: AskedPart = {
    ...{ paymentId: withdrawal.id, leg: leg.leg, entityId: withdrawal.entityId, flow: 'payout' },
    ...{ provider: leg.provider, workflowId: workflowIds.withdrawal(withdrawal.id), step },
    question: (inTx) => payoutQuestion(inTx, withdrawal, { ...leg, sourceId }),
    lock: (inTx) => mayReroute(inTx, leg),
    reroute: (inTx, to) => rerouteLeg(inTx, { withdrawal, leg, round }, to),
  };
  return passOn(tx, deps, part, result);
}

function planOf(withdrawal: Withdrawal, leg: WithdrawalLeg, step: string): IntentPlan {
  return {
    workflowId: workflowIds.withdrawal(withdrawal.id),
    step,
    kind: isRefund(leg) ? 'refund' : 'payout',
    target: leg.provider,
    reference: leg.depositId ?? leg.sourceId,
    entityId: withdrawal.entityId,
    clientId: withdrawal.clientId,
    amountMinor: leg.amountMinor,
    currency: leg.currency,
  };
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
