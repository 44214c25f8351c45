import { startReceiver, until } from '../../../simulators/http/receiver';
import { startStage, type Stage } from '../../../simulators/psp/stage';
import { WebhookRejected, type PayoutUpdated } from '../messages';
import type { PaymentProvider } from '../port';
import { createBankProvider } from './bank';

let stage: Stage;
let bank: PaymentProvider;
let rejected = 0;
let operations = 0;

beforeAll(async () => {
  stage = await startStage(({ raw, headers }) => {
    try {
      bank.verifyWebhook(raw, headers);
      return 200;
    } catch {
      rejected += 1;
      return 400;
    }
  });
  bank = connect(stage.addresses.bank, stage.addresses.bankKey);
});

afterEach(() => stage.clearFaults());
afterAll(() => stage.close());

function connect(apiUrl: string, key: string): PaymentProvider {
  return createBankProvider({ apiUrl, key, timeoutMs: 500 });
}

function request() {
  operations += 1;
  return {
    operationId: `int_payout_${operations}`,
    amountMinor: 12_345_678_901n,
    currency: 'EUR',
    destination: {
      kind: 'bank_account' as const,
      ...{ name: 'Żółć Ltd', country: 'CY', iban: 'CY17002001280000001200527600' },
    },
    remittance: 'Withdrawal',
  };
}

function eventsOf(operationId: string): PayoutUpdated[] {
  return stage.receiver.received.flatMap(({ raw, headers }) => {
    try {
      const message = bank.verifyWebhook(raw, headers);
      return message.type === 'payout_updated' && message.operationId === operationId
        ? [message]
        : [];
    } catch {
      return [];
    }
  });
}

const statusesOf = (operationId: string) => eventsOf(operationId).map((event) => event.status);

const payoutsAtTheBank = (operationId: string) => stage.stateOf('payouts', operationId);

it('pays out once and tells when it is accepted and paid', async () => {
  const order = request();
  const outcome = await bank.payout(order);
  expect(outcome).toMatchObject({
    kind: 'done',
    status: 'accepted',
    amountMinor: 12_345_678_901n,
    currency: 'EUR',
  });
  await until(() => eventsOf(order.operationId).length === 2);
  expect(statusesOf(order.operationId)).toEqual(['accepted', 'paid']);
  expect(await bank.lookUpPayout(order)).toMatchObject({ kind: 'found', status: 'paid' });
});

it('keeps the payee out of its webhooks', async () => {
  const order = request();
  await bank.payout(order);
  await until(() => eventsOf(order.operationId).length === 2);
  const all = stage.receiver.received.map(({ raw }) => raw.toString('utf8')).join('\n');
  expect(all).not.toContain(order.destination.name);
  expect(all).not.toContain(order.destination.iban);
});

it('takes a repeated order for the one it knows', async () => {
  const order = request();
  const first = await bank.payout(order);
  const second = await bank.payout(order);
  expect(first).toMatchObject({ kind: 'done' });
  expect(second).toMatchObject({
    kind: 'done',
    providerRef: first.kind === 'done' ? first.providerRef : '',
  });
  expect(await payoutsAtTheBank(order.operationId)).toHaveLength(1);
});

it('says unknown when its reference was used for another amount', async () => {
  const order = request();
  await bank.payout(order);
  expect(await bank.payout({ ...order, amountMinor: 1n })).toEqual({
    kind: 'unknown',
    reason: 'amount_differs',
  });
});

it.each(['lose_reply_after_accept', 'error_after_accept', 'hang'])(
  'is unknown after %s, sent once, and found by our id',
  async (kind) => {
    await stage.fault({ kind, operation: 'payout' });
    const order = request();
    expect(await bank.payout(order)).toMatchObject({ kind: 'unknown' });
    const rows = await payoutsAtTheBank(order.operationId);
    expect(rows).toHaveLength(1);
    expect(await bank.lookUpPayout(order)).toMatchObject({
      kind: 'found',
      providerRef: rows[0]?.id,
    });
  },
);

it.each(['lose_request', 'error_before_accept'])(
  'is unknown after %s, sent once, and absent',
  async (kind) => {
    await stage.fault({ kind, operation: 'payout' });
    const order = request();
    expect(await bank.payout(order)).toMatchObject({ kind: 'unknown' });
    expect(await bank.lookUpPayout(order)).toEqual({ kind: 'absent' });
  },
);

it('cannot tell absent by a look-up that failed', async () => {
  await stage.fault({ kind: 'error_before_accept', operation: 'lookup' });
  expect(await bank.lookUpPayout(request())).toMatchObject({ kind: 'unknown' });
});

it('is refused for good when the amount is more than the bank can count', async () => {
  expect(await bank.payout({ ...request(), amountMinor: 10n ** 18n })).toMatchObject({
    kind: 'refused',
    code: 'amount_out_of_range',
    notSent: false,
  });
});

it('is refused with the bank’s code', async () => {
  await stage.fault({ kind: 'refuse', operation: 'payout', code: 'AC04', status: 422 });
  expect(await bank.payout(request())).toMatchObject({
    kind: 'refused',
    code: 'AC04',
    notSent: false,
  });
});

it('is refused when the account number does not check', async () => {
  const order = request();
  const destination = { ...order.destination, iban: 'CY18002001280000001200527600' };
  expect(await bank.payout({ ...order, destination })).toMatchObject({
    kind: 'refused',
    code: 'AC01',
  });
});

it('may be sent again when the bank was busy or nobody listened', async () => {
  await stage.fault({ kind: 'rate_limited', operation: 'payout' });
  expect(await bank.payout(request())).toMatchObject({ code: 'rate_limited', notSent: true });
  const closed = await startReceiver();
  await closed.close();
  const nobody = connect(closed.url, 'key');
  expect(await nobody.payout(request())).toMatchObject({ code: 'not_connected', notSent: true });
});

it('is refused when it signs with another key', async () => {
  const stranger = connect(stage.addresses.bank, 'somebody else');
  expect(await stranger.payout(request())).toMatchObject({
    kind: 'refused',
    code: 'bad_signature',
  });
});

it('tells of a payout that comes back, and why', async () => {
  await stage.fault({ kind: 'fail_later', operation: 'payout', code: 'AC06' });
  const order = request();
  await bank.payout(order);
  await until(() => statusesOf(order.operationId).includes('returned'));
  expect(eventsOf(order.operationId).at(-1)).toMatchObject({ failureCode: 'AC06' });
  expect(await bank.lookUpPayout(order)).toMatchObject({
    status: 'returned',
    failureCode: 'AC06',
  });
});

it('stays under way until it is settled when asked to', async () => {
  await stage.fault({ kind: 'pending', operation: 'payout' });
  const order = request();
  const outcome = await bank.payout(order);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(await bank.lookUpPayout(order)).toMatchObject({ status: 'accepted' });
  await stage.control('/settle', {
    id: outcome.kind === 'done' ? outcome.providerRef : '',
    to: 'done',
  });
  expect(await bank.lookUpPayout(order)).toMatchObject({ status: 'paid' });
});

it('may tell of the payment before it answers', async () => {
  await stage.fault({ kind: 'webhook_before_answer', operation: 'payout' });
  const order = request();
  const patient = createBankProvider({
    apiUrl: stage.addresses.bank,
    key: stage.addresses.bankKey,
  });
  const outcome = await patient.payout(order);
  expect(statusesOf(order.operationId)).toEqual(['accepted', 'paid']);
  expect(outcome).toMatchObject({ kind: 'done', status: 'accepted' });
});

it('may tell that it is paid before it tells that it was accepted', async () => {
  await stage.fault({ kind: 'webhook_out_of_order', event: 'payout.accepted' });
  const order = request();
  await bank.payout(order);
  await until(() => eventsOf(order.operationId).length === 2);
  expect(statusesOf(order.operationId)).toEqual(['paid', 'accepted']);
});

it('rejects a webhook whose signature, age or bytes are wrong, and gets the good one', async () => {
  const before = rejected;
  await stage.fault({ kind: 'bad_signature', event: 'payout.paid' });
  const order = request();
  await bank.payout(order);
  await until(() => statusesOf(order.operationId).includes('paid'));
  expect(rejected).toBe(before + 1);
  const genuine = stage.receiver.received.at(-1);
  if (!genuine) throw new Error('no webhook');
  const forged = Buffer.from(genuine.raw.toString('utf8').replace('paid', 'returned'));
  expect(() => bank.verifyWebhook(forged, genuine.headers)).toThrow(WebhookRejected);
  const tomorrow = Date.now() + 24 * 3600 * 1000;
  jest.spyOn(Date, 'now').mockReturnValue(tomorrow);
  jest.useFakeTimers({ now: tomorrow, doNotFake: ['setTimeout', 'nextTick'] });
  expect(() => bank.verifyWebhook(genuine.raw, genuine.headers)).toThrow(WebhookRejected);
  jest.useRealTimers();
  jest.restoreAllMocks();
});
