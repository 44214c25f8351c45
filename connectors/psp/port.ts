import type { Capabilities } from '../../domain/payments/capabilities';
import type { Rail } from '../../domain/payments/rails';
import type { WebhookHeaders, SeenTransfer, ProviderEvent, WebhookMessage } from './messages';

export type { Capabilities };

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

  /** Opens a payment that a payer completes by `nextAction`. */
  createPayment(request: PaymentRequest): Promise<PaymentOutcome>;
  /** Lets nobody pay it any more, and answers how it stands then: a payment that was quicker is `succeeded`. */
  cancelPayment(request: PaymentCancel): Promise<LookUp<Payment>>;
  /** Gives money of a payment back to where it came from. */
  refund(request: RefundRequest): Promise<RefundOutcome>;
  /** Sends money to a payee's bank account, wallet, phone or address. */
  payout(request: PayoutRequest): Promise<PayoutOutcome>;

  lookUpPayment(request: PaymentLookUp): Promise<LookUp<Payment>>;
  lookUpRefund(request: RefundLookUp): Promise<LookUp<Refund>>;
  lookUpPayout(request: PayoutLookUp): Promise<LookUp<Payout>>;

  /**
   * Checks the signature over the raw bytes and reads the message. `target` is the path with its query: a
   * provider that signs nothing is known by the secret in the address it was told to call.
   * Throws WebhookRejected when the signature is missing, wrong or too old, or the body unreadable.
   */
  verifyWebhook(rawBody: Buffer, headers: WebhookHeaders, target?: string): WebhookMessage;
  /** Reads a message that was verified before it was stored. Throws WebhookRejected for a bad body. */
  readWebhook(rawBody: Buffer): WebhookMessage;

  /** Of a provider that sends no messages: a process of ours reads it and keeps what it finds as messages. */
  readonly watch?: PaymentWatch;
}

/** What is there to be read of a provider that tells nothing by itself. */
export interface PaymentWatch {
  /** How often it is read while nothing comes. */
  readonly everySeconds: number;
  /** Reads on and says to which payments' addresses something has come. */
  readOn(from: WatchFrom): Promise<WatchReading | Refused | Unknown>;
  /** Says what has become of a payment, as messages; those in `known` are not told again. */
  look(payment: WatchedPayment): Promise<WatchLook | Refused | Unknown>;
}

export interface WatchFrom {
  /** Up to where it was read before; null at the first reading, which begins in the present. */
  readonly position: number | null;
  /** Addresses of open payments, of which anything is of interest. */
  readonly open: readonly string[];
  /** Every address that was ever given to a payer; undefined when there are too many to ask for by name. */
  readonly all: readonly string[] | undefined;
}

export interface WatchReading {
  readonly kind: 'read';
  readonly position: number;
  /** Whether that is the provider's present. */
  readonly caughtUp: boolean;
  /** Whether there is more to be read at once. */
  readonly hasMore: boolean;
  readonly touches: readonly WatchTouch[];
}

/** Something came to an address. It is told again while it may still change; `mark` is the same for the same. */
export interface WatchTouch {
  readonly address: string;
  readonly position: number;
  readonly mark: string;
}

export interface WatchedPayment {
  readonly operationId: string;
  /** The first position that may hold something of it that nobody has looked at. */
  readonly unreadFrom: number;
  readonly known: KnownOfPayment;
}

/** What has been told of a payment before. */
export interface KnownOfPayment {
  /** By the ids of their events. */
  readonly eventIds: ReadonlySet<string>;
  /** By `providerRef` of what was told to have been paid. */
  readonly paidRefs: ReadonlySet<string>;
  readonly seen: readonly SeenTransfer[];
}

export interface WatchLook {
  readonly kind: 'looked';
  readonly messages: readonly WatchedMessage[];
  /** Up to where it was looked at. */
  readonly position: number;
  /** When to look again, unless something comes; null: not any more. */
  readonly againSeconds: number | null;
}

/** A message as if the provider had sent it. `body` is what it was read from, the payer's address among it. */
export interface WatchedMessage {
  readonly message: ProviderEvent;
  readonly body: string;
}

export interface PaymentRequest {
  readonly operationId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** What the payer reads; no personal data. */
  readonly description: string;
  /** Where the payer's browser goes afterwards. */
  readonly returnUrl: string;
  /** Of a provider with several: the one the payer chose; its first otherwise. */
  readonly rail?: Rail;
  /** Who will pay; a connector refuses with `payer_required` when it needs what is not here. */
  readonly payer?: Payer;
  /** Nobody can pay it after this; the provider's own time without. */
  readonly expiresAt?: Date;
}

/** The payer as the provider has to know them. It travels to the provider and is in no outcome, event or error. */
export interface Payer {
  readonly name?: string;
  readonly email?: string;
  /** E.164 with its plus: `+254712345678`. */
  readonly phone?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  /** The bank a virtual account is opened at, by the provider's code. */
  readonly bankCode?: string;
}

/** What the payer has to do now. `none`: nothing any more, or nobody knows how from here. */
export type NextAction =
  | { readonly kind: 'redirect'; readonly url: string }
  /** A text to be shown as a QR code (EMVCo). */
  | { readonly kind: 'qr'; readonly payload: string; readonly expiresAt: Date | null }
  /** A number to be given at a shop, a machine or in the bank's app. */
  | { readonly kind: 'reference'; readonly number: string; readonly expiresAt: Date | null }
  /** A bank account that was opened for this payment; `amountMinor` exactly must arrive there. */
  | {
      readonly kind: 'virtual_account';
      readonly bankCode: string;
      readonly accountNumber: string;
      readonly accountName: string;
      readonly expiresAt: Date | null;
    }
  /** The payer's phone asks for a PIN. */
  | { readonly kind: 'phone_prompt'; readonly expiresAt: Date | null }
  /** An address of a chain, and the token to send there. */
  | {
      readonly kind: 'crypto_address';
      readonly chain: string;
      readonly token: string;
      readonly address: string;
      /** A transfer counts when its block and those built on it are so many. */
      readonly confirmations: number;
      readonly expiresAt: Date | null;
    }
  | { readonly kind: 'none' };

export interface PaymentCancel {
  readonly providerRef: string;
  /** Some know a payment that has ended by our id alone. */
  readonly operationId?: string;
  readonly asked?: Asked;
  readonly payer?: Payer;
}

/** What a payment was asked for. Where a payer pays all or nothing, the provider's answer does not repeat it. */
export interface Asked {
  readonly amountMinor: bigint;
  readonly currency: string;
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
  readonly destination: PayoutDestination;
  /** What the payee's bank statement says; 140 characters at most. */
  readonly remittance: string;
}

/** The payee. It travels from the store to the provider and is in no outcome, event or error. */
export type PayoutDestination =
  | ({ readonly kind: 'bank_account' } & Creditor)
  /** A wallet by what its owner is known by there: an address or a number. */
  | { readonly kind: 'wallet'; readonly walletId: string; readonly name?: string }
  /** A phone that holds money, E.164 with its plus. */
  | { readonly kind: 'msisdn'; readonly phone: string; readonly name?: string }
  /** A card as the provider keeps it, for a credit that refunds no payment. */
  | { readonly kind: 'card'; readonly cardRef: string }
  | {
      readonly kind: 'crypto_address';
      readonly chain: string;
      readonly address: string;
      /** The travel rule (FATF recommendation 16): who gets it, and where it is kept. */
      readonly beneficiary: { readonly name: string; readonly vasp: string | null };
    };

export interface Creditor {
  readonly name: string;
  readonly country: string;
  readonly iban?: string;
  readonly accountNumber?: string;
  readonly bic?: string;
  /** The bank by a code of its country or of the provider, where there is no BIC. */
  readonly bankCode?: string;
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
  readonly nextAction: NextAction;
  readonly instrument?: Instrument;
  /** Who paid, by a rail that has no card. */
  readonly paidBy?: PaidBy;
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

/**
 * The wallet, phone, account or address that paid, known again by its fingerprint (an HMAC under a key of this
 * installation's, since a phone number alone is soon guessed). `label` is what people may see: `•••5678`.
 */
export interface PaidBy {
  readonly kind: 'wallet' | 'msisdn' | 'bank_account' | 'crypto_address';
  readonly fingerprint: string;
  readonly label: string;
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
  readonly asked?: Asked;
  /** As it was told when the payment was asked for. */
  readonly expiresAt?: Date;
  /** Who was asked to pay: of a prompt on a phone nobody else can have paid it. */
  readonly payer?: Payer;
}

export interface RefundLookUp {
  readonly operationId: string;
  readonly paymentRef: string;
}

export interface PayoutLookUp {
  readonly operationId: string;
}
