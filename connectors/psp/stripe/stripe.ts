import Stripe from 'stripe';
import { limitsOf } from '../../../domain/payments/capabilities';
import { minorNumber } from '../../../domain/wire-number';
import { doneAsAsked, refusedBefore, unknown, withoutPayouts } from '../answers';
import { WebhookRejected, type WebhookHeaders, type WebhookMessage } from '../messages';
import type {
  Capabilities,
  LookUp,
  Payment,
  PaymentCancel,
  PaymentLookUp,
  PaymentOutcome,
  PaymentProvider,
  PaymentRequest,
  Refund,
  RefundLookUp,
  RefundOutcome,
  RefundRequest,
} from '../port';
import { stripeClient, type StripeConfig } from './client';
import { messageOf } from './events';
import { operationIdOf, paymentOf, refundOf } from './objects';
import { classify } from './outcome';

const pageSize = 100;
/** 5,000 payments are searched at most; past that a look-up says unknown, never absent. */
const pagesMax = 50;
/** Our clock and Stripe's may differ by this much. */
const clockSkewSeconds = 300;

// Currencies whose minor unit Stripe counts as ISO 4217 does; it takes eight digits at most.
const limits = limitsOf(
  ['EUR', 'USD', 'GBP', 'CHF', 'AUD', 'ZAR', 'AED', 'PLN', 'CZK', 'SGD', 'JPY'],
  1n,
  99_999_999n,
);

const capabilities: Capabilities = {
  rails: ['card'],
  operations: {
    payment: { limits, countries: 'any', lookUp: 'reference' },
    refund: { limits, countries: 'any', lookUp: 'reference' },
  },
  // docs.stripe.com/api/idempotent_requests: keys are removed after they are at least 24 hours old.
  keyHours: 24,
};

/** Card payments and refunds through Stripe's API, with its own SDK. */
export function createStripeProvider(config: StripeConfig): PaymentProvider {
  const stripe = stripeClient(config);
  const { name = 'stripe' } = config;
  return {
    name,
    capabilities,
    createPayment: (request) => createPayment(stripe, config, request),
    cancelPayment: (request) => cancelPayment(stripe, config, request),
    refund: (request) => createRefund(stripe, request),
    ...withoutPayouts(name),
    lookUpPayment: (request) => lookUpPayment(stripe, config, request),
    lookUpRefund: (request) => lookUpRefund(stripe, request),
    verifyWebhook: (rawBody, headers) => ({
      ...verify(stripe, config.webhookSecret, rawBody, headers),
      provider: name,
    }),
    readWebhook: (rawBody) => ({ ...read(stripe, rawBody), provider: name }),
  };
}

async function createPayment(
  stripe: Stripe,
  config: StripeConfig,
  request: PaymentRequest,
): Promise<PaymentOutcome> {
  const refusal = refusedBefore('stripe', capabilities, { operation: 'payment', ...request });
  if (refusal) return refusal;
  try {
    const intent = await stripe.paymentIntents.create(
      {
        amount: minorNumber(request.amountMinor),
        currency: request.currency.toLowerCase(),
        description: request.description,
        allowed_payment_method_types: ['card'],
        metadata: { operation_id: request.operationId },
      },
      { idempotencyKey: request.operationId },
    );
    const payment = paymentOf(intent, pageOf(config, intent, request.returnUrl));
    return doneAsAsked(payment, request);
  } catch (error) {
    return classify(error);
  }
}

/** Stripe refuses to cancel what was paid or cancelled already, so the payment itself is asked. */
async function cancelPayment(
  stripe: Stripe,
  config: StripeConfig,
  { providerRef }: PaymentCancel,
): Promise<LookUp<Payment>> {
  try {
    const intent = await stripe.paymentIntents.cancel(providerRef, {
      cancellation_reason: 'abandoned',
    });
    return { kind: 'found', ...paymentOf(intent, pageOf(config, intent)) };
  } catch (error) {
    const outcome = classify(error);
    if (outcome.kind === 'unknown') return outcome;
    return lookUpPayment(stripe, config, {
      operationId: '',
      providerRef,
      notBefore: new Date(0),
    });
  }
}

async function createRefund(stripe: Stripe, request: RefundRequest): Promise<RefundOutcome> {
  const refusal = refusedBefore('stripe', capabilities, { operation: 'refund', ...request });
  if (refusal) return refusal;
  try {
    const created = await stripe.refunds.create(
      {
        payment_intent: request.paymentRef,
        amount: minorNumber(request.amountMinor),
        metadata: { operation_id: request.operationId },
      },
      { idempotencyKey: request.operationId },
    );
    const refund = refundOf(created);
    return doneAsAsked(refund, request);
  } catch (error) {
    return classify(error);
  }
}

async function lookUpPayment(
  stripe: Stripe,
  config: StripeConfig,
  request: PaymentLookUp,
): Promise<LookUp<Payment>> {
  const found = (intent: Stripe.PaymentIntent): LookUp<Payment> => ({
    kind: 'found',
    ...paymentOf(intent, pageOf(config, intent, request.returnUrl)),
  });
  const expand = ['latest_charge'];
  try {
    if (request.providerRef !== undefined) {
      return found(await stripe.paymentIntents.retrieve(request.providerRef, { expand }));
    }
    const since = Math.floor(request.notBefore.getTime() / 1000) - clockSkewSeconds;
    const matches = await matching(request.operationId, (after) =>
      stripe.paymentIntents.list({
        limit: pageSize,
        created: { gte: since },
        expand: ['data.latest_charge'],
        ...after,
      }),
    );
    return only(matches, found);
  } catch (error) {
    return lookUpFailed(error);
  }
}

async function lookUpRefund(stripe: Stripe, request: RefundLookUp): Promise<LookUp<Refund>> {
  try {
    const matches = await matching(request.operationId, (after) =>
      stripe.refunds.list({ limit: pageSize, payment_intent: request.paymentRef, ...after }),
    );
    return only(matches, (refund) => ({ kind: 'found', ...refundOf(refund) }));
  } catch (error) {
    return lookUpFailed(error);
  }
}

interface Tagged {
  readonly id: string;
  readonly metadata: Stripe.Metadata | null;
}

type ListPage<T> = (after: { starting_after?: string }) => Promise<Stripe.ApiList<T>>;

/**
 * Everything listed that carries our id. The list is complete at once; Stripe's search would be
 * simpler, but lags, so that its "not found" proves nothing.
 */
async function matching<T extends Tagged>(
  operationId: string,
  list: ListPage<T>,
): Promise<T[] | 'too_many'> {
  const matches: T[] = [];
  let after: { starting_after?: string } = {};
  for (let count = 0; count < pagesMax; count += 1) {
    const page = await list(after);
    matches.push(...page.data.filter((row) => operationIdOf(row.metadata) === operationId));
    const last = page.data.at(-1);
    if (!page.has_more || !last) return matches;
    after = { starting_after: last.id };
  }
  return matches.length > 0 ? matches : 'too_many';
}

function only<T extends Tagged, R>(
  matches: readonly T[] | 'too_many',
  found: (match: T) => LookUp<R>,
): LookUp<R> {
  if (matches === 'too_many') return unknown('more payments than a look-up reads');
  const [first, ...others] = matches;
  if (!first) return { kind: 'absent' };
  if (others.length === 0) return found(first);
  return { kind: 'ambiguous', providerRefs: matches.map((match) => match.id) };
}

/** A look-up that fails proves nothing, whatever the reason. */
function lookUpFailed(error: unknown): LookUp<never> {
  const outcome = classify(error);
  return unknown(`look-up failed: ${outcome.reason}`);
}

function pageOf(config: StripeConfig, intent: Stripe.PaymentIntent, returnUrl?: string): string {
  const url = new URL(`${config.checkoutUrl}/${intent.id}`);
  url.searchParams.set('client_secret', intent.client_secret ?? '');
  if (returnUrl !== undefined) url.searchParams.set('return_url', returnUrl);
  return url.href;
}

function verify(
  stripe: Stripe,
  secret: string,
  rawBody: Buffer,
  headers: WebhookHeaders,
): WebhookMessage {
  const signature = headers['stripe-signature'];
  if (typeof signature !== 'string') throw new WebhookRejected('bad_signature', 'no signature');
  try {
    return messageOf(stripe.webhooks.constructEvent(rawBody, signature, secret));
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) {
      throw new WebhookRejected('bad_signature', 'the signature does not hold');
    }
    throw new WebhookRejected('bad_body', 'the event cannot be read');
  }
}

function read(stripe: Stripe, rawBody: Buffer): WebhookMessage {
  try {
    return messageOf(stripe.webhooks.constructEventWithoutVerification(rawBody.toString('utf8')));
  } catch {
    throw new WebhookRejected('bad_body', 'the event cannot be read');
  }
}
