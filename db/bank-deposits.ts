import { newId } from '../domain/ids';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, type Tx } from './connection';
import { depositEvent, readDeposit, type Deposit } from './deposits';
import { enqueueStart } from './dispatch';
import { appendEvents } from './events';
import { attachReceipt, bankProvider, startReturning, type Receipt } from './receipts';

/**
 * Money that has arrived at the bank becomes the client's deposit, which its process credits or holds by the entity's
 * policy like any other. Runs as the system.
 */
export async function openBankDeposit(
  tx: Tx,
  receipt: Receipt,
  clientId: string,
): Promise<Deposit> {
  const { entityId, currency, amountMinor } = receipt;
  const id = newId('deposit');
  await rows(
    tx,
    `insert into deposit (id, entity_id, client_id, amount_minor, currency, rail, provider, provider_ref, state)
     values (:id, :entityId, :clientId, :amount, :currency, 'bank', :provider, :receipt, 'requested')`,
    {
      ...{ id, entityId, clientId, currency, provider: bankProvider, receipt: receipt.id },
      amount: amountMinor.toString(),
    },
  );
  const deposit = await readDeposit(tx, id);
  await attachReceipt(tx, receipt, { clientId, depositId: id });
  await appendEvents(tx, [
    depositEvent(deposit, 'deposit.requested', { provider: bankProvider, receipt: receipt.id }),
  ]);
  await enqueueStart(tx, {
    workflow: 'deposit',
    workflowId: workflowIds.deposit(id),
    taskQueue: taskQueues.workflows,
    args: { id },
    subject: id,
    entityId,
    clientId,
  });
  return deposit;
}

/** Sends money back to the account that it came from, by a process of its own. Repeating it changes nothing. */
export async function returnReceipt(tx: Tx, receipt: Receipt): Promise<void> {
  if (!(await startReturning(tx, receipt))) return;
  await enqueueStart(tx, {
    workflow: 'receiptReturn',
    workflowId: workflowIds.receiptReturn(receipt.id),
    taskQueue: taskQueues.workflows,
    args: { id: receipt.id },
    subject: receipt.id,
    entityId: receipt.entityId,
    clientId: receipt.clientId,
  });
}
