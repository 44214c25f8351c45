import type { ProviderOperation } from '../../../domain/payments/capabilities';
import { WebhookRejected } from '../messages';
import type {
  LookUp,
  Payment,
  PaymentProvider,
  PaymentRequest,
  Payout,
  PayoutDestination,
  Refund,
} from '../port';
import { comes, type Simulation, type StartSimulation } from './simulation';
import { eventsOf, toldBy, type Told } from './told';

/** A provider that is put through the kit: how it is reached, and what it is asked for. */
export interface Subject {
  /** As the provider and its side of the simulator are called. */
  readonly name: string;
  readonly start: StartSimulation;
  readonly connect: (stage: Simulation, timeoutMs: number) => PaymentProvider;
  readonly operations: readonly ProviderOperation[];
  /** What is paid in. */
  readonly payment?: Pick<PaymentRequest, 'amountMinor' | 'currency' | 'payer' | 'rail'>;
  readonly payout?: {
    readonly amountMinor: bigint;
    readonly currency: string;
    readonly destination: PayoutDestination;
  };
  /** What it tells of by itself; the rest is asked for. */
  readonly tells: readonly ProviderOperation[];
  /** The payer's side can take a payment back. */
  readonly chargebacks: boolean;
}

/** One operation of a test: what was asked for, under which id. */
export type Order = { readonly operationId: string; readonly amountMinor: bigint } & (
  | { readonly operation: 'payment'; readonly request: PaymentRequest }
  | { readonly operation: 'refund'; readonly paymentRef: string; readonly currency: string }
  | { readonly operation: 'payout' }
);

/** For tests only: a provider, what it was asked for, what it really moved, and what it told. */
export class Counter {
  readonly orders: Order[] = [];
  rejected = 0;
  #stage: Simulation | undefined;
  #patient: PaymentProvider | undefined;
  #hasty: PaymentProvider | undefined;

  constructor(readonly subject: Subject) {
    beforeAll(async () => {
      this.#stage = await subject.start(({ raw, headers, target }) => {
        try {
          this.provider.verifyWebhook(raw, headers, target);
          return 200;
        } catch (error) {
          if (!(error instanceof WebhookRejected)) throw error;
          this.rejected += 1;
          return 400;
        }
      });
      this.#patient = subject.connect(this.#stage, 20_000);
      this.#hasty = subject.connect(this.#stage, 600);
    });
    afterEach(() => this.stage.clearFaults());
    afterAll(() => this.stage.close());
  }

  get stage(): Simulation {
    if (!this.#stage) throw new Error('the simulator has not started');
    return this.#stage;
  }

  get provider(): PaymentProvider {
    if (!this.#patient) throw new Error('the simulator has not started');
    return this.#patient;
  }

  /** Gives up after a moment; whatever it needs besides (a token) it has by now. */
  async hasty(): Promise<PaymentProvider> {
    if (!this.#hasty) throw new Error('the simulator has not started');
    await this.#hasty.lookUpPayment({
      operationId: 'none',
      notBefore: new Date(),
      providerRef: 'none',
    });
    return this.#hasty;
  }

  tells(operation: ProviderOperation): boolean {
    return this.subject.tells.includes(operation);
  }

  isAskedByReference({ operation }: Order): boolean {
    return this.provider.capabilities.operations[operation]?.lookUp === 'reference';
  }

  /** An order that was not sent yet. A refund is of a payment that was paid before. */
  async order(operation: ProviderOperation): Promise<Order> {
    const operationId = `${this.subject.name}_${operation}_${this.orders.length + 1}`;
    const { payment, payout } = this.subject;
    if (operation === 'payout') {
      if (!payout) throw new Error('the subject has no payout');
      return this.#noted({ operation, operationId, amountMinor: payout.amountMinor });
    }
    if (!payment) throw new Error('the subject has no payment');
    if (operation === 'payment') {
      const more = { description: 'Deposit', returnUrl: 'http://127.0.0.1/room' };
      const request = { operationId, ...payment, ...more };
      return this.#noted({ operation, operationId, amountMinor: payment.amountMinor, request });
    }
    const paid = await this.order('payment');
    const opened = await this.send(paid);
    if (opened.kind !== 'done') throw new Error(`the payment was ${opened.kind}`);
    await this.complete(paid);
    return this.#noted({
      operation,
      operationId,
      amountMinor: payment.amountMinor / 4n,
      paymentRef: opened.providerRef,
      currency: payment.currency,
    });
  }

  #noted(order: Order): Order {
    this.orders.push(order);
    return order;
  }

  send(order: Order, provider = this.provider) {
    const { operationId, amountMinor } = order;
    switch (order.operation) {
      case 'payment':
        return provider.createPayment(order.request);
      case 'refund': {
        const { paymentRef, currency } = order;
        return provider.refund({ operationId, paymentRef, amountMinor, currency });
      }
      case 'payout': {
        const { payout } = this.subject;
        if (!payout) throw new Error('the subject has no payout');
        return provider.payout({ operationId, remittance: 'Withdrawal', ...payout });
      }
      default:
        return order satisfies never;
    }
  }

  lookUp(order: Order): Promise<LookUp<Payment | Refund | Payout>> {
    const { operationId } = order;
    switch (order.operation) {
      case 'payment':
        return this.provider.lookUpPayment({
          operationId,
          notBefore: new Date(Date.now() - 60_000),
        });
      case 'refund':
        return this.provider.lookUpRefund({ operationId, paymentRef: order.paymentRef });
      case 'payout':
        return this.provider.lookUpPayout({ operationId });
      default:
        return order satisfies never;
    }
  }

  /** The payer pays what was opened; money that we sent needs nobody. */
  async complete(order: Order): Promise<void> {
    if (order.operation !== 'payment') return;
    const payIn = { side: this.subject.name, reference: order.operationId };
    // A request that nobody waited for any longer may still be on its way.
    const paid = async () => (await this.stage.control('/pay-in', payIn)).httpStatus === 200;
    if (!(await comes(paid))) throw new Error('the payment cannot be paid');
  }

  /** What the provider really moved under our id. */
  async effects({ operationId, operation }: Order): Promise<Told[]> {
    const all = await this.stage.effects();
    return all
      .filter((row) => row.side === this.subject.name && row.operation === operation)
      .filter((row) => row.reference === operationId)
      .map(({ amountMinor, state }) => ({
        operation,
        operationId,
        amountMinor: BigInt(amountMinor),
        state,
      }));
  }

  /** What it has told of the order: by messages where it sends them, by being asked where it does not. */
  async told(order: Order): Promise<Told[]> {
    const { operation, operationId } = order;
    if (this.tells(operation)) {
      const events = eventsOf(this.stage, this.provider, operationId);
      return toldBy(events).filter((line) => line.operation === operation);
    }
    return lineOf(order, await this.lookUp(order));
  }

  /** Fails unless count, sum and state of what was moved are those that were told, in every way there is to tell. */
  async expectAgreement(order: Order): Promise<void> {
    const settled = async () => {
      const [told, moved] = [await this.told(order), await this.effects(order)];
      return same(told, moved) && moved.every(({ state }) => state === 'done');
    };
    await comes(settled);
    const moved = await this.effects(order);
    expect(await this.told(order)).toEqual(moved);
    if (this.isAskedByReference(order)) {
      expect(lineOf(order, await this.lookUp(order))).toEqual(moved);
    }
  }
}

function same(told: readonly Told[], moved: readonly Told[]): boolean {
  const text = (rows: readonly Told[]) =>
    rows.map(({ amountMinor, state }) => `${amountMinor} ${state}`).join();
  return text(told) === text(moved);
}

/** A look-up as a line; nothing where nothing was moved. */
function lineOf(
  { operation, operationId }: Order,
  found: LookUp<Payment | Refund | Payout>,
): Told[] {
  if (found.kind !== 'found') return [];
  const { status, amountMinor } = found;
  switch (status) {
    case 'succeeded':
    case 'paid':
      return [{ operation, operationId, amountMinor, state: 'done' }];
    case 'pending':
    case 'accepted':
      return [{ operation, operationId, amountMinor, state: 'pending' }];
    case 'open':
    case 'processing':
    case 'cancelled':
    case 'failed':
    case 'returned':
      return [];
    default:
      return status satisfies never;
  }
}
