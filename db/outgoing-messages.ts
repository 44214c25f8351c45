import { rows, type Tx } from './connection';
import type { ProviderMessage } from './provider-events';
import { askAboutMoney, nobodys, type ToldMoney, type Whose } from './unexpected-money';

/** A refund or payout of ours as a message names it. */
interface Sent {
  readonly intentId: string;
  readonly state: string;
  readonly whose: Whose;
}

const failures: ReadonlySet<string | null> = new Set(['failed', 'returned']);

/** A refund or payout moved at its provider: one that nobody here counts on is told to people. */
export async function noticeOutgoing(
  tx: Tx,
  message: ProviderMessage,
  money: ToldMoney,
): Promise<void> {
  if (failures.has(money.status)) return;
  const sent = await sentOf(tx, message);
  if (!sent) {
    await askAboutMoney(tx, message, {
      money,
      whose: await whoseRefund(tx, message, money),
      code: 'NOT_OURS',
      detail: 'The provider has paid this out, and it was not asked for from here.',
    });
    return;
  }
  if (sent.state !== 'absent' && sent.state !== 'refused') return;
  await askAboutMoney(tx, message, {
    money,
    whose: sent.whose,
    intentId: sent.intentId,
    code: 'PAID_AFTER_ALL',
    detail: `The books say that this payment is ${sent.state}, and the provider has made it.`,
  });
}

async function sentOf(tx: Tx, { operationId }: ProviderMessage): Promise<Sent | undefined> {
  // The lock waits for whoever is writing down what became of it.
  const [row] = await rows<{
    id: string;
    state: string;
    subject: string;
    entity_id: string;
    client_id: string | null;
  }>(
    tx,
    `select i.id, i.state, coalesce(p.subject, i.workflow_id) as subject, i.entity_id, i.client_id
     from intent i left join process p on p.workflow_id = i.workflow_id where i.id = :operationId for update of i`,
    { operationId },
  );
  return (
    row && {
      intentId: row.id,
      state: row.state,
      whose: { subject: row.subject, entityId: row.entity_id, clientId: row.client_id },
    }
  );
}

/** A refund made by hand at the provider still names the payment it is of. */
async function whoseRefund(tx: Tx, message: ProviderMessage, money: ToldMoney): Promise<Whose> {
  const [deposit] = await rows<{ id: string; entity_id: string; client_id: string }>(
    tx,
    'select id, entity_id, client_id from deposit where provider = :provider and provider_ref = :paymentRef',
    { provider: message.provider, paymentRef: money.paymentRef },
  );
  return deposit
    ? { subject: deposit.id, entityId: deposit.entity_id, clientId: deposit.client_id }
    : nobodys(tx, message);
}
