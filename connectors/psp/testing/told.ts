import { WebhookRejected, type ProviderEvent, type WebhookMessage } from '../messages';
import type { PaymentProvider } from '../port';
import { type Simulation } from './simulation';

/** For tests only: what a provider has told of one operation, by whatever way. */
export interface Told {
  readonly operation: 'payment' | 'refund' | 'payout';
  readonly operationId: string;
  readonly amountMinor: bigint;
  readonly state: 'pending' | 'done';
}

/** Every message that arrived and is genuine, in order; a repetition is there twice. */
export function messages(stage: Simulation, provider: PaymentProvider): WebhookMessage[] {
  return stage.receiver.received.flatMap(({ raw, headers, target }) => {
    try {
      return [provider.verifyWebhook(raw, headers, target)];
    } catch (error) {
      if (error instanceof WebhookRejected) return [];
      throw error;
    }
  });
}

/** The messages about the operation, each event once, whatever their order. */
export function eventsOf(
  stage: Simulation,
  provider: PaymentProvider,
  operationId: string,
): ProviderEvent[] {
  const known = new Map<string, ProviderEvent>();
  for (const message of messages(stage, provider)) {
    if (message.type === 'ignored' || message.operationId !== operationId) continue;
    known.set(message.eventId, message);
  }
  return [...known.values()];
}

const rank = { accepted: 0, pending: 0, paid: 1, succeeded: 1, returned: 2, failed: 2 };

/**
 * What a reader of the messages alone believes, in whatever order they came: a later state wins, and what failed or
 * came back has no effect.
 */
export function toldBy(events: readonly ProviderEvent[]): Told[] {
  const outgoing = events
    .filter((event) => event.type === 'payout_updated' || event.type === 'refund_updated')
    .sort((a, b) => rank[a.status] - rank[b.status])
    .at(-1);
  const paid = events.find((event) => event.type === 'payment_succeeded');
  return [
    ...(paid ? [lineOf('payment', paid, 'done')] : []),
    ...(outgoing && rank[outgoing.status] < 2
      ? [
          lineOf(
            outgoing.type === 'payout_updated' ? 'payout' : 'refund',
            outgoing,
            rank[outgoing.status] === 0 ? 'pending' : 'done',
          ),
        ]
      : []),
  ];
}

function lineOf(
  operation: Told['operation'],
  { operationId, amountMinor }: ProviderEvent,
  state: Told['state'],
): Told {
  return { operation, operationId: operationId ?? '', amountMinor, state };
}
