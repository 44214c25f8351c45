import type Stripe from 'stripe';
import { type Instrument, type Payment, type Refund, type RefundStatus } from '../port';

export function amountOf(minor: number): bigint {
  return BigInt(minor);
}

export function currencyOf(code: string): string {
  return code.toUpperCase();
}

export function refOf(value: string | { readonly id: string } | null): string | null {
  return typeof value === 'object' ? (value?.id ?? null) : value;
}

/** Our id of an operation; it travels in the metadata of everything we create. */
export function operationIdOf(metadata: Stripe.Metadata | null | undefined): string | null {
  return metadata?.operation_id ?? null;
}

export function instrumentOf(charge: Stripe.Charge): Instrument | undefined {
  const card = charge.payment_method_details?.card;
  if (!card?.fingerprint || !card.last4) return undefined;
  return {
    fingerprint: card.fingerprint,
    last4: card.last4,
    brand: card.brand ?? 'unknown',
    expMonth: card.exp_month,
    expYear: card.exp_year,
    ...(card.country ? { country: card.country } : {}),
  };
}

/** `charge` is known when the intent was asked for with `latest_charge` expanded. */
export function paymentOf(intent: Stripe.PaymentIntent, page: string): Payment {
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const instrument = charge && intent.status === 'succeeded' ? instrumentOf(charge) : undefined;
  const failure = intent.last_payment_error;
  const failureCode = failure?.decline_code ?? failure?.code;
  return {
    providerRef: intent.id,
    // What came, of a payment that is over: a part may have been captured.
    amountMinor: amountOf(intent.status === 'succeeded' ? intent.amount_received : intent.amount),
    currency: currencyOf(intent.currency),
    status: paymentStatusOf(intent.status),
    nextAction: { kind: 'redirect', url: page },
    ...(instrument ? { instrument } : {}),
    ...(failureCode ? { failureCode } : {}),
  };
}

function paymentStatusOf(status: Stripe.PaymentIntent.Status): Payment['status'] {
  if (status === 'succeeded') return 'succeeded';
  if (status === 'canceled') return 'cancelled';
  if (status === 'processing' || status === 'requires_capture') return 'processing';
  return 'open';
}

export function refundOf(refund: Stripe.Refund): Refund {
  return {
    providerRef: refund.id,
    paymentRef: refOf(refund.payment_intent) ?? '',
    amountMinor: amountOf(refund.amount),
    currency: currencyOf(refund.currency),
    status: refundStatusOf(refund.status),
    ...(refund.failure_reason ? { failureCode: refund.failure_reason } : {}),
  };
}

/** `requires_action` waits for the customer's bank details: it is under way. */
export function refundStatusOf(status: string | null): RefundStatus {
  if (status === 'succeeded') return 'succeeded';
  if (status === 'failed' || status === 'canceled') return 'failed';
  return 'pending';
}

/** `prevented` was settled before it became a dispute, and a warning that is closed never became one. */
export function disputeStatusOf(
  status: Stripe.Dispute.Status,
): 'inquiry' | 'open' | 'won' | 'lost' {
  if (status === 'won') return 'won';
  if (status === 'lost') return 'lost';
  return status === 'needs_response' || status === 'under_review' ? 'open' : 'inquiry';
}

/** Fees of all movements of the dispute, in the currency of the account's balance; undefined where none is told. */
export function disputeFeeOf({
  balance_transactions: movements,
}: Stripe.Dispute): { amountMinor: bigint; currency: string } | undefined {
  const [first] = movements;
  if (!first) return undefined;
  const feeMinor = movements.reduce((sum, movement) => sum + movement.fee, 0);
  return feeMinor < 0
    ? undefined
    : { amountMinor: amountOf(feeMinor), currency: currencyOf(first.currency) };
}
