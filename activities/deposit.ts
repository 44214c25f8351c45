import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import type { ConfiguredProvider } from '../domain/payments/eligibility';
import { workflowIds } from '../temporal-config/workflow-ids';
import { shownAction } from '../connectors/psp/answers';
import type { Payment, PaymentProvider } from '../connectors/psp/port';
import { inScope, type Database, type Tx } from '../db/connection';
import {
  awaitPayment,
  failDeposit,
  mayRerouteDeposit,
  readDeposit,
  rerouteDeposit,
  type Deposit,
} from '../db/deposits';
import { intentOfStep, type Intent } from '../db/intent-readers';
import { sealAction } from '../db/deposit-payer';
import { markAbsent, recordOutcome, type IntentOutcome } from '../db/intents';
import { attemptsOfPart } from '../db/payment-attempts';
import { setProcess } from '../db/processes';
import { payinQuestion } from '../db/routing';
import { failureByEvents, paymentByEvents } from '../db/received-payments';
import {
  askedOf,
  askProvider,
  deadlineOf,
  nothingAsked,
  payerAt,
  payWithinHours,
  settle,
  type DepositStanding,
} from './deposit-settlement';
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

/** A prompt whose answer was lost, and of which no message has come by then, was never there or is over. */
const promptMinutes = 10;

/** What the deposit process does to the world. Every function may be called again. */
export function createDepositActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.deposit(id)}`);

  return {
    /** Asks the provider for the payment, once; the provider's key is our id. */
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
          const payer = await inScope(db, system(id), (tx) => payerAt(tx, deposit, provider));
          const outcome = await provider.createPayment({
            operationId: id,
            amountMinor: deposit.amountMinor,
            currency: deposit.currency,
            description: `Deposit ${formatAmount(deposit.amountMinor, deposit.currency)} ${deposit.currency}`,
            returnUrl: pageOfDeposit(deps, id),
            rail: deposit.rail,
            payer,
            expiresAt: deadlineOf(deposit),
          });
          return outcome.kind === 'done'
            ? inScope(db, system(id), (tx) => paymentDone(tx, deposit, outcome))
            : outcome;
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
      const { told, payer } = await inScope(db, system(id), async (tx) => ({
        told: await toldOf(tx, deposit),
        payer: await payerAt(tx, deposit, deps.providerFor(deposit.provider)),
      }));
      const found =
        told === undefined
          ? await deps.providerFor(deposit.provider).lookUpPayment({
              ...{ operationId: id, asked: askedOf(deposit), payer },
              ...{ notBefore: new Date(intent.createdAt), returnUrl: pageOfDeposit(deps, id) },
              expiresAt: deadlineOf(deposit),
            })
          : undefined;
      if (told !== undefined || found?.kind === 'found') {
        const recorded = await inScope(db, system(id), async (tx) => {
          const outcome = found?.kind === 'found' ? await paymentDone(tx, deposit, found) : told;
          return outcome === undefined ? intent : recordOutcome(tx, intent, outcome);
        });
        const result = resultOf(recorded) ?? standing;
        return inScope(db, system(id), (tx) => passDepositOn(tx, deps, { deposit, step }, result));
      }
      // The provider knows our id as its idempotency key: a repetition is answered with the first payment.
      if (found?.kind === 'absent') {
        await inScope(db, system(id), (tx) =>
          markAbsent(tx, intent, { provider: deposit.provider, lookedUpBy: 'operation id' }),
        );
        return { kind: 'absent', intentId: intent.id };
      }
      if (mayStillBePaid(deposit, deps.providerFor(deposit.provider)))
        return { kind: 'unknown', intentId: intent.id, reason: found?.kind ?? 'unknown' };
      // Should it have been paid after all, its message brings the deposit back as held.
      const ended = await inScope(db, system(id), (tx) =>
        recordOutcome(tx, intent, { kind: 'refused', code: 'EXPIRED', reason: 'nobody paid it' }),
      );
      return resultOf(ended) ?? standing;
    },

    /** Stores what the payer has to do, so that the client can be told. */
    async showPayment(id: string): Promise<void> {
      const { deposit, intent } = await inScope(db, system(id), (tx) => readAsked(tx, id));
      if (deposit.state !== 'requested' || !intent?.externalId) return;
      const providerRef = intent.externalId;
      const actionSealed = sealedActionOf(intent.outcome);
      await inScope(db, system(id), async (tx) => {
        await awaitPayment(tx, id, { providerRef, actionSealed });
        await setProcess(tx, workflowIds.deposit(id), {
          state: 'awaiting_payment',
          waitsFor: `the payer at ${deposit.provider}`,
          due: deadlineOf(deposit).toISOString(),
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

/** The payment as it is kept: what its payer has to do may bear their name, so it is ciphertext. */
async function paymentDone(
  tx: Tx,
  { clientId }: Deposit,
  { providerRef, nextAction }: Payment,
): Promise<IntentOutcome> {
  const sealed = await sealAction(tx, clientId, shownAction(nextAction));
  return { kind: 'done', externalId: providerRef, detail: { nextAction: sealed } };
}

function sealedActionOf(outcome: unknown): string | null {
  if (outcome === null || typeof outcome !== 'object' || !('detail' in outcome)) return null;
  const { detail } = outcome;
  return detail !== null && typeof detail === 'object' && 'nextAction' in detail
    ? String(detail.nextAction)
    : null;
}

/** What the provider's own messages say became of a payment whose answer was lost. */
async function toldOf(tx: Tx, deposit: Deposit): Promise<IntentOutcome | undefined> {
  const paid = await paymentByEvents(tx, deposit);
  if (paid) return { kind: 'done', externalId: paid.providerRef };
  const code = await failureByEvents(tx, deposit);
  return code === undefined
    ? undefined
    : { kind: 'refused', code, reason: `${deposit.provider} tells that it was not paid` };
}

function pageOfDeposit({ publicUrl }: PaymentDeps, id: string): string {
  return `${publicUrl}/client/deposits/${id}`;
}

/** Whether a payment that nobody knows of may still be paid: what is asked for on a phone is over in a minute. */
function mayStillBePaid({ createdAt }: Deposit, { capabilities }: PaymentProvider): boolean {
  const minutes =
    capabilities.operations.payment?.lookUp === 'provider_ref'
      ? promptMinutes
      : payWithinHours * 60;
  return Date.now() - Date.parse(createdAt) <= minutes * 60_000;
}

export type DepositActivities = ReturnType<typeof createDepositActivities>;
