import { house, wallet } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import { conflict } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { wakeOwed } from './chargeback-money';
import { asSystem, rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { postTransaction, voidHold } from './ledger';
import { finishProcess } from './processes';
import { moveRefund, readRefund, type Refund } from './refunds';
import { cancelTask, latestTask } from './tasks';

/** The provider has given it back: posted once out of the hold, and counted on the deposit. */
export async function payRefund(tx: Tx, id: string, providerRef: string): Promise<void> {
  const paid = await moveRefund(tx, id, { from: ['approved'], to: 'paid', providerRef });
  const refund = await readRefund(tx, id);
  if (paid) {
    await postTransaction(tx, {
      key: `refund/${id}`,
      kind: 'refund',
      entityId: refund.entityId,
      clientId: refund.clientId,
      cause: id,
      legs: move(
        wallet(refund),
        house('psp_clearing', refund, refund.provider),
        refund.amountMinor,
      ),
      hold: { id: refund.holdId, final: true },
    });
    await settleAside(tx, refund, refund.amountMinor);
  }
  await finish(tx, refund, 'done');
}

/** Nobody gives it back: what was held and set aside is free again, once. */
export async function refuseRefund(tx: Tx, id: string, code: string): Promise<void> {
  const moved = await moveRefund(tx, id, {
    from: ['requested', 'approved'],
    to: 'refused',
    failure: code,
  });
  const refund = await readRefund(tx, id);
  if (moved) await release(tx, refund);
  await finish(tx, refund, code);
}

/** A colleague takes the request back while nobody has approved it. 409 `too_late` afterwards, 404 for one not seen. */
export async function cancelRefund(tx: Tx, id: string): Promise<Refund> {
  const seen = await readRefund(tx, id);
  return asSystem(tx, async (system) => {
    const moved = await moveRefund(system, id, { from: ['requested'], to: 'cancelled' });
    if (!moved)
      throw conflict('too_late', 'This refund can no longer be cancelled.', { state: seen.state });
    await release(system, seen);
    const task = await latestTask(system, id, 'refund_approval');
    if (task?.state === 'open') await cancelTask(system, task.id, 'CANCELLED');
    await enqueueSignal(system, {
      workflowId: workflowIds.refund(id),
      signal: 'changed',
      args: { what: 'cancelled' },
    });
    return readRefund(system, id);
  });
}

/** Ends the process of a refund that has ended. */
export function finish(tx: Tx, { id, state }: Refund, outcome: string): Promise<void> {
  return finishProcess(tx, workflowIds.refund(id), { state, outcome });
}

async function release(tx: Tx, refund: Refund): Promise<void> {
  await voidHold(tx, refund.holdId);
  await wakeOwed(tx, refund);
  await settleAside(tx, refund, 0n);
}

async function settleAside(tx: Tx, refund: Refund, refundedMinor: bigint): Promise<void> {
  await rows(
    tx,
    `update deposit set refunding_minor = refunding_minor - :aside, refunded_minor = refunded_minor + :refunded
     where id = :id`,
    {
      id: refund.depositId,
      aside: refund.amountMinor.toString(),
      refunded: refundedMinor.toString(),
    },
  );
}
