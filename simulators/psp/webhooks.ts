import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { type FaultBook } from '../faults/faults';
import { type Change, type Journal } from '../journal/journal';
import { type Delivery, type ProviderSide, type StoredEvent } from './state';

export interface WebhookSettings<Side extends string = ProviderSide> {
  url(): string | undefined;
  /** How each provider says that a message is its own. */
  signerOf(side: Side): Signer;
}

/** Where deliveries are kept: in a table of that name. */
export interface DeliveryState<Side extends string = ProviderSide> {
  readonly journal: Journal;
  all(table: 'deliveries'): Delivery<Side>[];
}

/** Makes a message genuine at `nowMs`, or, `forged`, as somebody would who knows no secret. */
export type Signer = (message: Unsigned, forged: boolean, nowMs: number) => Signed;

export interface Unsigned {
  readonly body: string;
  readonly url: string;
}

/** What is left out stays as it was. */
export interface Signed {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly url?: string;
}

const inFlightMax = 8;
const backoffMsMax = 2_000;
const patienceMs = 10_000;
const behindMs = 1_500;

/** Delivers each webhook until the receiver answers 2xx, with back-off, over restarts. */
export class Webhooks<Side extends string = ProviderSide> {
  readonly #attempts = new Map<string, { count: number; nextMs: number }>();
  readonly #inFlight = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    readonly state: DeliveryState<Side>,
    readonly faults: FaultBook,
    readonly settings: WebhookSettings<Side>,
  ) {
    faults.onCleared(() => this.release(() => true));
  }

  /** The rows of an event and its deliveries, to be committed with whatever the event is about. */
  rowsOf(event: StoredEvent<Side>): Change[] {
    const occasion = { event: event.type, content: event.body };
    const held = this.faults.take(['hold_webhooks'], occasion) !== undefined;
    const behind = this.faults.take(['webhook_out_of_order'], occasion);
    const twice = this.faults.take(['webhook_twice'], occasion) !== undefined;
    const first: Delivery<Side> = {
      id: randomUUID(),
      eventId: event.id,
      side: event.side,
      type: event.type,
      body: event.body,
      ...(event.contentType === undefined ? {} : { contentType: event.contentType }),
      ...(event.url === undefined ? {} : { url: event.url }),
      state: held ? 'held' : 'pending',
      behind: behind !== undefined,
      dueMs: event.createdMs + (behind ? (behind.ms ?? behindMs) : 0),
    };
    const deliveries = twice ? [first, { ...first, id: randomUUID() }] : [first];
    return [
      { table: 'events', id: event.id, row: event },
      ...deliveries.map((delivery) => kept(delivery)),
    ];
  }

  /** Starts whatever is due. Call it after each commit that may have added deliveries. */
  kick(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const now = Date.now();
    let next = Number.POSITIVE_INFINITY;
    for (const delivery of this.state.all('deliveries')) {
      if (delivery.state !== 'pending' || this.#inFlight.has(delivery.id)) continue;
      if (this.#urlOf(delivery) === undefined) continue;
      const dueMs = this.#attempts.get(delivery.id)?.nextMs ?? delivery.dueMs;
      if (dueMs > now || this.#inFlight.size >= inFlightMax) next = Math.min(next, dueMs);
      else void this.#attempt(delivery);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.kick(), Math.min(Math.max(next - now, 10), 60_000));
  }

  /** Waits until every webhook due now has been tried, for at most `ms`. */
  async flush(ms: number): Promise<void> {
    const until = Date.now() + ms;
    this.kick();
    while (Date.now() < until) {
      const waiting = this.state
        .all('deliveries')
        .some(
          (row) =>
            row.state === 'pending' &&
            !row.behind &&
            !this.#attempts.has(row.id) &&
            this.#urlOf(row) !== undefined,
        );
      if (!waiting && this.#inFlight.size === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends delivered or held webhooks (again). Returns how many. */
  release(wanted: (delivery: Delivery<Side>) => boolean, alsoDelivered = false): number {
    const rows = this.state
      .all('deliveries')
      .filter((row) => row.state === 'held' || (alsoDelivered && row.state === 'delivered'))
      .filter(wanted);
    if (rows.length === 0) return 0;
    for (const row of rows) this.#attempts.delete(row.id);
    this.state.journal.commit(
      rows.map((row) => kept({ ...row, state: 'pending', dueMs: Date.now() })),
    );
    this.kick();
    return rows.length;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #attempt(delivery: Delivery<Side>): Promise<void> {
    const url = this.#urlOf(delivery);
    if (url === undefined) return;
    this.#inFlight.add(delivery.id);
    const occasion = { event: delivery.type, content: delivery.body };
    const forged = this.faults.take(['bad_signature'], occasion) !== undefined;
    const unsigned = { body: delivery.body, url };
    const signed = this.settings.signerOf(delivery.side)(unsigned, forged, Date.now());
    const status = await postWebhook({ ...unsigned, ...signed }, delivery.contentType);
    this.#inFlight.delete(delivery.id);
    if (this.#stopped) return;
    if (status >= 200 && status < 300) this.#delivered(delivery);
    else this.#later(delivery);
    this.kick();
  }

  #delivered(delivery: Delivery<Side>): void {
    this.#attempts.delete(delivery.id);
    this.state.journal.commit([kept({ ...delivery, state: 'delivered', behind: false })]);
    for (const row of this.#before(delivery)) {
      if (row.state === 'pending' && row.behind) {
        this.#attempts.set(row.id, { count: 0, nextMs: Date.now() });
      }
    }
  }

  /** The deliveries of the same provider that were made before this one. */
  #before(delivery: Delivery<Side>): Delivery<Side>[] {
    const rows = this.state.all('deliveries').filter((row) => row.side === delivery.side);
    return rows.slice(
      0,
      rows.findIndex((row) => row.id === delivery.id),
    );
  }

  #later(delivery: Delivery<Side>): void {
    const count = (this.#attempts.get(delivery.id)?.count ?? 0) + 1;
    const waitMs = Math.min(backoffMsMax, 100 * 2 ** Math.min(count, 10));
    this.#attempts.set(delivery.id, { count, nextMs: Date.now() + waitMs });
  }

  #urlOf(delivery: Delivery<Side>): string | undefined {
    const base = this.settings.url();
    return delivery.url ?? (base === undefined ? undefined : `${base}/${delivery.side}`);
  }
}

function kept<Side extends string>(delivery: Delivery<Side>): Change {
  return { table: 'deliveries', id: delivery.id, row: delivery };
}

/** The status of the answer; 0 when there is none. */
function postWebhook(
  message: Unsigned & Signed,
  contentType = 'application/json',
): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(
      message.url,
      {
        method: 'POST',
        agent: false,
        timeout: patienceMs,
        headers: {
          'content-type': contentType,
          'content-length': Buffer.byteLength(message.body),
          ...message.headers,
        },
      },
      (response) => {
        response.resume();
        response.on('close', () => resolve(response.statusCode ?? 0));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(0));
    outgoing.end(message.body);
  });
}
