import { log } from '@temporalio/activity';
import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { PaymentProvider } from '../connectors/psp/port';
import { returnReceipt } from '../db/bank-deposits';
import { inScope, type Tx } from '../db/connection';
import { payerOf } from '../db/deposit-payer';
import {
  failDeposit,
  holdDeposit,
  lockDeposit,
  markReturned,
  type Deposit,
  type DepositState,
} from '../db/deposits';
import { setProcess } from '../db/processes';
import { receiptOfDeposit } from '../db/receipts';
import {
  askAboutHeld,
  failureByEvents,
  findStop,
  paymentByEvents,
  type ReceivedPayment,
} from '../db/received-payments';
import { latestTask, type Task } from '../db/tasks';
import type { PaymentDeps } from './deposit';
import { credit } from './deposit-credit';

/** A payment page that nobody used is given up after this long. */
export const payWithinHours = 24;

/** Where a deposit stands after reading what the provider has said. */
export type DepositStanding = 'waiting' | 'credited' | 'failed' | 'held' | 'returning' | 'returned';

/** What the provider answers about a payment now. */
interface Asked {
  readonly paid: ReceivedPayment | undefined;
  /** Why nobody can pay it any more; undefined while somebody can. */
  readonly failure: string | undefined;
}

export const nothingAsked: Asked = { paid: undefined, failure: undefined };

/** Asks the provider about the payment; past the deadline it is asked to let nobody pay it any more. */
export async function askProvider(
  deps: Pick<PaymentDeps, 'db' | 'providerFor'>,
  deposit: Deposit,
): Promise<Asked> {
  const provider = deps.providerFor(deposit.provider);
  const payer = await inScope(
    deps.db,
    systemScope(`workflow:${workflowIds.deposit(deposit.id)}`),
    (tx) => payerAt(tx, deposit, provider),
  );
  const { id: operationId, providerRef: ref } = deposit;
  const about = { operationId, asked: askedOf(deposit), payer };
  try {
    const found =
      expired(deposit) && ref !== null
        ? await provider.cancelPayment({ ...about, providerRef: ref })
        : await provider.lookUpPayment({
            ...about,
            ...(ref ? { providerRef: ref } : {}),
            notBefore: new Date(deposit.createdAt),
          });
    if (found.kind !== 'found') return nothingAsked;
    const { providerRef, amountMinor, currency, instrument, paidBy } = found;
    return {
      paid:
        found.status === 'succeeded'
          ? { providerRef, amountMinor, currency, instrument: instrument ?? paidBy }
          : undefined,
      failure: found.status === 'cancelled' ? (found.failureCode ?? 'CANCELLED') : undefined,
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
export async function settle(tx: Tx, id: string, asked: Asked): Promise<DepositStanding> {
  const deposit = await lockDeposit(tx, id);
  if (deposit.state === 'held') return decided(tx, deposit);
  if (isOver(deposit.state)) return deposit.state;
  const paid = asked.paid ?? (await paymentByEvents(tx, deposit));
  if (!paid) {
    const failure = asked.failure ?? (await failureByEvents(tx, deposit));
    if (failure !== undefined) return fail(tx, deposit, expired(deposit) ? 'EXPIRED' : failure);
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

async function fail(tx: Tx, deposit: Deposit, code: string): Promise<DepositStanding> {
  await failDeposit(tx, deposit.id, code);
  return 'failed';
}

export function payerAt(tx: Tx, deposit: Deposit, { capabilities }: PaymentProvider) {
  return payerOf(tx, deposit, capabilities.payer?.[deposit.rail] ?? {});
}

export function askedOf({ amountMinor, currency }: Deposit) {
  return { amountMinor, currency };
}

export function deadlineOf({ createdAt }: Deposit): Date {
  return new Date(Date.parse(createdAt) + payWithinHours * 3_600_000);
}

function expired(deposit: Deposit): boolean {
  return Date.now() > deadlineOf(deposit).getTime();
}
