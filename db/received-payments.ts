import { formatAmount, isCurrency } from '../domain/money';
import type { OwnName } from '../domain/payments/own-name';
import { workflowIds } from '../temporal-config/workflow-ids';
import { recordArrival } from './chain-senders';
import { compareOwnName } from './client-facts';
import type { Tx } from './connection';
import { decideReceivedDeposit, type ReceivedDecision } from './deposit-requests';
import type { Deposit } from './deposits';
import type { Json } from './events';
import { keepApart } from './held-money';
import type { CardDetails, PayerDetails } from './payment-sources';
import { setProcess } from './processes';
import { instrumentOfEvent, providerEventsOf } from './provider-events';
import {
  bankProvider,
  payerOfReceipt,
  receiptOfDeposit,
  type Payer,
  type Receipt,
} from './receipts';
import { openTask, type Task } from './tasks';

/** A payment as its provider tells it, whichever way it was told. */
export interface ReceivedPayment {
  readonly providerRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly instrument: CardDetails | PayerDetails | undefined;
  /** Who paid by bank transfer, and whether people have said that the client did. */
  readonly transfer?: { readonly payer: Payer; readonly isVouchedFor: boolean };
}

/** The payment that a stored message of the provider, or a statement of the bank, tells of; undefined while none has. */
export async function paymentByEvents(
  tx: Tx,
  { id, provider }: Pick<Deposit, 'id' | 'provider'>,
): Promise<ReceivedPayment | undefined> {
  const receipt = provider === bankProvider ? await receiptOfDeposit(tx, id) : undefined;
  if (receipt) return paymentByReceipt(tx, receipt);
  // What another provider says that was asked before is no word on this payment: people look into it.
  const success = (await providerEventsOf(tx, id)).find(
    (event) => event.type === 'payment_succeeded' && event.provider === provider,
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

async function paymentByReceipt(tx: Tx, receipt: Receipt): Promise<ReceivedPayment> {
  const payer = await payerOfReceipt(tx, receipt.id);
  return {
    providerRef: receipt.id,
    amountMinor: receipt.amountMinor,
    currency: receipt.currency,
    instrument: undefined,
    transfer: {
      payer: payer ?? { name: null, account: null, remittance: '' },
      // What came with no usable reference is a client's because two people said so.
      isVouchedFor: receipt.code !== null,
    },
  };
}

/** The code with which the provider has told that nobody can pay it any more; undefined while it has not. */
export async function failureByEvents(
  tx: Tx,
  { id, provider }: Pick<Deposit, 'id' | 'provider'>,
): Promise<string | undefined> {
  const last = (await providerEventsOf(tx, id)).findLast(
    (event) => event.type === 'payment_failed' && event.provider === provider,
  );
  if (last?.normalised['final'] !== true) return undefined;
  const code = last.normalised['failureCode'];
  return typeof code === 'string' ? code : 'CANCELLED';
}

const payerKinds = ['wallet', 'msisdn', 'bank_account', 'crypto_address'] as const;

/** The card, wallet or phone of a message; undefined when it names none. */
export function readInstrument(json: Json | undefined): ReceivedPayment['instrument'] {
  if (json === null || typeof json !== 'object' || !('fingerprint' in json)) return undefined;
  const { fingerprint, last4, brand, expMonth, expYear, label } = json;
  if (typeof fingerprint !== 'string') return undefined;
  const kind = payerKinds.find((known) => known === json['kind']);
  if (kind !== undefined) return { kind, fingerprint, label: String(label) };
  return {
    fingerprint,
    last4: String(last4),
    brand: String(brand),
    expMonth: Number(expMonth),
    expYear: Number(expYear),
  };
}

/** Why a payment that has arrived is not credited, and what people may say to it. */
export interface Stop {
  readonly reason: string;
  readonly title: string;
  readonly issue: readonly { readonly code: string; readonly detail: string }[];
  readonly choices: readonly string[];
}

/** What keeps the payment from being credited by itself; undefined when nothing does. */
export async function findStop(
  tx: Tx,
  deposit: Deposit,
  paid: ReceivedPayment,
): Promise<Stop | undefined> {
  if (paid.amountMinor !== deposit.amountMinor || paid.currency !== deposit.currency)
    return {
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
    };
  const { amountMinor, currency } = paid;
  const received = await decideReceivedDeposit(tx, deposit, {
    amount: { amountMinor, currency },
    instrument: paid.instrument?.fingerprint,
    card: paid.instrument && !('kind' in paid.instrument) ? paid.instrument : undefined,
    ownName: await ownNameOfPayment(tx, deposit, paid),
  });
  return received.decision === 'accept' ? undefined : policyStop(received);
}

/** By whose name is on the account; undefined where the payment names none. */
async function ownNameOfPayment(
  tx: Tx,
  { clientId }: Deposit,
  { transfer }: ReceivedPayment,
): Promise<OwnName | undefined> {
  if (transfer === undefined) return undefined;
  const verdict = await compareOwnName(tx, clientId, transfer.payer.name ?? '');
  return verdict === 'unclear' && transfer.isVouchedFor ? 'own' : verdict;
}

/** What the policy stopped: `review` may still be credited by two people, anything else only goes back. */
function policyStop({ decision, reasons, missing, says = [] }: ReceivedDecision): Stop {
  const codes = reasons.length > 0 ? reasons : ['REVIEW'];
  return {
    reason: codes[0] ?? 'REVIEW',
    title:
      says.length > 0
        ? "A payment that has arrived passes a limit of the client's level"
        : 'The deposit policy does not accept a payment that has arrived',
    issue: [
      ...(says.length > 0
        ? says.map((detail) => ({ code: codes[0] ?? 'REVIEW', detail }))
        : codes.map((code) => ({ code, detail: 'A rule of the deposit policy says so.' }))),
      ...missing.map((fact) => ({ code: 'DATA_MISSING', detail: `Not known: ${fact}.` })),
    ],
    choices: decision === 'review' ? ['credit', 'return'] : ['return'],
  };
}

/** The task about a payment that is kept apart; its deposit is `held` already. */
export async function askAboutHeld(
  tx: Tx,
  deposit: Deposit,
  paid: ReceivedPayment,
  stop: Stop,
): Promise<Task> {
  const workflowId = workflowIds.deposit(deposit.id);
  await keepApart(tx, deposit, paid);
  await recordArrival(tx, deposit, paid.amountMinor);
  const task = await openTask(tx, {
    kind: 'unmatched_deposit',
    subject: deposit.id,
    workflowId,
    entityId: deposit.entityId,
    clientId: deposit.clientId,
    title: stop.title,
    issue: stop.issue,
    content: {
      asked: formatAmount(deposit.amountMinor, deposit.currency),
      askedCurrency: deposit.currency,
      ...(isCurrency(paid.currency) ? { paid: formatAmount(paid.amountMinor, paid.currency) } : {}),
      paidMinor: paid.amountMinor.toString(),
      paidCurrency: paid.currency,
      providerRef: paid.providerRef,
    },
    choices: stop.choices,
    key: `unmatched_deposit/${deposit.id}`,
  });
  await setProcess(tx, workflowId, { state: 'held', waitsFor: `task ${task.id}` });
  return task;
}
