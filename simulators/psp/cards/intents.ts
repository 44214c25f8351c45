import { type Change } from '../../journal/journal';
import { type Psp } from '../psp';
import { put } from '../state';
import { judgeCard, type CardInput } from './card';
import { ApiError, invalidRequest, missing } from './errors';
import { cardEvent } from './events';
import { field, textMap, texts, type Form } from './form';
import {
  seconds,
  wireId,
  type CardDetails,
  type CardError,
  type Charge,
  type PaymentIntent,
} from './objects';

/** Eight digits are the most Stripe takes (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
const amountMax = 99_999_999;

/** A positive integer amount in minor units, or an ApiError naming the parameter. */
export function readAmount(form: Form, param = 'amount'): number {
  const text = field(form, param);
  if (text === undefined) {
    throw invalidRequest('parameter_missing', `Missing required param: ${param}.`, param);
  }
  if (!/^\d{1,12}$/.test(text)) {
    throw invalidRequest('parameter_invalid_integer', `Invalid integer: ${text}`, param);
  }
  const amount = Number(text);
  if (amount < 1) throw invalidRequest('amount_too_small', 'Amount must be at least 1.', param);
  if (amount > amountMax) throw invalidRequest('amount_too_large', 'Amount is too large.', param);
  return amount;
}

export function newIntent(form: Form): PaymentIntent {
  const amount = readAmount(form);
  const currency = field(form, 'currency')?.toLowerCase() ?? '';
  if (!/^[a-z]{3}$/.test(currency)) {
    throw invalidRequest('parameter_missing', 'Missing required param: currency.', 'currency');
  }
  const id = wireId('pi');
  const allowed = texts(form, 'allowed_payment_method_types');
  const types = allowed.length > 0 ? allowed : texts(form, 'payment_method_types');
  return {
    id,
    object: 'payment_intent',
    amount,
    amount_received: 0,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${wireId('s').slice(2)}`,
    confirmation_method: 'automatic',
    created: seconds(Date.now()),
    currency,
    description: field(form, 'description') ?? null,
    canceled_at: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: textMap(form, 'metadata'),
    next_action: null,
    payment_method: null,
    payment_method_types: types.length > 0 ? types : ['card'],
    status: 'requires_payment_method',
  };
}

export function intentOf(psp: Psp, id: string): PaymentIntent {
  const intent = psp.state.get('intents', id);
  if (!intent) throw missing('payment_intent', id);
  return intent;
}

export interface Paid {
  readonly intent: PaymentIntent;
  readonly error: CardError | null;
  readonly changes: Change[];
}

/** Charges the card for the intent. A decline leaves the intent open for another card. */
export function pay(psp: Psp, intent: PaymentIntent, card: CardInput): Paid {
  if (intent.status !== 'requires_payment_method') {
    throw new ApiError(400, {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message: `This PaymentIntent's status is ${intent.status}: it cannot be confirmed.`,
    });
  }
  const verdict = judgeCard(card, Date.now());
  if (verdict.kind === 'invalid') {
    const failed = { ...intent, last_payment_error: verdict.error };
    return { intent: failed, error: verdict.error, changes: [put('intents', intent.id, failed)] };
  }
  if (verdict.kind === 'declined') {
    return decline(psp, intent, {
      card: verdict.details,
      name: card.name,
      error: verdict.error,
    });
  }
  const content = JSON.stringify(intent.metadata);
  const partial = psp.faults.take(['partial'], { operation: 'pay', content }) !== undefined;
  const whole = newCharge(intent, { card: verdict.details, name: card.name, error: null });
  const captured = partial ? Math.floor(intent.amount / 2) : intent.amount;
  const charge: Charge = { ...whole, amount_captured: captured };
  const paid: PaymentIntent = {
    ...intent,
    amount_received: captured,
    last_payment_error: null,
    latest_charge: charge.id,
    payment_method: charge.payment_method,
    status: 'succeeded',
  };
  const changes = [
    put('charges', charge.id, charge),
    put('intents', intent.id, paid),
    ...cardEvent(psp, 'charge.succeeded', charge),
    ...cardEvent(psp, 'payment_intent.succeeded', paid),
  ];
  return { intent: paid, error: null, changes };
}

interface Charged<E extends CardError | null> {
  readonly card: CardDetails;
  readonly name: string | undefined;
  readonly error: E;
}

function decline(psp: Psp, intent: PaymentIntent, charged: Charged<CardError>): Paid {
  const charge = newCharge(intent, charged);
  const error = { ...charged.error, charge: charge.id };
  const failed = { ...intent, latest_charge: charge.id, last_payment_error: error };
  const changes = [
    put('charges', charge.id, charge),
    put('intents', intent.id, failed),
    ...cardEvent(psp, 'charge.failed', charge),
    ...cardEvent(psp, 'payment_intent.payment_failed', failed),
  ];
  return { intent: failed, error, changes };
}

function newCharge(
  intent: PaymentIntent,
  { card, name, error }: Charged<CardError | null>,
): Charge {
  const paid = error === null;
  return {
    id: wireId('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    amount_refunded: 0,
    billing_details: { address: null, email: null, name: name ?? null, phone: null },
    captured: paid,
    created: seconds(Date.now()),
    currency: intent.currency,
    disputed: false,
    failure_code: error?.code ?? null,
    failure_message: error?.message ?? null,
    livemode: false,
    metadata: intent.metadata,
    paid,
    payment_intent: intent.id,
    payment_method: wireId('pm'),
    payment_method_details: { type: 'card', card },
    refunded: false,
    status: paid ? 'succeeded' : 'failed',
  };
}

/** Cancels an intent that was not paid. */
export function cancelIntent(psp: Psp, intent: PaymentIntent): Paid {
  if (intent.status === 'succeeded') {
    throw new ApiError(400, {
      type: 'invalid_request_error',
      code: 'payment_intent_unexpected_state',
      message: 'You cannot cancel this PaymentIntent because it has a status of succeeded.',
    });
  }
  if (intent.status === 'canceled') return { intent, error: null, changes: [] };
  const canceled: PaymentIntent = {
    ...intent,
    canceled_at: seconds(Date.now()),
    status: 'canceled',
  };
  const changes = [
    put('intents', intent.id, canceled),
    ...cardEvent(psp, 'payment_intent.canceled', canceled),
  ];
  return { intent: canceled, error: null, changes };
}
