import { newId } from '../domain/ids';
import { formatAmount, type Money } from '../domain/money';
import { tradingLedger, wallet } from '../domain/ledger/account';
import { move, type Posting } from '../domain/ledger/posting';
import { notFound, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { readAccount, type TradingAccount } from './accounts';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { appendEvents } from './events';
import { placeHold, postTransaction, voidHold } from './ledger';
import { assertUnrestricted } from './restrictions';
import { finishProcess } from './processes';
import { cancelTask, latestTask } from './tasks';

export type TransferState = 'requested' | 'sending' | 'unknown' | 'in_review' | 'done' | 'refused';

export interface Transfer {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly accountId: string;
  readonly direction: 'to_account' | 'to_wallet';
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly holdId: string | null;
  readonly state: TransferState;
  readonly ticket: string | null;
  readonly refusal: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface TransferRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly account_id: string;
  readonly direction: 'to_account' | 'to_wallet';
  readonly amount_minor: string;
  readonly currency: string;
  readonly hold_id: string | null;
  readonly state: TransferState;
  readonly ticket: string | null;
  readonly refusal: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns = `id, entity_id, client_id, account_id, direction, amount_minor, currency, hold_id, state, ticket, refusal,
  created_at, finished_at`;

function fromRow(row: TransferRow): Transfer {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    accountId: row.account_id,
    direction: row.direction,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    holdId: row.hold_id,
    state: row.state,
    ticket: row.ticket,
    refusal: row.refusal,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

/**
 * Asks for money to move between a client's wallet and one of the client's accounts. On the way to the account
 * the money is held in the wallet at once, so `insufficient_funds` (422) is said here and not later.
 */
export async function requestTransfer(
  tx: Tx,
  {
    accountId,
    direction,
    amount,
  }: { accountId: string; direction: 'to_account' | 'to_wallet'; amount: Money },
): Promise<Transfer> {
  const account = await readAccount(tx, accountId);
  if (account.state !== 'active')
    throw refused('account_not_active', 'The account is not active.', { state: account.state });
  if (account.currency !== amount.currency) {
    throw refused('other_currency', `The account is in ${account.currency}.`, {
      currency: account.currency,
    });
  }
  if (amount.amountMinor <= 0n)
    throw refused('amount_not_positive', 'The amount must be above zero.');
  await assertUnrestricted(tx, account.clientId, 'trade');
  const id = newId('transfer');
  const holdId = direction === 'to_account' ? newId('hold') : null;
  return asSystem(tx, async (system) => {
    if (holdId) {
      await placeHold(system, {
        id: holdId,
        account: wallet(ownerOf(account)),
        amountMinor: amount.amountMinor,
        cause: id,
      });
    }
    const [row] = await rows<TransferRow>(
      system,
      `insert into transfer (id, entity_id, client_id, account_id, direction, amount_minor, currency, hold_id, state)
       values (:id, :entityId, :clientId, :accountId, :direction, :amount, :currency, :holdId, 'requested') returning ${columns}`,
      {
        id,
        entityId: account.entityId,
        clientId: account.clientId,
        accountId,
        direction,
        amount: amount.amountMinor.toString(),
        currency: amount.currency,
        holdId,
      },
    );
    if (!row) throw new Error('the transfer was not inserted');
    const transfer = fromRow(row);
    await appendEvents(system, [
      transferEvent(transfer, 'transfer.requested', { direction, account: accountId }),
    ]);
    await enqueueStart(system, {
      workflow: 'transfer',
      workflowId: workflowIds.transfer(id),
      taskQueue: taskQueues.workflows,
      args: { id },
      subject: id,
      entityId: account.entityId,
      clientId: account.clientId,
    });
    return transfer;
  });
}

function ownerOf(account: TradingAccount) {
  return { entityId: account.entityId, clientId: account.clientId, currency: account.currency };
}

/** Throws `not_found` (404). */
export async function readTransfer(tx: Tx, id: string): Promise<Transfer> {
  const [row] = await rows<TransferRow>(tx, `select ${columns} from transfer where id = :id`, {
    id,
  });
  if (!row) throw notFound('transfer');
  return fromRow(row);
}

export async function listTransfers(
  tx: Tx,
  {
    clientId,
    state,
    after,
    limit,
  }: { clientId?: string; state?: string; after?: string; limit: number },
): Promise<Transfer[]> {
  const found = await rows<TransferRow>(
    tx,
    `select ${columns} from transfer where (:clientId::text is null or client_id = :clientId)
       and (:state::text is null or state = :state) and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    { clientId: clientId ?? null, state: state ?? null, after: after ?? null, limit },
  );
  return found.map(fromRow);
}

/** Shows where an unfinished transfer stands. */
export async function markTransfer(
  tx: Tx,
  id: string,
  state: 'sending' | 'unknown' | 'in_review',
): Promise<void> {
  await rows(
    tx,
    `update transfer set state = :state, version = version + 1 where id = :id and state not in ('done', 'refused') and state <> :state`,
    { id, state },
  );
}

/**
 * The posting of a transfer's balance deal. Its key is the server's (server, ticket), so that whichever
 * path sees the deal first (the process or the feed) posts it and the other finds it posted.
 */
export function transferPosting(
  transfer: Transfer,
  account: TradingAccount,
  ticket: string,
): Posting {
  const walletAccount = wallet(ownerOf(account));
  const trading = tradingLedger({ ...ownerOf(account), accountId: account.id });
  const toAccount = transfer.direction === 'to_account';
  return {
    key: `deal/${account.serverId}/${ticket}`,
    kind: toAccount ? 'transfer_to_account' : 'transfer_to_wallet',
    entityId: transfer.entityId,
    clientId: transfer.clientId,
    cause: transfer.id,
    legs: toAccount
      ? move(walletAccount, trading, transfer.amountMinor)
      : move(trading, walletAccount, transfer.amountMinor),
    ...(transfer.holdId ? { hold: { id: transfer.holdId, final: true } } : {}),
  };
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
  }
  await finishProcess(tx, workflowIds.transfer(id), { state: 'refused', outcome: code });
}

function transferEvent(
  transfer: Transfer,
  type: string,
  payload: { readonly [key: string]: string },
) {
  return {
    subject: transfer.id,
    type,
    entityId: transfer.entityId,
    clientId: transfer.clientId,
    payload: {
      amount: formatAmount(transfer.amountMinor, transfer.currency),
      currency: transfer.currency,
      ...payload,
    },
  };
}
