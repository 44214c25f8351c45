import { log } from '@temporalio/activity';
import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { Instrument, Payment, PaymentProvider } from '../connectors/psp/port';
import { inScope, type Database, type Tx } from '../db/connection';
import {
  awaitPayment,
  creditDeposit,
  failDeposit,
  holdDeposit,
  readDeposit,
  type Deposit,
} from '../db/deposits';
import { decideReceivedDeposit, type ReceivedDecision } from '../db/deposit-requests';
import { intentOfStep, markAbsent, recordOutcome } from '../db/intents';
import { queueMail } from '../db/mails';
import { saveSource } from '../db/payment-sources';
import { setProcess } from '../db/processes';
import { instrumentOfEvent, providerEventsOf } from '../db/provider-events';
import { latestTask, openTask, type Task } from '../db/tasks';
import { performOnce, resultOf } from './outside';

export interface PaymentDeps {
  readonly db: Database;
  readonly providerFor: (name: string) => PaymentProvider;
  /** Where payers come back to, and links in mails begin. */
  readonly publicUrl: string;
}

/** Where a deposit stands after reading what the provider has said. */
export type DepositStanding = 'waiting' | 'credited' | 'failed' | 'held' | 'returning' | 'returned';

/** A payment page that nobody used is given up after this long. */
const payWithinHours = 24;

/** What the deposit process does to the world. Every function may be called again. */
export function createDepositActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.deposit(id)}`);

  return {
    /** Asks the provider for a page to pay on, once; the provider's key is our id. */
    async openPayment(id: string): Promise<StepResult> {
      const deposit = await inScope(db, system(id), (tx) => readDeposit(tx, id));
      const provider = deps.providerFor(deposit.provider);
      return performOnce(db, {
        plan: {
          workflowId: workflowIds.deposit(id),
          step: 'payment',
          kind: 'charge',
          target: deposit.provider,
          reference: id,
          entityId: deposit.entityId,
          clientId: deposit.clientId,
          amountMinor: deposit.amountMinor,
          currency: deposit.currency,
        },
        tokenOf: () => id,
        call: async () => {
          const outcome = await provider.createPayment({
            operationId: id,
            amountMinor: deposit.amountMinor,
            currency: deposit.currency,
            description: `Deposit ${formatAmount(deposit.amountMinor, deposit.currency)} ${deposit.currency}`,
            returnUrl: `${deps.publicUrl}/client/deposits/${id}`,
          });
          return outcome.kind === 'done' ? paymentDone(outcome) : outcome;
        },
      });
    },

    async lookUpPayment(id: string): Promise<StepResult> {
      const { deposit, intent } = await inScope(db, system(id), async (tx) => ({
        deposit: await readDeposit(tx, id),
        intent: await intentOfStep(tx, workflowIds.deposit(id), 'payment'),
      }));
      if (!intent) return { kind: 'absent', intentId: '' };
      const standing = resultOf(intent);
      if (standing === undefined) return { kind: 'absent', intentId: intent.id };
      if (standing.kind !== 'unknown') return standing;
      const found = await deps
        .providerFor(deposit.provider)
        .lookUpPayment({ operationId: id, notBefore: new Date(intent.createdAt) });
      if (found.kind === 'found') {
        const recorded = await inScope(db, system(id), (tx) =>
          recordOutcome(tx, intent, paymentDone(found)),
        );
        return resultOf(recorded) ?? standing;
      }
      // The provider knows our id as its idempotency key: a repetition is answered with the first payment.
      if (found.kind === 'absent') {
        await inScope(db, system(id), (tx) =>
          markAbsent(tx, intent, { provider: deposit.provider, lookedUpBy: 'operation id' }),
        );
        return { kind: 'absent', intentId: intent.id };
      }
      return { kind: 'unknown', intentId: intent.id, reason: found.kind };
    },

    /** Stores the page's address, so that the client's browser can be sent there. */
    async showPayment(id: string): Promise<void> {
      const { deposit, intent } = await inScope(db, system(id), async (tx) => ({
        deposit: await readDeposit(tx, id),
        intent: await intentOfStep(tx, workflowIds.deposit(id), 'payment'),
      }));
      if (deposit.state !== 'requested' || !intent?.externalId) return;
      const url =
        intent.outcome !== null && typeof intent.outcome === 'object' && 'detail' in intent.outcome
          ? payUrlOf(intent.outcome.detail)
          : '';
      const providerRef = intent.externalId;
      await inScope(db, system(id), async (tx) => {
        await awaitPayment(tx, id, { providerRef, checkoutUrl: url });
        await setProcess(tx, workflowIds.deposit(id), {
          state: 'awaiting_payment',
          waitsFor: `the payer at ${deposit.provider}`,
          due: new Date(Date.parse(deposit.createdAt) + payWithinHours * 3_600_000).toISOString(),
        });
      });
    },

    async reportDeposit(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), (tx) =>
        setProcess(tx, workflowIds.deposit(id), {
          state: 'requesting',
          waitsFor: waitingFor(result),
        }),
      );
    },

    async refuseDeposit(id: string, code: string): Promise<void> {
      await inScope(db, system(id), (tx) => failDeposit(tx, id, code));
    },

    /**
     * Reads what the provider has said so far (`ask`: also asks it, since a webhook may never come) and
     * credits the wallet once when the payment succeeded.
     */
    async settleDeposit(id: string, { ask }: { ask: boolean }): Promise<DepositStanding> {
      const deposit = await inScope(db, system(id), (tx) => readDeposit(tx, id));
      if (deposit.state === 'credited') return 'credited';
      if (deposit.state === 'failed' || deposit.state === 'returned') return deposit.state;
      if (deposit.state === 'held') return inScope(db, system(id), (tx) => decided(tx, deposit));
      const asked = ask ? await askProvider(deps, deposit) : undefined;
      return inScope(db, system(id), (tx) => settle(tx, deposit, asked));
    },
  };
}

function paymentDone(payment: Payment) {
  return {
    kind: 'done',
    externalId: payment.providerRef,
    detail: { payUrl: payment.payUrl },
  } as const;
}

function payUrlOf(detail: unknown): string {
  return detail !== null && typeof detail === 'object' && 'payUrl' in detail
    ? String(detail.payUrl)
    : '';
}

interface Paid {
  readonly providerRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly instrument: Instrument | undefined;
}

async function askProvider(deps: PaymentDeps, deposit: Deposit): Promise<Paid | undefined> {
  try {
    const found = await deps.providerFor(deposit.provider).lookUpPayment({
      operationId: deposit.id,
      ...(deposit.providerRef ? { providerRef: deposit.providerRef } : {}),
      notBefore: new Date(deposit.createdAt),
    });
    if (found.kind !== 'found' || found.status !== 'succeeded') return undefined;
    return {
      providerRef: found.providerRef,
      amountMinor: found.amountMinor,
      currency: found.currency,
      instrument: found.instrument,
    };
  } catch (error) {
    log.warn('the provider could not be asked', {
      deposit: deposit.id,
      error: error instanceof Error ? error.name : 'unknown',
    });
    return undefined;
  }
}

async function settle(tx: Tx, deposit: Deposit, asked: Paid | undefined): Promise<DepositStanding> {
  const paid = asked ?? (await paidByEvents(tx, deposit.id));
  if (!paid) return expired(deposit) ? fail(tx, deposit, 'EXPIRED') : 'waiting';
  if (paid.amountMinor !== deposit.amountMinor || paid.currency !== deposit.currency)
    return hold(tx, deposit, paid, {
      reason: 'AMOUNT_MISMATCH',
      title: 'A payment differs from the deposit it was made for',
      issue: [
        {
          code: 'AMOUNT_MISMATCH',
          detail: 'The provider reports another amount or currency than was asked for.',
        },
      ],
      // Nothing is guessed: it goes back when two people say so.
      choices: ['return'],
    });
  const { amountMinor, currency } = paid;
  const received = await decideReceivedDeposit(tx, deposit, {
    amount: { amountMinor, currency },
    instrument: paid.instrument?.fingerprint,
  });
  if (received.decision !== 'accept') return hold(tx, deposit, paid, stopOf(received));
  await credit(tx, deposit, paid);
  return 'credited';
}

/** What the policy stopped: `review` may still be credited by two people, anything else only goes back. */
function stopOf({ decision, reasons, missing }: ReceivedDecision): Stop {
  const codes = reasons.length > 0 ? reasons : ['REVIEW'];
  return {
    reason: codes[0] ?? 'REVIEW',
    title: 'The deposit policy does not accept a payment that has arrived',
    issue: [
      ...codes.map((code) => ({ code, detail: 'A rule of the deposit policy says so.' })),
      ...missing.map((fact) => ({ code: 'DATA_MISSING', detail: `Not known: ${fact}.` })),
    ],
    choices: decision === 'review' ? ['credit', 'return'] : ['return'],
  };
}

/** What people said about a payment that was held. */
async function decided(tx: Tx, deposit: Deposit): Promise<DepositStanding> {
  const task = await latestTask(tx, deposit.id, 'unmatched_deposit');
  if (task?.state !== 'decided') return 'held';
  if (task.decision !== 'credit') return 'returning';
  const paid = await paidByEvents(tx, deposit.id);
  await credit(tx, deposit, paid ?? paidOfTask(task.content));
  return 'credited';
}

/** The payment as the task shows it: of one that no webhook told of, only what was asked for is on record. */
function paidOfTask(content: Task['content']): Paid {
  return {
    providerRef: String(content['providerRef']),
    amountMinor: BigInt(String(content['paidMinor'])),
    currency: String(content['paidCurrency']),
    instrument: undefined,
  };
}

async function credit(tx: Tx, deposit: Deposit, paid: Paid): Promise<void> {
  const sourceId = paid.instrument
    ? await saveSource(tx, deposit, {
        kind: 'card',
        provider: deposit.provider,
        card: paid.instrument,
      })
    : null;
  await creditDeposit(tx, deposit.id, { sourceId, providerRef: paid.providerRef });
  await queueMail(tx, {
    key: `deposit_received/${deposit.id}`,
    kind: 'deposit_received',
    clientId: deposit.clientId,
    entityId: deposit.entityId,
    data: {
      amount: formatAmount(deposit.amountMinor, deposit.currency),
      currency: deposit.currency,
      reference: deposit.id,
      method: paid.instrument
        ? `${paid.instrument.brand} ending ${paid.instrument.last4}`
        : deposit.provider,
    },
  });
}

async function fail(tx: Tx, deposit: Deposit, code: string): Promise<DepositStanding> {
  await failDeposit(tx, deposit.id, code);
  return 'failed';
}

interface Stop {
  readonly reason: string;
  readonly title: string;
  readonly issue: readonly { readonly code: string; readonly detail: string }[];
  readonly choices: readonly string[];
}

/** What arrived is kept apart until people have decided. */
async function hold(tx: Tx, deposit: Deposit, paid: Paid, stop: Stop): Promise<DepositStanding> {
  await holdDeposit(tx, deposit.id, stop.reason);
  const opened = await openTask(tx, {
    kind: 'unmatched_deposit',
    subject: deposit.id,
    workflowId: workflowIds.deposit(deposit.id),
    entityId: deposit.entityId,
    clientId: deposit.clientId,
    title: stop.title,
    issue: stop.issue,
    content: {
      asked: formatAmount(deposit.amountMinor, deposit.currency),
      askedCurrency: deposit.currency,
      paidMinor: paid.amountMinor.toString(),
      paidCurrency: paid.currency,
      providerRef: paid.providerRef,
    },
    choices: stop.choices,
    key: `unmatched_deposit/${deposit.id}`,
  });
  await setProcess(tx, workflowIds.deposit(deposit.id), {
    state: 'held',
    waitsFor: `task ${opened.id}`,
  });
  return 'held';
}

function expired(deposit: Deposit): boolean {
  return Date.now() - Date.parse(deposit.createdAt) > payWithinHours * 3_600_000;
}

async function paidByEvents(tx: Tx, id: string): Promise<Paid | undefined> {
  const success = (await providerEventsOf(tx, id)).find(
    (event) => event.type === 'payment_succeeded',
  );
  if (!success) return undefined;
  const { providerRef, amountMinor, currency } = success.normalised;
  return {
    providerRef: String(providerRef),
    amountMinor: BigInt(String(amountMinor)),
    currency: String(currency),
    instrument: readInstrument(await instrumentOfEvent(tx, success.id)),
  };
}

function readInstrument(json: unknown): Instrument | undefined {
  if (json === null || typeof json !== 'object') return undefined;
  const { fingerprint, last4, brand, expMonth, expYear } = json as Readonly<
    Record<string, unknown>
  >;
  if (typeof fingerprint !== 'string') return undefined;
  return {
    fingerprint,
    last4: String(last4),
    brand: String(brand),
    expMonth: Number(expMonth),
    expYear: Number(expYear),
  };
}

export type DepositActivities = ReturnType<typeof createDepositActivities>;
