/**
 * The port of payment providers. Amounts are minor units (ISO 4217) as bigint, currencies capital codes.
 *
 * Every operation carries our own id and has three outcomes. **Unknown** means that the provider may
 * have done it: it is looked up by that id, and sent again under no other (architecture.md, "Exactly-once").
 */
export interface PaymentProvider {
  /** The name under which webhooks, intents and events are kept: `stripe`, `bank`. */
  readonly name: string;
  readonly capabilities: Capabilities;

  /** Opens a payment that a payer completes on the provider's page at `payUrl`. */
  createPayment(request: PaymentRequest): Promise<PaymentOutcome>;
  /** Lets nobody pay it any more, and answers how it stands then: a payment that was quicker is `succeeded`. */
  cancelPayment(request: PaymentCancel): Promise<LookUp<Payment>>;
  /** Gives money of a payment back to the card it came from. */
  refund(request: RefundRequest): Promise<RefundOutcome>;
  /** Sends money to a bank account. */
  payout(request: PayoutRequest): Promise<PayoutOutcome>;

  lookUpPayment(request: PaymentLookUp): Promise<LookUp<Payment>>;
  lookUpRefund(request: RefundLookUp): Promise<LookUp<Refund>>;
  lookUpPayout(request: PayoutLookUp): Promise<LookUp<Payout>>;

  /**
   * Checks the signature over the raw bytes and reads the message.
   * Throws WebhookRejected when the signature is missing, wrong or too old, or the body unreadable.
   */
  verifyWebhook(rawBody: Buffer, headers: WebhookHeaders): WebhookMessage;
  /** Reads a message that was verified before it was stored. Throws WebhookRejected for a bad body. */
  readWebhook(rawBody: Buffer): WebhookMessage;
}

export interface Capabilities {
  readonly rails: readonly ('card' | 'bank')[];
  readonly operations: readonly ('payment' | 'refund' | 'payout')[];
  readonly currencies: readonly string[];
  /** The most one operation may move, in minor units. */
  readonly amountMinorMax: bigint;
  /**
   * How long the provider answers a repeated operation id with the first one's outcome; null for ever.
   * Past it an operation is only looked up.
   */
  readonly keyHours: number | null;
}

export interface PaymentRequest {
  readonly operationId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** What the payer reads; no personal data. */
  readonly description: string;
  /** Where the payer's browser goes afterwards. */
  readonly returnUrl: string;
}

export interface PaymentCancel {
  readonly providerRef: string;
}

export interface RefundRequest {
  readonly operationId: string;
  /** `providerRef` of the payment. */
  readonly paymentRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

export interface PayoutRequest {
  readonly operationId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly creditor: Creditor;
  /** What the payee's bank statement says; 140 characters at most. */
  readonly remittance: string;
}

/** The payee. It travels from the store to the provider and is in no outcome, event or error. */
export interface Creditor {
  readonly name: string;
  readonly country: string;
  readonly iban?: string;
  readonly accountNumber?: string;
  readonly bic?: string;
}

/** The provider said no, or was never reached: nothing happened there. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: string;
  readonly reason: string;
  /** True: the provider did not consider the request (no connection, busy); the same one may be sent again. */
  readonly notSent: boolean;
}

/** The provider may have done it, or do it yet. Look it up; repeat it under the same operation id alone. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
}

export type Outcome<T> = (T & { readonly kind: 'done' }) | Refused | Unknown;
export type PaymentOutcome = Outcome<Payment>;
export type RefundOutcome = Outcome<Refund>;
export type PayoutOutcome = Outcome<Payout>;

export interface Payment {
  readonly providerRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** `open`: waits for the payer; a declined card leaves it open for another. */
  readonly status: 'open' | 'processing' | 'succeeded' | 'cancelled';
  readonly payUrl: string;
  readonly instrument?: Instrument;
  /** The code of the last decline. */
  readonly failureCode?: string;
}

export interface Refund {
  readonly providerRef: string;
  readonly paymentRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly status: RefundStatus;
  readonly failureCode?: string;
}

export interface Payout {
  readonly providerRef: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly status: PayoutStatus;
  readonly failureCode?: string;
}

export type RefundStatus = 'pending' | 'succeeded' | 'failed';
export type PayoutStatus = 'accepted' | 'paid' | 'returned';

/** A card as the provider knows it again: the fingerprint is the same for the same card number. */
export interface Instrument {
  readonly fingerprint: string;
  readonly last4: string;
  readonly brand: string;
  readonly expMonth: number;
  readonly expYear: number;
  readonly country?: string;
}

/** `ambiguous`: several things carry our id, which must never be; a person decides. */
export type LookUp<T> =
  | (T & { readonly kind: 'found' })
  | { readonly kind: 'absent' }
  | { readonly kind: 'ambiguous'; readonly providerRefs: readonly string[] }
  | Unknown;

export interface PaymentLookUp {
  readonly operationId: string;
  /** When known, only this payment is asked for. */
  readonly providerRef?: string;
  /** Nothing older than this is searched: the time the intent was committed. */
  readonly notBefore: Date;
  readonly returnUrl?: string;
}

export interface RefundLookUp {
  readonly operationId: string;
  readonly paymentRef: string;
}

export interface PayoutLookUp {
  readonly operationId: string;
}

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

/** A chargeback. It knows our payment by `paymentRef`, not by an id of ours. */
export interface DisputeOpened extends MoneyEvent {
  readonly type: 'dispute_opened';
  readonly operationId: null;
  readonly paymentRef: string | null;
  readonly reason: string;
  readonly evidenceDueAt: Date | null;
}

export type ProviderEvent =
  PaymentSucceeded | PaymentFailed | RefundUpdated | PayoutUpdated | DisputeOpened;

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

/**
 * A refusal in words of our own. The provider's may quote what it was sent, and a refusal is told in
 * histories and tasks; its code is taken when it looks like one.
 */
export function refusedBy(provider: string, code: string | undefined): Refused {
  const known = code !== undefined && /^[A-Za-z0-9_.-]{1,60}$/.test(code) ? code : 'refused';
  return { kind: 'refused', code: known, reason: `${provider} refused it`, notSent: false };
}

/** What a provider answers to an operation it does not have. */
export function unsupported(provider: string, operation: string): Refused {
  return {
    kind: 'refused',
    code: 'unsupported',
    reason: `${provider} has no ${operation}`,
    notSent: false,
  };
}
