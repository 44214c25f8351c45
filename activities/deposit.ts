import { log } from '@temporalio/activity';
import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { Payment, PaymentProvider } from '../connectors/psp/port';
import { inScope, type Database, type Tx } from '../db/connection';
import {
  awaitPayment,
  creditDeposit,
  failDeposit,
  holdDeposit,
  lockDeposit,
  markReturned,
  mayRerouteDeposit,
  readDeposit,
  rerouteDeposit,
  type Deposit,
  type DepositState,
} from '../db/deposits';
import { intentOfStep, type Intent } from '../db/intent-readers';
import { markAbsent, recordOutcome } from '../db/intents';
import { queueMail } from '../db/mails';
import { attemptsOfPart } from '../db/payment-attempts';
import { returnReceipt } from '../db/bank-deposits';
import { payeeOfPayer, receiptOfDeposit } from '../db/receipts';
import { saveSource } from '../db/payment-sources';
import { setProcess } from '../db/processes';
import { payinQuestion } from '../db/routing';
import {
  askAboutHeld,
  paymentByEvents,
  findStop,
  type ReceivedPayment,
} from '../db/received-payments';
import { latestTask, type Task } from '../db/tasks';
import { startVerificationClock } from '../db/verification-clocks';
import { performOnce, resultOf } from './outside';
import { passOn, type AskedPart } from './payment-rerouting';
import type { ScreeningList } from './screening-list';

export interface PaymentDeps {
  readonly db: Database;
  readonly providerFor: (name: string) => PaymentProvider;
  /** Every provider that is configured, for routing to choose from. */
  readonly providers: readonly ConfiguredProvider[];
  /** The sanctions list in force, with which payees are screened. */
  readonly screeningList: () => Promise<ScreeningList>;
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
      const { deposit, step } = await inScope(db, system(id), (tx) => readAsked(tx, id));
      const provider = deps.providerFor(deposit.provider);
      const result = await performOnce(db, {
        plan: {
          workflowId: workflowIds.deposit(id),
          step,
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
      return inScope(db, system(id), (tx) => passDepositOn(tx, deps, { deposit, step }, result));
    },

    async lookUpPayment(id: string): Promise<StepResult> {
      const { deposit, step, intent } = await inScope(db, system(id), (tx) => readAsked(tx, id));
      if (!intent) return { kind: 'absent', intentId: '' };
      const standing = resultOf(intent);
      if (standing === undefined) return { kind: 'absent', intentId: intent.id };
      if (standing.kind !== 'unknown')
        return inScope(db, system(id), (tx) =>
          passDepositOn(tx, deps, { deposit, step }, standing),
        );
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
      const { deposit, intent } = await inScope(db, system(id), (tx) => readAsked(tx, id));
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
     * credits the wallet once when the payment succeeded. A deposit that nobody paid in time ends when the
     * provider has cancelled the payment, never before.
     */
    async settleDeposit(id: string, { ask }: { ask: boolean }): Promise<DepositStanding> {
      const deposit = await inScope(db, system(id), (tx) => readDeposit(tx, id));
      const open = deposit.state === 'requested' || deposit.state === 'awaiting_payment';
      const asked = ask && open ? await askProvider(deps, deposit) : nothingAsked;
      return inScope(db, system(id), (tx) => settle(tx, id, asked));
    },
  };
}

/** The deposit, and its step at the provider that is asked at present. */
async function readAsked(
  tx: Tx,
  id: string,
): Promise<{ deposit: Deposit; step: string; intent: Intent | undefined }> {
  const deposit = await readDeposit(tx, id);
  const attempts = await attemptsOfPart(tx, { paymentId: id, leg: 0 });
  // Deposits from before attempts were kept have one.
  const step = attempts.at(-1)?.step ?? 'payment';
  return { deposit, step, intent: await intentOfStep(tx, workflowIds.deposit(id), step) };
}

function passDepositOn(
  tx: Tx,
  deps: PaymentDeps,
  { deposit, step }: { readonly deposit: Deposit; readonly step: string },
  result: StepResult,
): Promise<StepResult> {
  const { id, entityId, clientId, rail, provider, amountMinor, currency } = deposit;
  const part: AskedPart = {
    ...{ paymentId: id, leg: 0, entityId, flow: 'payin', provider, step },
    workflowId: workflowIds.deposit(id),
    question: (inTx) =>
      payinQuestion(inTx, {
        ...{ id, entityId, clientId, rail, amount: { amountMinor, currency } },
      }),
    lock: (inTx) => mayRerouteDeposit(inTx, deposit),
    reroute: (inTx, to) => rerouteDeposit(inTx, deposit, to),
  };
  return passOn(tx, deps, part, result);
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

/** What the provider answers about a payment now. */
interface Asked {
  readonly paid: ReceivedPayment | undefined;
  /** Nobody can pay it any more. */
  readonly cancelled: boolean;
}

const nothingAsked: Asked = { paid: undefined, cancelled: false };

/** Asks the provider about the payment; past the deadline it is asked to let nobody pay it any more. */
async function askProvider(deps: PaymentDeps, deposit: Deposit): Promise<Asked> {
  const provider = deps.providerFor(deposit.provider);
  try {
    const found =
      expired(deposit) && deposit.providerRef !== null
        ? await provider.cancelPayment({ providerRef: deposit.providerRef })
        : await provider.lookUpPayment({
            operationId: deposit.id,
            ...(deposit.providerRef ? { providerRef: deposit.providerRef } : {}),
            notBefore: new Date(deposit.createdAt),
          });
    if (found.kind !== 'found') return nothingAsked;
    const { providerRef, amountMinor, currency, instrument } = found;
    return {
      paid:
        found.status === 'succeeded'
          ? { providerRef, amountMinor, currency, instrument }
          : undefined,
      cancelled: found.status === 'cancelled',
    };
  } catch (error) {
    log.warn('the provider could not be asked', {
      deposit: deposit.id,
      error: error instanceof Error ? error.name : 'unknown',
    });
    return nothingAsked;
  }
}

/** Under the deposit's lock, so that no message about the payment comes between reading and ending it. */
async function settle(tx: Tx, id: string, asked: Asked): Promise<DepositStanding> {
  const deposit = await lockDeposit(tx, id);
  if (deposit.state === 'held') return decided(tx, deposit);
  if (isOver(deposit.state)) return deposit.state;
  const paid = asked.paid ?? (await paymentByEvents(tx, deposit));
  if (!paid) {
    if (asked.cancelled) return fail(tx, deposit, expired(deposit) ? 'EXPIRED' : 'CANCELLED');
    if (expired(deposit))
      await setProcess(tx, workflowIds.deposit(id), {
        state: 'awaiting_payment',
        waitsFor: `${deposit.provider} to cancel the payment`,
      });
    return 'waiting';
  }
  const stop = await findStop(tx, deposit, paid);
  if (stop) {
    await holdDeposit(tx, deposit.id, {
      reason: stop.reason,
      providerRef: paid.providerRef,
    });
    await askAboutHeld(tx, deposit, paid, stop);
    return 'held';
  }
  await credit(tx, deposit, paid);
  return 'credited';
}

function isOver(state: DepositState): state is 'credited' | 'failed' | 'returned' {
  return state === 'credited' || state === 'failed' || state === 'returned';
}

/** What people said about a payment that was held. */
async function decided(tx: Tx, deposit: Deposit): Promise<DepositStanding> {
  const task = await latestTask(tx, deposit.id, 'unmatched_deposit');
  if (task?.state !== 'decided') return 'held';
  if (task.decision !== 'credit') {
    return deposit.rail === 'bank' ? returnByBank(tx, deposit) : 'returning';
  }
  const paid = await paymentByEvents(tx, deposit);
  await credit(tx, deposit, paid ?? paidOfTask(task.content));
  return 'credited';
}

/** What came by a bank transfer goes back by one, whose own process says when it has. */
async function returnByBank(tx: Tx, deposit: Deposit): Promise<DepositStanding> {
  const receipt = await receiptOfDeposit(tx, deposit.id);
  if (!receipt) throw new Error(`${deposit.id} was made of no receipt`);
  if (receipt.state === 'returned') {
    await markReturned(tx, deposit.id, {
      providerRef: receipt.id,
      returned: formatAmount(receipt.amountMinor, receipt.currency),
    });
    return 'returned';
  }
  await returnReceipt(tx, receipt);
  await setProcess(tx, workflowIds.deposit(deposit.id), {
    state: 'returning',
    waitsFor: workflowIds.receiptReturn(receipt.id),
  });
  return 'held';
}

/** The payment as the task shows it: of one that no webhook told of, only what was asked for is on record. */
function paidOfTask(content: Task['content']): ReceivedPayment {
  return {
    providerRef: String(content['providerRef']),
    amountMinor: BigInt(String(content['paidMinor'])),
    currency: String(content['paidCurrency']),
    instrument: undefined,
  };
}

async function credit(tx: Tx, deposit: Deposit, paid: ReceivedPayment): Promise<void> {
  const sourceId = await keepSource(tx, deposit, paid);
  await creditDeposit(tx, deposit.id, { sourceId, providerRef: paid.providerRef });
  await startVerificationClock(tx, deposit);
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
        : deposit.rail === 'bank'
          ? 'bank transfer'
          : deposit.provider,
    },
  });
}

/** What the money came from, where it is known well enough to be known again or paid back to. */
async function keepSource(
  tx: Tx,
  deposit: Deposit,
  { instrument, transfer }: ReceivedPayment,
): Promise<string | null> {
  const { provider } = deposit;
  if (instrument) return saveSource(tx, deposit, { kind: 'card', provider, card: instrument });
  const bank = transfer && payeeOfPayer(transfer.payer);
  return bank ? saveSource(tx, deposit, { kind: 'bank', provider, bank }) : null;
}

async function fail(tx: Tx, deposit: Deposit, code: string): Promise<DepositStanding> {
  await failDeposit(tx, deposit.id, code);
  return 'failed';
}

function expired(deposit: Deposit): boolean {
  return Date.now() - Date.parse(deposit.createdAt) > payWithinHours * 3_600_000;
}

export type DepositActivities = ReturnType<typeof createDepositActivities>;
