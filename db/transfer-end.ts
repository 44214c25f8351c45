import { formatAmount } from '../domain/money';
import { tradingLedger } from '../domain/ledger/account';
import { move, type Posting, type TransactionKind } from '../domain/ledger/posting';
import { workflowIds } from '../temporal-config/workflow-ids';
import { readAccount, type TradingAccount } from './accounts';
import { followTransfer } from './bonus-requests';
import { wakeOwed } from './chargeback-money';
import { rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents } from './events';
import { postTransaction, voidHold } from './ledger';
import { queueMail } from './mails';
import { finishProcess } from './processes';
import { readServer } from './servers';
import { cancelTask, latestTask } from './tasks';
import { counterpart, ownerOf, readTransfer, type Transfer, transferEvent } from './transfers';

/**
 * The posting of a transfer's balance deal. Its key is the server's (server, ticket), so that whichever
 * path sees the deal first (the process or the feed) posts it and the other finds it posted.
 */
export function transferPosting(
  transfer: Transfer,
  account: TradingAccount,
  ticket: string,
): Posting {
  const other = counterpart(transfer.purpose, account);
  const trading = tradingLedger({ ...ownerOf(account), accountId: account.id });
  const toAccount = transfer.direction === 'to_account';
  return {
    key: `deal/${account.serverId}/${ticket}`,
    kind: postingKind(transfer),
    entityId: transfer.entityId,
    clientId: transfer.clientId,
    cause: transfer.id,
    legs: toAccount
      ? move(other, trading, transfer.amountMinor)
      : move(trading, other, transfer.amountMinor),
    ...(transfer.holdId ? { hold: { id: transfer.holdId, final: true } } : {}),
  };
}

/** What the entries of a movement are called in the ledger. */
function postingKind({ purpose, direction }: Transfer): TransactionKind {
  if (purpose === 'dormancy_fee' || purpose === 'negative_balance') return purpose;
  return direction === 'to_account' ? 'transfer_to_account' : 'transfer_to_wallet';
}

/** Ends a transfer whose deal is on the server: posts it once, and says so. Repeating it changes nothing. */
export async function completeTransfer(tx: Tx, id: string, ticket: string): Promise<void> {
  const transfer = await readTransfer(tx, id);
  const account = await readAccount(tx, transfer.accountId);
  await postTransaction(tx, transferPosting(transfer, account, ticket));
  const moved = await rows(
    tx,
    `update transfer set state = 'done', ticket = :ticket, version = version + 1, finished_at = clock_timestamp()
     where id = :id and state not in ('done', 'refused') returning 1`,
    { id, ticket },
  );
  if (moved.length > 0) {
    // The feed may have seen the deal while people were still asked about it.
    const task = await latestTask(tx, id, 'operation_unknown');
    if (task?.state === 'open') await cancelTask(tx, task.id, 'ANSWERED_BY_THE_SERVER');
    await appendEvents(tx, [
      transferEvent(transfer, 'transfer.done', { ticket, server: account.serverId }),
    ]);
    if (transfer.purpose === 'dormancy_fee') await tellOfFee(tx, transfer, account);
    await followTransfer(tx, transfer, true);
    await wakeWaiting(tx, transfer);
    if (transfer.direction === 'to_wallet') await wakeOwed(tx, transfer);
  }
  await finishProcess(tx, workflowIds.transfer(id), { state: 'done', outcome: 'done' });
}

/** Ends a transfer that the server refused: the held money is free again, once. */
export async function refuseTransfer(tx: Tx, id: string, code: string): Promise<void> {
  const transfer = await readTransfer(tx, id);
  const moved = await rows(
    tx,
    `update transfer set state = 'refused', refusal = :code, version = version + 1, finished_at = clock_timestamp()
     where id = :id and state not in ('done', 'refused') returning 1`,
    { id, code },
  );
  if (moved.length > 0) {
    if (transfer.holdId) await voidHold(tx, transfer.holdId);
    await appendEvents(tx, [transferEvent(transfer, 'transfer.refused', { code })]);
    await followTransfer(tx, transfer, false);
    await wakeWaiting(tx, transfer);
  }
  await finishProcess(tx, workflowIds.transfer(id), { state: 'refused', outcome: code });
}

/** A holder reads of a fee once it was taken, and of none that the server refused. */
async function tellOfFee(tx: Tx, transfer: Transfer, account: TradingAccount): Promise<void> {
  const { clientId, currency, entityId } = transfer;
  const amount = formatAmount(transfer.amountMinor, currency);
  await appendEvents(tx, [
    {
      subject: account.id,
      type: 'account.dormancy_fee',
      entityId,
      clientId,
      payload: { amount, currency, transfer: transfer.id },
    },
  ]);
  const { name: platform } = await readServer(tx, account.serverId);
  await queueMail(tx, {
    key: `dormancy_fee/${account.id}/${transfer.id}`,
    kind: 'account_fee',
    entityId,
    clientId,
    data: { amount, currency, platform, login: account.login ?? '' },
  });
}

/** Whoever waits for this movement looks again. */
async function wakeWaiting(tx: Tx, { wakes, id }: Transfer): Promise<void> {
  if (wakes === null) return;
  await enqueueSignal(tx, { workflowId: wakes, signal: 'changed', args: { what: id } });
}
