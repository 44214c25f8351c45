import { conflict } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { wakeOwed } from './chargeback-money';
import { asSystem, rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { voidHold } from './ledger';
import { finishProcess } from './processes';
import { cancelTask, latestTask } from './tasks';
import { dropPlanned } from './withdrawal-legs';
import { moveWithdrawal, readWithdrawal, type Withdrawal } from './withdrawals';

/** The client takes the request back, until the point of no return: once it is being paid it is 409. */
export async function cancelWithdrawal(tx: Tx, id: string): Promise<Withdrawal> {
  const withdrawal = await readWithdrawal(tx, id);
  return asSystem(tx, async (system) => {
    const moved = await moveWithdrawal(system, id, {
      from: ['requested', 'in_review', 'approved'],
      to: 'cancelled',
      event: 'withdrawal.cancelled',
    });
    if (!moved) {
      throw conflict('too_late', 'This withdrawal can no longer be cancelled.', {
        state: withdrawal.state,
      });
    }
    await releaseRest(system, withdrawal);
    const task = await latestTask(system, id, 'withdrawal_approval');
    if (task?.state === 'open') await cancelTask(system, task.id, 'cancelled by the client');
    await enqueueSignal(system, {
      workflowId: workflowIds.withdrawal(id),
      signal: 'changed',
      args: { what: 'cancelled' },
    });
    return readWithdrawal(system, id);
  });
}

/** Ends a withdrawal: what was not paid is free again, and the process is over. */
export async function finishWithdrawal(
  tx: Tx,
  id: string,
  { to, refusal }: { to: 'paid' | 'partly_paid' | 'rejected' | 'failed'; refusal?: string },
): Promise<void> {
  const moved = await moveWithdrawal(tx, id, {
    from: ['requested', 'in_review', 'approved', 'paying'],
    to,
    event: `withdrawal.${to}`,
    ...(refusal ? { refusal } : {}),
  });
  const withdrawal = moved ?? (await readWithdrawal(tx, id));
  if (moved) await releaseRest(tx, moved);
  await finishProcess(tx, workflowIds.withdrawal(id), {
    state: withdrawal.state,
    outcome: refusal ?? withdrawal.state,
  });
}

/** Gives back what is left of the hold and frees the return capacity that was set aside. */
async function releaseRest(tx: Tx, withdrawal: Withdrawal): Promise<void> {
  const [hold] = await rows<{ state: string }>(tx, 'select state from ledger_hold where id = :id', {
    id: withdrawal.holdId,
  });
  if (hold?.state === 'held') await voidHold(tx, withdrawal.holdId);
  await wakeOwed(tx, withdrawal);
  await dropPlanned(tx, withdrawal.id, 'not needed');
}
