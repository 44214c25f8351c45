import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, type Tx } from './connection';
import { lockDeposit, reopenDeposit, type Deposit } from './deposits';
import { reopenProcess } from './processes';
import type { ProviderMessage } from './provider-events';
import { askAboutHeld, readInstrument, findStop, type ReceivedPayment } from './received-payments';
import { askAboutMoney, nobodys, type ToldMoney } from './unexpected-money';

/**
 * A payer has paid. While the deposit's process waits for that, it hears of it by its signal; money that comes
 * after the deposit's end, or belongs to no deposit, is never lost: it is held, or people are asked.
 */
export async function noticePayment(
  tx: Tx,
  message: ProviderMessage,
  money: ToldMoney,
): Promise<void> {
  const id = await depositOf(tx, message, money);
  if (id === undefined) {
    await askAboutMoney(tx, message, {
      money,
      whose: await nobodys(tx, message),
      code: 'NO_DEPOSIT',
      detail: 'A payer has paid, and no deposit here is what they paid for.',
    });
    return;
  }
  // The lock waits for whoever is ending the deposit; whoever comes after us reads the stored message.
  const deposit = await lockDeposit(tx, id);
  if (deposit.provider !== message.provider) {
    await askAboutMoney(tx, message, {
      money,
      whose: { subject: deposit.id, entityId: deposit.entityId, clientId: deposit.clientId },
      code: 'PAID_ELSEWHERE',
      detail: `The deposit was given to ${deposit.provider} when this provider had not taken it.`,
    });
    return;
  }
  if (deposit.state === 'failed') return holdLate(tx, deposit, message, money);
  const open = deposit.state === 'requested' || deposit.state === 'awaiting_payment';
  if (open || deposit.providerRef === money.providerRef) return;
  await askAboutMoney(tx, message, {
    money,
    whose: { subject: deposit.id, entityId: deposit.entityId, clientId: deposit.clientId },
    code: 'PAID_TWICE',
    detail: 'The deposit was paid by another payment than this one already.',
  });
}

async function depositOf(
  tx: Tx,
  { operationId, provider }: ProviderMessage,
  { providerRef }: ToldMoney,
): Promise<string | undefined> {
  const [row] = await rows<{ id: string }>(
    tx,
    `select id from deposit where id = :operationId
     union all select id from deposit where provider = :provider and provider_ref = :providerRef limit 1`,
    { operationId, provider, providerRef },
  );
  return row?.id;
}

async function holdLate(
  tx: Tx,
  deposit: Deposit,
  message: ProviderMessage,
  money: ToldMoney,
): Promise<void> {
  const paid: ReceivedPayment = {
    providerRef: money.providerRef,
    amountMinor: money.amountMinor,
    currency: money.currency,
    instrument: readInstrument(message.normalised['instrument'] ?? message.normalised['paidBy']),
  };
  const stop = await findStop(tx, deposit, paid);
  const workflowId = workflowIds.deposit(deposit.id);
  await reopenDeposit(tx, deposit.id, { reason: 'PAID_LATE', providerRef: paid.providerRef });
  await reopenProcess(tx, workflowId);
  await askAboutHeld(tx, deposit, paid, {
    reason: 'PAID_LATE',
    title: 'A payment came after its deposit had ended',
    issue: [
      {
        code: 'PAID_LATE',
        detail: `The deposit had failed (${deposit.failure ?? 'no reason'}) when the provider told of it.`,
      },
      ...(stop?.issue ?? []),
    ],
    choices: stop?.choices ?? ['credit', 'return'],
  });
}
