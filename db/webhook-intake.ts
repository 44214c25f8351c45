import { rows, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { noticeDispute } from './disputes';
import { noticePayment } from './incoming-messages';
import { noticeOutgoing } from './outgoing-messages';
import { storeProviderEvent, type ProviderMessage } from './provider-events';
import { moneyOf } from './unexpected-money';
import { noticeDropped, noticeSeen, noticeStray } from './watched-messages';

/**
 * Stores a provider's verified message once and wakes the process it is about, in one transaction; money that
 * no process waits for gets a task in the same one. A repetition is counted and wakes nobody: the first one
 * did. Runs as the system.
 */
export async function takeProviderMessage(
  tx: Tx,
  message: ProviderMessage,
): Promise<{ isNew: boolean; workflowId: string | undefined }> {
  const isNew = await storeProviderEvent(tx, message);
  if (!isNew) return { isNew, workflowId: undefined };
  await notice(tx, message);
  const workflowId = await processOf(tx, message);
  if (workflowId !== undefined) {
    await enqueueSignal(tx, {
      workflowId,
      signal: 'providerEvent',
      args: { event: message.eventId },
    });
  }
  return { isNew, workflowId };
}

/** What a message changes by itself, whether or not a process is there to hear it. */
async function notice(tx: Tx, message: ProviderMessage): Promise<void> {
  const money = moneyOf(message);
  if (money === undefined) return;
  switch (message.type) {
    case 'payment_succeeded':
      return noticePayment(tx, message, money);
    case 'refund_updated':
    case 'payout_updated':
      return noticeOutgoing(tx, message, money);
    case 'dispute_opened':
    case 'dispute_updated':
      return noticeDispute(tx, message, money);
    case 'payment_seen':
      return noticeSeen(tx, message);
    case 'payment_dropped':
      return noticeDropped(tx, message, money);
    case 'payment_stray':
      return noticeStray(tx, message, money);
    default:
  }
}

/** Our id in the message names the process: a deposit's own, or the intent of a refund or payout. */
async function processOf(tx: Tx, message: ProviderMessage): Promise<string | undefined> {
  const paymentRef = message.normalised['paymentRef'];
  const [found] = await rows<{ workflow_id: string }>(
    tx,
    `select workflow_id from process where subject = :operationId and finished_at is null
     union all select workflow_id from intent where id = :operationId
     union all select p.workflow_id from deposit d join process p on p.subject = d.id
       where :operationId::text is null and d.provider = :provider and d.provider_ref = :paymentRef
     limit 1`,
    {
      operationId: message.operationId,
      provider: message.provider,
      paymentRef: typeof paymentRef === 'string' ? paymentRef : null,
    },
  );
  return found?.workflow_id;
}
