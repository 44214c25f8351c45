import { until } from '../../../simulators/http/receiver';
import { startStage, visa, type Stage } from '../../../simulators/psp/stage';
import { WebhookRejected, type ProviderEvent } from '../messages';
import type { PaymentProvider } from '../port';
import { pageOf } from '../testing/page-of';
import { createStripeProvider } from './stripe';

let stage: Stage;
let provider: PaymentProvider;
let rejected = 0;
let operations = 0;

beforeAll(async () => {
  stage = await startStage(({ raw, headers }) => {
    try {
      provider.verifyWebhook(raw, headers);
      return 200;
    } catch {
      rejected += 1;
      return 400;
    }
  });
  provider = connect(stage.addresses.stripe);
});

afterEach(() => stage.clearFaults());
afterAll(() => stage.close());

function connect(apiUrl: string): PaymentProvider {
  return createStripeProvider({
    secretKey: stage.addresses.stripeSecret,
    webhookSecret: stage.addresses.webhookSecret,
    checkoutUrl: stage.addresses.checkout,
    apiUrl,
    timeoutMs: 10_000,
  });
}

function paymentRequest(amountMinor = 10_000n) {
  operations += 1;
  return {
    operationId: `int_payment_${operations}`,
    amountMinor,
    currency: 'EUR',
    description: 'Deposit',
    returnUrl: 'http://127.0.0.1/room',
  };
}

async function openPayment(amountMinor = 10_000n) {
  const request = paymentRequest(amountMinor);
  const outcome = await provider.createPayment(request);
  if (outcome.kind !== 'done') throw new Error(`the payment was ${outcome.kind}`);
  return { ...request, ...outcome };
}

async function paidPayment(amountMinor = 10_000n) {
  const payment = await openPayment(amountMinor);
  await stage.payAt(pageOf(payment));
  await until(() => eventsOf(payment.operationId).length > 0);
  return payment;
}

function events(): ProviderEvent[] {
  return stage.receiver.received.flatMap(({ raw, headers }) => {
    try {
      const message = provider.verifyWebhook(raw, headers);
      return message.type === 'ignored' ? [] : [message];
    } catch {
      return [];
    }
  });
}

const eventsOf = (operationId: string) =>
  events().filter((event) => event.operationId === operationId);

describe('a webhook', () => {
  it('delivered twice carries one event id', async () => {
    const payment = await openPayment();
    await stage.fault({ kind: 'webhook_twice', event: 'charge.succeeded' });
    await stage.payAt(pageOf(payment));
    await until(() => eventsOf(payment.operationId).length === 2);
    const [first, second] = eventsOf(payment.operationId);
    expect(second?.eventId).toBe(first?.eventId);
  });

  it('with a bad signature is rejected, and comes again with a good one', async () => {
    const before = rejected;
    await stage.fault({ kind: 'bad_signature', event: 'charge.succeeded' });
    const payment = await paidPayment();
    expect(rejected).toBe(before + 1);
    expect(eventsOf(payment.operationId)).toHaveLength(1);
  });

  it('is rejected when a byte of it was changed or its signature is missing', async () => {
    await paidPayment();
    const genuine = stage.receiver.received.at(-1);
    if (!genuine) throw new Error('no webhook');
    const forged = Buffer.from(genuine.raw.toString('utf8').replace('10000', '90000'));
    expect(() => provider.verifyWebhook(forged, genuine.headers)).toThrow(WebhookRejected);
    expect(() => provider.verifyWebhook(genuine.raw, {})).toThrow(WebhookRejected);
    expect(provider.readWebhook(genuine.raw)).toEqual(
      provider.verifyWebhook(genuine.raw, genuine.headers),
    );
  });

  it('may arrive before the answer to our own call', async () => {
    const payment = await paidPayment();
    const operationId = 'int_refund_early';
    await stage.fault({ kind: 'webhook_before_answer', operation: 'refund' });
    const outcome = await provider.refund({
      operationId,
      paymentRef: payment.providerRef,
      amountMinor: 100n,
      currency: 'EUR',
    });
    expect(eventsOf(operationId).length).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ kind: 'done' });
  });

  it('may be overtaken by a later one', async () => {
    const payment = await openPayment();
    await stage.fault({ kind: 'webhook_out_of_order', event: 'payment_intent.payment_failed' });
    await stage.payAt(pageOf(payment), { ...visa, number: '4000000000009995' });
    await stage.payAt(pageOf(payment));
    await until(() => eventsOf(payment.operationId).length === 2);
    expect(eventsOf(payment.operationId).map((event) => event.type)).toEqual([
      'payment_succeeded',
      'payment_failed',
    ]);
  });

  it('is held back until it is let go', async () => {
    const payment = await openPayment();
    await stage.fault({ kind: 'hold_webhooks', match: payment.operationId });
    await stage.payAt(pageOf(payment));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(eventsOf(payment.operationId)).toHaveLength(0);
    await stage.control('/redeliver', {});
    await until(() => eventsOf(payment.operationId).length === 1);
  });

  it('tells of a chargeback by the payment it takes back', async () => {
    const payment = await paidPayment();
    await stage.control('/chargeback', { payment_intent: payment.providerRef });
    const disputes = () =>
      events().flatMap((event) => (event.type === 'dispute_opened' ? [event] : []));
    await until(() => disputes().length === 1);
    expect(disputes()).toMatchObject([
      {
        paymentRef: payment.providerRef,
        amountMinor: 10_000n,
        reason: 'fraudulent',
        fee: { amountMinor: 1_500n, currency: 'EUR' },
      },
    ]);
  });

  it.each(['won', 'lost'] as const)(
    'tells how a chargeback goes on, and that it was %s',
    async (to) => {
      const payment = await paidPayment();
      const made = await stage.control('/chargeback', { payment_intent: payment.providerRef });
      await stage.control('/dispute', { dispute: made.dispute, to: 'under_review' });
      await stage.control('/dispute', { dispute: made.dispute, to });
      const told = () =>
        events().flatMap((event) =>
          event.type === 'dispute_updated' && event.providerRef === made.dispute ? [event] : [],
        );
      await until(() => told().length === 2);
      expect(
        told()
          .map(({ status }) => status)
          .sort(),
      ).toEqual(['open', to].sort());
      expect(told().at(-1)).toMatchObject({
        paymentRef: payment.providerRef,
        fee: { amountMinor: 1_500n, currency: 'EUR' },
      });
    },
  );
});
