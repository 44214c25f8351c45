import type Stripe from 'stripe';
import type { WebhookMessage } from '../messages';
import {
  amountOf,
  currencyOf,
  disputeFeeOf,
  disputeStatusOf,
  instrumentOf,
  operationIdOf,
  refOf,
  refundStatusOf,
} from './objects';

/**
 * Stripe's event as one of ours. A payment has succeeded with `charge.succeeded`, because only the
 * charge carries the card; `payment_intent.succeeded` tells of the same payment and is ignored.
 * Likewise a refund is followed by `refund.*`, and `charge.refunded` is ignored; a dispute by its own status, and
 * `charge.dispute.funds_*`, which tells the same once more, is ignored.
 */
export function messageOf(event: Stripe.Event): WebhookMessage {
  const base = {
    provider: 'stripe',
    eventId: event.id,
    occurredAt: new Date(event.created * 1000),
  };
  switch (event.type) {
    case 'charge.succeeded':
      return chargeSucceeded(base, event.data.object);
    case 'payment_intent.payment_failed':
      return intentFailed(base, event.data.object, false);
    case 'payment_intent.canceled':
      return intentFailed(base, event.data.object, true);
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return refundUpdated(base, event.data.object);
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
      return disputeMessage(base, event.type, event.data.object);
    default:
      return { ...base, type: 'ignored', providerType: event.type };
  }
}

interface Base {
  readonly provider: string;
  readonly eventId: string;
  readonly occurredAt: Date;
}

function chargeSucceeded(base: Base, charge: Stripe.Charge): WebhookMessage {
  const intentId = refOf(charge.payment_intent);
  // A charge outside a payment of ours, or one that is only authorised, moves nothing here.
  if (intentId === null || !charge.captured) {
    return { ...base, type: 'ignored', providerType: 'charge.succeeded' };
  }
  const instrument = instrumentOf(charge);
  return {
    ...base,
    type: 'payment_succeeded',
    operationId: operationIdOf(charge.metadata),
    providerRef: intentId,
    amountMinor: amountOf(charge.amount_captured),
    currency: currencyOf(charge.currency),
    ...(instrument ? { instrument } : {}),
  };
}

function intentFailed(base: Base, intent: Stripe.PaymentIntent, final: boolean): WebhookMessage {
  const error = intent.last_payment_error;
  return {
    ...base,
    type: 'payment_failed',
    operationId: operationIdOf(intent.metadata),
    providerRef: intent.id,
    amountMinor: amountOf(intent.amount),
    currency: currencyOf(intent.currency),
    failureCode: final ? 'cancelled' : (error?.decline_code ?? error?.code ?? 'declined'),
    final,
  };
}

function refundUpdated(base: Base, refund: Stripe.Refund): WebhookMessage {
  return {
    ...base,
    type: 'refund_updated',
    operationId: operationIdOf(refund.metadata),
    providerRef: refund.id,
    paymentRef: refOf(refund.payment_intent),
    amountMinor: amountOf(refund.amount),
    currency: currencyOf(refund.currency),
    status: refundStatusOf(refund.status),
    ...(refund.failure_reason ? { failureCode: refund.failure_reason } : {}),
  };
}

/**
 * A dispute whose status is a warning is an inquiry: no money is gone (docs.stripe.com/disputes/how-disputes-work). When it
 * becomes a chargeback, an update says so.
 */
function disputeMessage(base: Base, providerType: string, dispute: Stripe.Dispute): WebhookMessage {
  const status = disputeStatusOf(dispute.status);
  if (status === 'inquiry') return { ...base, type: 'ignored', providerType };
  const dueBy = dispute.evidence_details.due_by;
  const fee = disputeFeeOf(dispute);
  const told = {
    ...base,
    operationId: null,
    providerRef: dispute.id,
    paymentRef: refOf(dispute.payment_intent),
    amountMinor: amountOf(dispute.amount),
    currency: currencyOf(dispute.currency),
    reason: dispute.reason,
    evidenceDueAt: dueBy === null ? null : new Date(dueBy * 1000),
    ...(fee ? { fee } : {}),
  };
  return providerType === 'charge.dispute.created'
    ? { ...told, type: 'dispute_opened' }
    : { ...told, type: 'dispute_updated', status };
}
