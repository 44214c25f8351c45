import { until } from '../../../simulators/http/receiver';
import { startStage, visa, type Stage } from '../../../simulators/psp/stage';
import type { ProviderEvent } from '../messages';
import type { PaymentProvider } from '../port';
import { pageOf } from '../testing/page-of';
import { createStripeProvider } from './stripe';

let stage: Stage;
let provider: PaymentProvider;
let operations = 0;

beforeAll(async () => {
  stage = await startStage(({ raw, headers }) => {
    try {
      provider.verifyWebhook(raw, headers);
      return 200;
    } catch {
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
    timeoutMs: 500,
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

const notBefore = new Date(Date.now() - 60_000);

describe('a payment', () => {
  it('is paid on the provider’s page and told once, with the card it came from', async () => {
    const payment = await paidPayment();
    expect(payment).toMatchObject({ status: 'open', amountMinor: 10_000n, currency: 'EUR' });
    expect(eventsOf(payment.operationId)).toMatchObject([
      {
        type: 'payment_succeeded',
        provider: 'stripe',
        providerRef: payment.providerRef,
        amountMinor: 10_000n,
        currency: 'EUR',
        instrument: { last4: '4242', brand: 'visa', expMonth: 12, expYear: 2039 },
      },
    ]);
    const found = await provider.lookUpPayment({
      operationId: payment.operationId,
      providerRef: payment.providerRef,
      notBefore,
    });
    expect(found).toMatchObject({
      kind: 'found',
      status: 'succeeded',
      instrument: { last4: '4242' },
    });
  });

  it('has the same fingerprint for the same card number and another for another', async () => {
    const [first, second, other] = [await openPayment(), await openPayment(), await openPayment()];
    await stage.payAt(pageOf(first));
    await stage.payAt(pageOf(second), { ...visa, exp_year: 2041 });
    await stage.payAt(pageOf(other), { ...visa, number: '5555555555554444' });
    const printOf = async (payment: { operationId: string; providerRef: string }) => {
      const found = await provider.lookUpPayment({ ...payment, notBefore });
      return found.kind === 'found' ? found.instrument?.fingerprint : undefined;
    };
    const prints = [await printOf(first), await printOf(second), await printOf(other)];
    expect(prints[0]).toHaveLength(16);
    expect(prints[1]).toBe(prints[0]);
    expect(prints[2]).not.toBe(prints[0]);
  });

  it('stays open for another card when one is declined', async () => {
    const payment = await openPayment();
    const declined = await stage.payAt(pageOf(payment), { ...visa, number: '4000000000000002' });
    expect(declined).toMatchObject({ status: 'requires_payment_method', error: {} });
    await until(() => eventsOf(payment.operationId).length === 1);
    expect(eventsOf(payment.operationId)).toMatchObject([
      { type: 'payment_failed', failureCode: 'generic_decline', final: false },
    ]);
    expect(await stage.payAt(pageOf(payment))).toMatchObject({ status: 'succeeded' });
  });

  it('is not paid twice', async () => {
    const payment = await paidPayment();
    await stage.payAt(pageOf(payment));
    expect(await stage.stateOf('charges', payment.operationId)).toHaveLength(1);
  });

  it('is one payment when the same operation is asked for again', async () => {
    const request = paymentRequest();
    const first = await provider.createPayment(request);
    const second = await provider.createPayment(request);
    expect(second).toEqual(first);
    expect(await stage.stateOf('intents', request.operationId)).toHaveLength(1);
  });

  it('is unknown when its operation was used before for another amount', async () => {
    const request = paymentRequest();
    await provider.createPayment(request);
    const other = await provider.createPayment({ ...request, amountMinor: 20_000n });
    expect(other).toEqual({ kind: 'unknown', reason: 'idempotency_key_reused' });
  });

  it.each(['lose_reply_after_accept', 'error_after_accept', 'hang'])(
    'is unknown after %s, sent once, and found by our id',
    async (kind) => {
      await stage.fault({ kind, operation: 'payment' });
      const request = paymentRequest();
      expect(await provider.createPayment(request)).toMatchObject({ kind: 'unknown' });
      const rows = await stage.stateOf('intents', request.operationId);
      expect(rows).toHaveLength(1);
      const found = await provider.lookUpPayment({ ...request, notBefore });
      expect(found).toMatchObject({
        kind: 'found',
        providerRef: rows[0]?.id,
        amountMinor: 10_000n,
      });
    },
  );

  it.each(['lose_request', 'error_before_accept'])(
    'is unknown after %s, sent once, and absent',
    async (kind) => {
      await stage.fault({ kind, operation: 'payment' });
      const request = paymentRequest();
      expect(await provider.createPayment(request)).toMatchObject({ kind: 'unknown' });
      expect(await provider.lookUpPayment({ ...request, notBefore })).toEqual({ kind: 'absent' });
    },
  );

  it('is refused, and was not sent, when nobody listens', async () => {
    const nobody = connect('http://127.0.0.1:1');
    const outcome = await nobody.createPayment(paymentRequest());
    expect(outcome).toMatchObject({ kind: 'refused', code: 'not_connected', notSent: true });
  });

  it('is refused, and may be sent again, when the provider is busy', async () => {
    await stage.fault({ kind: 'rate_limited', operation: 'payment' });
    const request = paymentRequest();
    expect(await provider.createPayment(request)).toMatchObject({
      kind: 'refused',
      code: 'rate_limited',
      notSent: true,
    });
    expect(await provider.createPayment(request)).toMatchObject({ kind: 'done' });
  });

  it('is refused with the provider’s code', async () => {
    await stage.fault({ kind: 'refuse', operation: 'payment', code: 'amount_too_small' });
    expect(await provider.createPayment(paymentRequest())).toMatchObject({
      kind: 'refused',
      code: 'amount_too_small',
      notSent: false,
    });
  });

  it('comes through when the provider is merely slow', async () => {
    await stage.fault({ kind: 'slow', operation: 'payment', ms: 100 });
    expect(await provider.createPayment(paymentRequest())).toMatchObject({ kind: 'done' });
  });

  it.each([0n, -1n, 100_000_000n])('of %s minor units is refused for good', async (amountMinor) => {
    const outcome = await provider.createPayment(paymentRequest(amountMinor));
    expect(outcome).toMatchObject({
      kind: 'refused',
      code: 'amount_out_of_range',
      notSent: false,
    });
  });

  it('cannot be told absent by a look-up that failed', async () => {
    await stage.fault({ kind: 'error_before_accept', operation: 'lookup' });
    const looked = await provider.lookUpPayment({ operationId: 'int_none', notBefore });
    expect(looked).toMatchObject({ kind: 'unknown' });
  });
});

describe('a refund', () => {
  const refundOf = (payment: { providerRef: string }, amountMinor: bigint) => {
    operations += 1;
    return {
      operationId: `int_refund_${operations}`,
      paymentRef: payment.providerRef,
      amountMinor,
      currency: 'EUR',
    };
  };

  it('goes back to the card and is told', async () => {
    const request = refundOf(await paidPayment(), 4_000n);
    expect(await provider.refund(request)).toMatchObject({
      kind: 'done',
      status: 'succeeded',
      paymentRef: request.paymentRef,
      amountMinor: 4_000n,
    });
    await until(() => eventsOf(request.operationId).length === 2);
    expect(eventsOf(request.operationId)).toMatchObject([
      { type: 'refund_updated', status: 'succeeded', amountMinor: 4_000n },
      { type: 'refund_updated', status: 'succeeded' },
    ]);
  });

  it('never gives a card more than it gave', async () => {
    const payment = await paidPayment();
    expect(await provider.refund(refundOf(payment, 6_000n))).toMatchObject({ kind: 'done' });
    expect(await provider.refund(refundOf(payment, 4_001n))).toMatchObject({
      kind: 'refused',
      code: 'charge_already_refunded',
    });
    expect(await provider.refund(refundOf(payment, 4_000n))).toMatchObject({ kind: 'done' });
    expect(await stage.stateOf('charges', payment.operationId)).toMatchObject([
      { refundedMinor: '10000' },
    ]);
  });

  it.each(['lose_reply_after_accept', 'error_after_accept', 'hang'])(
    'is unknown after %s, done once, and found by our id',
    async (kind) => {
      const request = refundOf(await paidPayment(), 1_000n);
      await stage.fault({ kind, operation: 'refund' });
      expect(await provider.refund(request)).toMatchObject({ kind: 'unknown' });
      const rows = await stage.stateOf('refunds', request.operationId);
      expect(rows).toHaveLength(1);
      expect(await provider.lookUpRefund(request)).toMatchObject({
        kind: 'found',
        providerRef: rows[0]?.id,
        amountMinor: 1_000n,
        status: 'succeeded',
      });
    },
  );

  it('is absent when the request was lost on the way', async () => {
    const request = refundOf(await paidPayment(), 1_000n);
    await stage.fault({ kind: 'lose_request', operation: 'refund' });
    expect(await provider.refund(request)).toMatchObject({ kind: 'unknown' });
    expect(await provider.lookUpRefund(request)).toEqual({ kind: 'absent' });
  });

  it('that fails later is told with its reason, and the card may get the money again', async () => {
    const payment = await paidPayment();
    const request = refundOf(payment, 10_000n);
    await stage.fault({
      kind: 'fail_later',
      operation: 'refund',
      code: 'expired_or_canceled_card',
    });
    expect(await provider.refund(request)).toMatchObject({ kind: 'done', status: 'pending' });
    await until(() =>
      eventsOf(request.operationId).some(
        (event) => event.type === 'refund_updated' && event.status === 'failed',
      ),
    );
    expect(eventsOf(request.operationId).at(-1)).toMatchObject({
      failureCode: 'expired_or_canceled_card',
    });
    expect(await provider.refund(refundOf(payment, 10_000n))).toMatchObject({ kind: 'done' });
  });
});

it('has no payouts', async () => {
  const outcome = await provider.payout({
    operationId: 'int_x',
    amountMinor: 1n,
    currency: 'EUR',
    destination: {
      kind: 'bank_account',
      ...{ name: 'A', country: 'CY', iban: 'CY17002001280000001200527600' },
    },
    remittance: '',
  });
  expect(outcome).toMatchObject({ kind: 'refused', code: 'unsupported', notSent: false });
});
