import { formatAmount, isCurrency } from '../domain/money';
import { rows, type Tx } from './connection';
import type { ProviderMessage } from './provider-events';
import { openTask, type Task } from './tasks';

/** A message about money, as its provider told it. */
export interface ToldMoney {
  readonly providerRef: string;
  readonly paymentRef: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly status: string | null;
}

/** Reads the money of a normalised message; undefined when it is about none. */
export function moneyOf({ normalised }: ProviderMessage): ToldMoney | undefined {
  const { providerRef, paymentRef, amountMinor, currency, status } = normalised;
  if (typeof providerRef !== 'string' || typeof currency !== 'string') return undefined;
  if (typeof amountMinor !== 'string' || !/^\d+$/.test(amountMinor)) return undefined;
  return {
    providerRef,
    paymentRef: typeof paymentRef === 'string' ? paymentRef : null,
    amountMinor: BigInt(amountMinor),
    currency,
    status: typeof status === 'string' ? status : null,
  };
}

/** Whose money it is, as far as that is known. */
export interface Whose {
  readonly subject: string;
  readonly entityId: string;
  readonly clientId: string | null;
}

/** What a provider says has moved, and nothing here waits for: two people bring the books and it together. */
export async function askAboutMoney(
  tx: Tx,
  message: ProviderMessage,
  about: {
    readonly money: ToldMoney;
    readonly whose: Whose;
    readonly code: string;
    readonly detail: string;
    readonly intentId?: string;
  },
): Promise<Task> {
  const { money, whose, code, detail, intentId } = about;
  return openTask(tx, {
    kind: 'unexpected_payment',
    subject: whose.subject,
    workflowId: null,
    entityId: whose.entityId,
    clientId: whose.clientId,
    title: 'A provider tells of money that nobody here waits for',
    issue: [{ code, detail }],
    content: {
      provider: message.provider,
      providerRef: money.providerRef,
      ...(intentId === undefined ? {} : { intent: intentId }),
      amount: isCurrency(money.currency)
        ? formatAmount(money.amountMinor, money.currency)
        : `${money.amountMinor} minor units`,
      currency: money.currency,
      message: message.eventId,
    },
    key: `unexpected_payment/${message.provider}/${money.providerRef}`,
  });
}

/**
 * Who looks into money that belongs to no payment of ours: the entity that was there first, since a provider's
 * account may serve several.
 */
export async function nobodys(tx: Tx, message: ProviderMessage): Promise<Whose> {
  const [first] = await rows<{ id: string }>(
    tx,
    'select id from entity order by created_at, id limit 1',
  );
  if (!first) throw new Error('there is no entity');
  return {
    subject: `provider/${message.provider}/${message.eventId}`,
    entityId: first.id,
    clientId: null,
  };
}
