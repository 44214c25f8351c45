import { systemScope } from '../domain/access/scope';
import { formatAmount } from '../domain/money';
import { waitingFor, type StepResult } from '../domain/outside';
import { workflowIds } from '../temporal-config/workflow-ids';
import { inScope, type Tx } from '../db/connection';
import { readDeposit } from '../db/deposits';
import { assertMayLeave } from '../db/payout-gate';
import { setProcess } from '../db/processes';
import { finish, payRefund, refuseRefund } from '../db/refund-end';
import { moveRefund, readRefund, type Refund, type RefundState } from '../db/refunds';
import { openTask, taskOfKey } from '../db/tasks';
import type { PaymentDeps } from './deposit';
import { lookUpBack, sendBack, standingOfBack, stepOfRound, type GiveBack } from './give-back';
import { screenPayee, versionOf, type Payee } from './payout-screening';

/** What the refund of a deposit does to the world. Every function may be called again. */
export function createRefundActivities(deps: PaymentDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.refund(id)}`);
  const read = (id: string) => inScope(db, system(id), (tx) => readRefund(tx, id));
  const report = (tx: Tx, id: string, waitsFor: string | null, due: string | null = null) =>
    setProcess(tx, workflowIds.refund(id), { state: 'sending', waitsFor, due });

  /** The refund as its provider is asked for it, behind the gate that all money passes on its way out. */
  async function readBack(id: string, round: number): Promise<GiveBack> {
    const list = await deps.screeningList();
    return inScope(db, system(id), async (tx) => {
      const refund = await readRefund(tx, id);
      const { providerRef } = await readDeposit(tx, refund.depositId);
      if (providerRef === null) throw new Error(`${refund.depositId} was paid by no payment`);
      const { depositId, entityId, clientId, provider, amountMinor, currency } = refund;
      return {
        ...{ depositId, entityId, clientId, provider, amountMinor, currency },
        workflowId: workflowIds.refund(id),
        step: stepOfRound('refund', round),
        subject: `${id}/return`,
        paymentRef: providerRef,
        gate: (inTx) => assertMayLeave(inTx, clientId, versionOf(list)),
      };
    });
  }

  async function screenPayer(
    id: string,
    { whileRequested }: { readonly whileRequested: boolean },
  ): Promise<void> {
    const list = await deps.screeningList();
    await inScope(db, system(id), async (tx) => {
      const refund = await readRefund(tx, id);
      if (whileRequested && refund.state !== 'requested') return;
      await screenPayee(tx, payeeOf(refund), list);
    });
  }

  return {
    /** Asks a second person, once, and acts on what was decided; answers the state the refund has now. */
    async openRefund(id: string): Promise<RefundState> {
      await screenPayer(id, { whileRequested: true });
      return inScope(db, system(id), async (tx) => {
        const refund = await readRefund(tx, id);
        if (refund.state === 'requested') await decided(tx, refund);
        return (await readRefund(tx, id)).state;
      });
    },

    async sendRefund(id: string, round: number): Promise<StepResult> {
      await screenPayer(id, { whileRequested: false });
      return sendBack(deps, await readBack(id, round));
    },

    async lookUpSentRefund(id: string, round: number): Promise<StepResult> {
      return lookUpBack(deps, await readBack(id, round));
    },

    async reportRefund(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), (tx) => report(tx, id, waitingFor(result)));
    },

    /** Reads (or asks) whether the provider has given the money back, and posts it once when it has. */
    async settleRefund(
      id: string,
      round: number,
      { ask }: { ask: boolean },
    ): Promise<'waiting' | 'returned' | 'refused'> {
      if ((await read(id)).state === 'paid') return 'returned';
      const back = await readBack(id, round);
      const standing = await standingOfBack(deps, back, { ask });
      if (!standing) return 'waiting';
      if (standing.status === 'failed') return 'refused';
      return inScope(db, system(id), async (tx) => {
        if (standing.status === 'succeeded') {
          await payRefund(tx, id, standing.providerRef);
          return 'returned';
        }
        await report(tx, id, `payment by ${back.provider}`);
        return 'waiting';
      });
    },

    /** The provider will not give it back: a person tries again, or gives it up, which frees what was held. */
    async askAboutRefund(
      id: string,
      round: number,
      code: string,
    ): Promise<'retry' | 'refuse' | 'waiting'> {
      return inScope(db, system(id), async (tx) => {
        const refund = await readRefund(tx, id);
        if (refund.state === 'refused') return 'refuse';
        const key = `refund_failed/${id}/${round}`;
        const task =
          (await taskOfKey(tx, key)) ?? (await openFailedTask(tx, { refund, round, code, key }));
        if (task.state === 'decided' && task.decision === 'retry') return 'retry';
        if (task.state === 'decided') {
          await refuseRefund(tx, id, code);
          return 'refuse';
        }
        await report(tx, id, `task ${task.id}`, task.dueAt);
        return 'waiting';
      });
    },

    async endRefund(id: string): Promise<RefundState> {
      return inScope(db, system(id), async (tx) => {
        const refund = await readRefund(tx, id);
        await finish(tx, refund, refund.failure ?? refund.state);
        return refund.state;
      });
    },
  };
}

function payeeOf({ id, entityId, clientId }: Refund): Payee {
  return { workflowId: workflowIds.refund(id), subject: id, entityId, clientId };
}

/** What a second person has decided, if anybody has. */
async function decided(tx: Tx, refund: Refund): Promise<void> {
  const amount = formatAmount(refund.amountMinor, refund.currency);
  const task = await openTask(tx, {
    kind: 'refund_approval',
    subject: refund.id,
    workflowId: workflowIds.refund(refund.id),
    entityId: refund.entityId,
    clientId: refund.clientId,
    title: `Refund of ${amount} ${refund.currency}`,
    issue: [
      {
        code: 'REFUND_REQUESTED',
        detail: `The money is held in the wallet and goes back by ${refund.provider}, which took the payment.`,
      },
    ],
    content: {
      refund: refund.id,
      deposit: refund.depositId,
      client: refund.clientId,
      provider: refund.provider,
      amount,
      currency: refund.currency,
    },
    key: `refund_approval/${refund.id}`,
  });
  if (task.state === 'decided' && task.decision === 'approve') {
    await moveRefund(tx, refund.id, { from: ['requested'], to: 'approved' });
    await setProcess(tx, workflowIds.refund(refund.id), { state: 'sending' });
  } else if (task.state === 'decided') {
    await refuseRefund(tx, refund.id, 'REJECTED');
  } else {
    await setProcess(tx, workflowIds.refund(refund.id), {
      state: 'requested',
      waitsFor: `task ${task.id}`,
      due: task.dueAt,
    });
  }
}

function openFailedTask(
  tx: Tx,
  { refund, round, code, key }: { refund: Refund; round: number; code: string; key: string },
) {
  return openTask(tx, {
    kind: 'payout_failed',
    subject: `${refund.id}/return`,
    workflowId: workflowIds.refund(refund.id),
    entityId: refund.entityId,
    clientId: refund.clientId,
    title: 'A provider refused a refund',
    issue: [{ code, detail: 'The money is still held in the wallet; nothing of it went back.' }],
    content: { refund: refund.id, deposit: refund.depositId, round, code },
    key,
  });
}

export type RefundActivities = ReturnType<typeof createRefundActivities>;
