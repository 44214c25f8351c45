import { systemScope } from '../domain/access/scope';
import type { ToldOfPayment } from '../domain/payments/seen';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { SeenTransfer } from '../connectors/psp/messages';
import type {
  KnownOfPayment,
  PaymentProvider,
  PaymentWatch,
  WatchedMessage,
} from '../connectors/psp/port';
import { inScope, type Database, type Tx } from '../db/connection';
import { normalise } from '../db/message-facts';
import {
  advanceWatch,
  dueLooks,
  postponeLook,
  readWatch,
  scheduleLook,
  toldOfPayment,
  touchAddress,
  type DueLook,
} from '../db/provider-watches';
import { takeProviderMessage } from '../db/webhook-intake';

/** More addresses than these are not named to the provider: all transfers are read then, and matched here. */
const namesMax = 500;
const looksAtOnce = 50;
const marksMax = 50_000;
/** Seconds until a payment that could not be looked at has its next turn. */
const againAfterFailure = 30;

/** `news`: a message was kept; `more`: there is more to read at once; `idle`: nothing to do now. */
export type WatchStep = 'news' | 'more' | 'idle' | { readonly failed: string };

/**
 * Reads a provider that sends no messages, step by step: what it finds is kept as if the provider had sent it. All that
 * must survive is in PostgreSQL; what the reader remembers saves work.
 */
export class WatchReader {
  readonly #watch: PaymentWatch;
  /** Touches that were passed on: the last blocks are read again and again. */
  readonly #marks = new Set<string>();

  constructor(
    private readonly db: Database,
    private readonly provider: PaymentProvider,
  ) {
    const { watch, name } = provider;
    if (!watch) throw new Error(`${name} sends messages and is not watched`);
    this.#watch = watch;
  }

  /** What has come since, then the payments that are due to be looked at. */
  async step(): Promise<WatchStep> {
    const { name } = this.provider;
    const from = await this.#within((tx) => readWatch(tx, name, { namesMax }));
    const reading = await this.#watch.readOn(from);
    if (reading.kind !== 'read') return { failed: reading.reason };
    const fresh = reading.touches.filter(({ mark }) => !this.#marks.has(mark));
    await this.#within(async (tx) => {
      for (const touch of fresh) await touchAddress(tx, touch);
      await advanceWatch(tx, name, reading);
    });
    if (this.#marks.size > marksMax) this.#marks.clear();
    for (const { mark } of fresh) this.#marks.add(mark);

    const due = await this.#within((tx) => dueLooks(tx, { provider: name, limit: looksAtOnce }));
    let kept = 0;
    for (const payment of due) {
      const looked = await this.#look(payment);
      if (typeof looked !== 'number') return looked;
      kept += looked;
    }
    if (kept > 0) return 'news';
    return reading.hasMore || due.length === looksAtOnce ? 'more' : 'idle';
  }

  /** Keeps what has become of a payment; answers how many messages that are. */
  async #look(payment: DueLook): Promise<number | { readonly failed: string }> {
    const { operationId, unreadFrom } = payment;
    const known = knownOf(
      await this.#within((tx) => toldOfPayment(tx, this.provider.name, operationId)),
    );
    const looked = await this.#watch.look({ operationId, unreadFrom, known });
    if (looked.kind !== 'looked') {
      await this.#within((tx) => postponeLook(tx, operationId, againAfterFailure));
      return { failed: looked.reason };
    }
    await this.#within(async (tx) => {
      for (const message of looked.messages) await takeProviderMessage(tx, asSent(message));
      await scheduleLook(tx, payment, looked);
    });
    return looked.messages.length;
  }

  #within<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return inScope(this.db, systemScope(`workflow:${workflowIds.watch(this.provider.name)}`), work);
  }
}

function asSent({ message, body }: WatchedMessage) {
  const { provider, eventId, type, operationId, occurredAt } = message;
  return {
    ...{ provider, eventId, type, operationId, occurredAt: occurredAt.toISOString(), body },
    normalised: normalise(message),
  };
}

function knownOf(told: readonly ToldOfPayment[]): KnownOfPayment {
  return {
    eventIds: new Set(told.map(({ eventId }) => eventId)),
    paidRefs: new Set(
      told
        .filter(({ type }) => type === 'payment_succeeded')
        .map(({ normalised }) => String(normalised['providerRef'])),
    ),
    seen: told.flatMap(({ type, normalised }) =>
      type === 'payment_seen' ? seenOf(normalised['transfer']) : [],
    ),
  };
}

/** What `payment_seen` has kept of a transfer. */
function seenOf(kept: unknown): SeenTransfer[] {
  if (typeof kept !== 'object' || kept === null) return [];
  const field = (name: string): unknown => Reflect.get(kept, name);
  return [
    {
      id: String(field('id')),
      units: String(field('units')),
      blockNumber: Number(field('blockNumber')),
      blockHash: String(field('blockHash')),
      blockTime: Number(field('blockTime')),
      logIndex: Number(field('logIndex')),
    },
  ];
}
