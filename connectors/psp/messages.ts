import type { Instrument, PaidBy, RefundStatus, PayoutStatus } from './port';

export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

interface EventBase {
  readonly provider: string;
  /** The provider's id of the event: the key to drop duplicates by. */
  readonly eventId: string;
  readonly occurredAt: Date;
}

interface MoneyEvent extends EventBase {
  readonly providerRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

export interface PaymentSucceeded extends MoneyEvent {
  readonly type: 'payment_succeeded';
  readonly operationId: string | null;
  readonly instrument?: Instrument;
  readonly paidBy?: PaidBy;
}

/** A card was declined (`final` false: the payer may try another), or the payment was cancelled. */
export interface PaymentFailed extends MoneyEvent {
  readonly type: 'payment_failed';
  readonly operationId: string | null;
  readonly failureCode: string;
  readonly final: boolean;
}

export interface RefundUpdated extends MoneyEvent {
  readonly type: 'refund_updated';
  readonly operationId: string | null;
  readonly paymentRef: string | null;
  readonly status: RefundStatus;
  readonly failureCode?: string;
}

export interface PayoutUpdated extends MoneyEvent {
  readonly type: 'payout_updated';
  readonly operationId: string;
  readonly status: PayoutStatus;
  readonly failureCode?: string;
}

interface DisputeEvent extends MoneyEvent {
  readonly operationId: null;
  readonly paymentRef: string | null;
  readonly reason: string;
  readonly evidenceDueAt: Date | null;
  /** All that the provider has charged for the dispute so far. */
  readonly fee?: { readonly amountMinor: bigint; readonly currency: string };
}

/**
 * A chargeback, often weeks later: the money is gone. It knows our payment by `paymentRef`, not by an id of ours.
 * An inquiry that takes no money is none.
 */
export interface DisputeOpened extends DisputeEvent {
  readonly type: 'dispute_opened';
}

/** How a chargeback stands: the money stays gone while it is `open` and when it is `lost`, and is back when it is `won`. */
export interface DisputeUpdated extends DisputeEvent {
  readonly type: 'dispute_updated';
  readonly status: 'open' | 'won' | 'lost';
}

/** A transfer as a block has it; `units` as its contract counts. */
export interface SeenTransfer {
  readonly id: string;
  readonly units: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  /** Seconds since 1970. */
  readonly blockTime: number;
  readonly logIndex: number;
}

/** Money is on its way to a payment: it stands in a block and is not credited yet. */
export interface PaymentSeen extends MoneyEvent {
  readonly type: 'payment_seen';
  readonly operationId: string;
  readonly transfer: SeenTransfer;
}

/** What was seen is not there any more. `wasPaid`: it had been told as paid. */
export interface PaymentDropped extends MoneyEvent {
  readonly type: 'payment_dropped';
  readonly operationId: string;
  readonly wasPaid: boolean;
}

/** Something else than was asked for came to a payment's address: it is never credited. */
export interface PaymentStray extends MoneyEvent {
  readonly type: 'payment_stray';
  readonly operationId: string;
  readonly code: 'WRONG_TOKEN' | 'WRONG_COIN';
}

export type ProviderEvent =
  | PaymentSucceeded
  | PaymentFailed
  | RefundUpdated
  | PayoutUpdated
  | DisputeOpened
  | DisputeUpdated
  | PaymentSeen
  | PaymentDropped
  | PaymentStray;

/** A genuine message that changes nothing here; it is stored and acknowledged all the same. */
export interface IgnoredEvent extends EventBase {
  readonly type: 'ignored';
  readonly providerType: string;
}

export type WebhookMessage = ProviderEvent | IgnoredEvent;

/** The webhook is not from the provider, or cannot be read. The receiver answers 400 and stores nothing. */
export class WebhookRejected extends Error {
  override readonly name = 'WebhookRejected';
  constructor(
    readonly code: 'bad_signature' | 'bad_body',
    detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}
