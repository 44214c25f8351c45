import { type Change, type Journal } from '../journal/journal';
import { type CardAccount } from './cards/accounts';
import { type Charge, type Dispute, type PaymentIntent, type Refund } from './cards/objects';
import { type Payout } from './bank/payout';
import { type GiveBack, type PayIn, type Sending, type Facts } from './rails/book';

/** The providers that keep one book between them; cards and the bank have books of their own. */
export const railSides = ['ewallet', 'mpesa', 'xendit', 'fawry', 'custodian'] as const;
export type RailSide = (typeof railSides)[number];
export type ProviderSide = CardAccount | 'bank' | RailSide;

/** An event as the provider keeps it; `body` is what its webhook carries. */
export interface StoredEvent<Side extends string = ProviderSide> {
  readonly id: string;
  readonly side: Side;
  readonly type: string;
  readonly createdMs: number;
  readonly body: string;
  /** JSON unless said. */
  readonly contentType?: string;
  /** Where it goes when the merchant named an address in the request it is about. */
  readonly url?: string;
}

/** One webhook to deliver until the receiver says 2xx. */
export interface Delivery<Side extends string = ProviderSide> {
  readonly id: string;
  readonly eventId: string;
  readonly side: Side;
  readonly type: string;
  readonly body: string;
  readonly contentType?: string;
  readonly url?: string;
  readonly state: 'pending' | 'held' | 'delivered';
  /** Waits until a later event of the same provider has been delivered. */
  readonly behind: boolean;
  readonly dueMs: number;
}

/** What will happen by itself to a refund or payout that is under way. */
export interface Settlement {
  readonly id: string;
  readonly dueMs: number;
  readonly to: 'done' | 'failed';
  readonly code: string;
}

/** The answer kept under an idempotency key. */
export interface KeptAnswer {
  readonly requestHash: string;
  readonly status: number;
  readonly body: string;
}

export interface Settings {
  readonly webhookUrl?: string;
  readonly stripeSecret?: string;
  readonly webhookSecret?: string;
  /** Of the second account at the card provider. */
  readonly stripe2Secret?: string;
  readonly webhook2Secret?: string;
  readonly bankKey?: string;
  /** The secrets of all other providers are derived from it. */
  readonly railsKey?: string;
  readonly tokensExpired?: number;
}

/** Something begun in a first request and carried out by a second one. */
export interface Session {
  readonly id: string;
  readonly side: RailSide;
  readonly action: string;
  readonly facts: Facts;
}

interface Rows {
  intents: PaymentIntent;
  owners: { readonly account: CardAccount };
  charges: Charge;
  refunds: Refund;
  disputes: Dispute;
  payouts: Payout;
  payins: PayIn;
  sendings: Sending;
  givebacks: GiveBack;
  sessions: Session;
  events: StoredEvent;
  deliveries: Delivery;
  settlements: Settlement;
  answers: KeptAnswer;
  settings: Settings;
}

/** The simulator's typed view of its journal. */
export class State {
  constructor(readonly journal: Journal) {}

  get<T extends keyof Rows>(table: T, id: string): Rows[T] | undefined {
    return this.journal.rows(table).get(id) as Rows[T] | undefined;
  }

  all<T extends keyof Rows>(table: T): Rows[T][] {
    return [...this.journal.rows(table).values()] as Rows[T][];
  }
}

/** A change of one row; several of them committed together stand or fall together. */
export function put<T extends keyof Rows>(table: T, id: string, row: Rows[T] | null): Change {
  return { table, id, row };
}
