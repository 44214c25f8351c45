import { workflowIds } from '../temporal-config/workflow-ids';
import type { Tx } from './connection';
import { lockDeposit, type Deposit, type DepositState } from './deposits';
import { setProcess } from './processes';
import type { ProviderMessage } from './provider-events';
import { askAboutMoney, type ToldMoney } from './unexpected-money';

/** Nothing has come of what was seen yet. */
const waiting: readonly DepositState[] = ['requested', 'awaiting_payment', 'failed'];

/** A payment stands in a block, or does not stand there any more: its process says what it waits for. */
export async function noticeSeen(tx: Tx, message: ProviderMessage): Promise<void> {
  const deposit = await depositOf(tx, message);
  if (deposit?.state !== 'awaiting_payment') return;
  await setProcess(tx, workflowIds.deposit(deposit.id), {
    state: 'awaiting_payment',
    waitsFor:
      message.type === 'payment_seen'
        ? `confirmations at ${deposit.provider}`
        : `the payer at ${deposit.provider}`,
  });
}

/**
 * A transfer is gone. While nothing came of it the deposit waits for its payer again. Once it was credited or held the
 * chain has taken back its word, deeper than anybody waits for: the books stay as they are until people have decided.
 */
export async function noticeDropped(
  tx: Tx,
  message: ProviderMessage,
  money: ToldMoney,
): Promise<void> {
  const deposit = await depositOf(tx, message);
  if (!deposit) return;
  if (waiting.includes(deposit.state)) return noticeSeen(tx, message);
  await askAboutMoney(tx, message, {
    money: { ...money, providerRef: `${money.providerRef}/dropped` },
    whose: whoseOf(deposit),
    code: 'PAYMENT_DROPPED',
    detail: `A transfer to the deposit is not there any more, and the deposit is ${deposit.state}.`,
  });
}

/** Something else than was asked for came to the payment's address. It is credited to nobody. */
export async function noticeStray(
  tx: Tx,
  message: ProviderMessage,
  money: ToldMoney,
): Promise<void> {
  const deposit = await depositOf(tx, message);
  if (!deposit) return;
  await askAboutMoney(tx, message, {
    money,
    whose: whoseOf(deposit),
    code: String(message.normalised['code']),
    detail: `Something else than ${deposit.currency} came to the address of the deposit. It is not credited.`,
  });
}

function depositOf(tx: Tx, { operationId }: ProviderMessage): Promise<Deposit | undefined> {
  return operationId === null ? Promise.resolve(undefined) : lockDeposit(tx, operationId);
}

function whoseOf({ id, entityId, clientId }: Deposit) {
  return { subject: id, entityId, clientId };
}
