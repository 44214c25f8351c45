import { newId } from '../domain/ids';
import type { Money } from '../domain/money';
import { wallet } from '../domain/ledger/account';
import { refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { readAccount, type TradingAccount, wakeAccount } from './accounts';
import { assertAgreed } from './agreement-acceptance';
import { claimBonus, type BonusWish } from './bonus-requests';
import { assertWithinLimits } from './client-limits';
import { asSystem, rows, type Tx } from './connection';
import { readDeposit } from './deposits';
import { enqueueStart } from './dispatch';
import { appendEvents } from './events';
import { placeHold } from './ledger';
import { assertAccountUnrestricted } from './restrictions';
import {
  counterpart,
  ownerOf,
  type Transfer,
  transferColumns,
  transferEvent,
  transferFromRow,
  type TransferPurpose,
  type TransferRow,
} from './transfers';

/**
 * Asks for money to move between a client's wallet and one of the client's accounts. On the way to the account
 * the money is held in the wallet at once, so `insufficient_funds` (422) is said here and not later. A demo account
 * is refused (422 `demo_account`), and what passes a limit of the client's level (422 `level_limit`). With a bonus that is wished for and not granted nothing is moved (`claimBonus`).
 */
export async function requestTransfer(
  tx: Tx,
  {
    accountId,
    direction,
    amount,
    bonus,
  }: {
    accountId: string;
    direction: 'to_account' | 'to_wallet';
    amount: Money;
    bonus?: BonusWish | undefined;
  },
): Promise<Transfer> {
  const account = await readAccount(tx, accountId);
  if (bonus) await readDeposit(tx, bonus.depositId);
  if (account.state !== 'active' && account.state !== 'dormant')
    throw refused('account_not_active', 'The account is not active.', { state: account.state });
  if (account.demo)
    throw refused('demo_account', 'A demo account has play money: none moves in or out.');
  if (account.currency !== amount.currency) {
    throw refused('other_currency', `The account is in ${account.currency}.`, {
      currency: account.currency,
    });
  }
  if (amount.amountMinor <= 0n)
    throw refused('amount_not_positive', 'The amount must be above zero.');
  await assertAccountUnrestricted(tx, account, 'trade');
  // Money on its way out never waits for a text, or for a level.
  if (direction === 'to_account') {
    await assertAgreed(tx, account.clientId);
    await assertWithinLimits(tx, account.clientId, { kind: 'trading', amount });
  }
  const transfer = await asSystem(tx, async (system) => {
    const inserted = await insertTransfer(system, account, {
      direction,
      amountMinor: amount.amountMinor,
      purpose: 'client',
    });
    // Money that moves is activity: an account that sleeps looks at itself again.
    if (account.state === 'dormant') await wakeAccount(system, accountId);
    return inserted;
  });
  if (bonus) await claimBonus(tx, transfer, bonus);
  return transfer;
}

/** A movement that no client asked for as such. Asking again under the same key answers what stands. */
export interface OwnTransfer {
  readonly key: string;
  readonly accountId: string;
  readonly direction: 'to_account' | 'to_wallet';
  readonly amountMinor: bigint;
  readonly purpose: Exclude<TransferPurpose, 'client'>;
  readonly requestId?: string;
  /** The workflow that waits for its end. */
  readonly wakes: string;
}

/**
 * Starts a movement that a process needs: restrictions and states do not stand in its way, the wallet's own floor
 * does (`insufficient_funds`, 422). Runs under the system's scope.
 */
export async function startTransfer(system: Tx, own: OwnTransfer): Promise<Transfer> {
  const [standing] = await rows<TransferRow>(
    system,
    `select ${transferColumns} from transfer where key = :key`,
    { key: own.key },
  );
  if (standing) return transferFromRow(standing);
  const account = await readAccount(system, own.accountId);
  if (account.demo) throw new Error(`${account.id} is a demo account: nothing moves in or out`);
  return insertTransfer(system, account, own);
}

async function insertTransfer(
  system: Tx,
  account: TradingAccount,
  wanted: Pick<OwnTransfer, 'direction' | 'amountMinor'> & {
    readonly purpose: TransferPurpose;
    readonly key?: string;
    readonly requestId?: string;
    readonly wakes?: string;
  },
): Promise<Transfer> {
  const id = newId('transfer');
  const fromWallet =
    wanted.direction === 'to_account' && counterpart(wanted.purpose, account).code === 'wallet';
  const holdId = fromWallet ? newId('hold') : null;
  if (holdId) {
    await placeHold(system, {
      id: holdId,
      account: wallet(ownerOf(account)),
      amountMinor: wanted.amountMinor,
      cause: id,
    });
  }
  const [row] = await rows<TransferRow>(
    system,
    `insert into transfer (id, entity_id, client_id, account_id, direction, purpose, amount_minor, currency, hold_id, state,
       key, request_id, wakes)
     values (:id, :entityId, :clientId, :accountId, :direction, :purpose, :amount, :currency, :holdId, 'requested',
       :key, :requestId, :wakes) returning ${transferColumns}`,
    {
      id,
      entityId: account.entityId,
      clientId: account.clientId,
      accountId: account.id,
      direction: wanted.direction,
      purpose: wanted.purpose,
      amount: wanted.amountMinor.toString(),
      currency: account.currency,
      holdId,
      key: wanted.key ?? null,
      requestId: wanted.requestId ?? null,
      wakes: wanted.wakes ?? null,
    },
  );
  if (!row) throw new Error('the transfer was not inserted');
  const transfer = transferFromRow(row);
  await appendEvents(system, [
    transferEvent(transfer, 'transfer.requested', {
      direction: wanted.direction,
      account: account.id,
      purpose: wanted.purpose,
    }),
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
}
