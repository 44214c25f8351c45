import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { startStage, type Stage } from '../../../simulators/psp/stage';
import { WebhookRejected } from '../messages';
import type { PaymentProvider } from '../port';
import { connectTo } from '../testing/settings';
import { callbackUrl, readCallback } from './callback';
import { mpesaSettings, passwordOf, timestampOf, type MpesaSettings } from './client';
import { createMpesaProvider } from './mpesa';

let stage: Stage;
let provider: PaymentProvider;
let settings: MpesaSettings;
beforeAll(async () => {
  stage = await startStage(() => 200);
  provider = connectTo('mpesa')(stage, 20_000);
  settings = mpesaSettings.parse(stage.addresses.providers.find(({ name }) => name === 'mpesa'));
});
afterAll(() => stage.close());

const order = {
  amountMinor: 100_000n,
  currency: 'KES',
  description: 'Deposit',
  returnUrl: '',
  payer: { phone: '0712345678' },
};

it('makes its password of short code, pass key and Nairobi’s time', () => {
  const timestamp = timestampOf(new Date('2026-12-31T22:15:09Z'));
  expect(timestamp).toBe('20270101011509');
  const password = Buffer.from(passwordOf(settings, timestamp), 'base64').toString();
  expect(password).toBe(`${settings.shortCode}${settings.passKey}${timestamp}`);
});

it('asks the payer’s phone for a minute', async () => {
  const outcome = await provider.createPayment({ operationId: 'dep_1', ...order });
  expect(outcome).toMatchObject({ kind: 'done', nextAction: { kind: 'phone_prompt' } });
});

it('takes a new token when the old one is no longer taken, and sends once', async () => {
  await provider.createPayment({ operationId: 'dep_2', ...order });
  await stage.control('/expire-tokens', {});
  const outcome = await provider.createPayment({ operationId: 'dep_3', ...order });
  expect(outcome).toMatchObject({ kind: 'done' });
});

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('without a token', () => {
  const payout = {
    ...{ operationId: 'int_9', amountMinor: 100_000n, currency: 'KES', remittance: 'x' },
    destination: { kind: 'msisdn', phone: '+254712345678' },
  } as const;
  let silent: Server;
  let closed: string;
  beforeAll(async () => {
    // It takes connections and says nothing.
    silent = createServer(() => undefined).listen(0, '127.0.0.1');
    const gone = createServer().listen(0, '127.0.0.1');
    await Promise.all([once(silent, 'listening'), once(gone, 'listening')]);
    closed = addressOf(gone);
    gone.close();
  });
  afterAll(() => silent.close());

  it.each([
    ['a wrong secret', () => ({ consumerSecret: 'not it' }), 'no_token'],
    ['no answer', () => ({ apiUrl: addressOf(silent), timeoutMs: 200 }), 'no_token'],
    ['no connection', () => ({ apiUrl: closed }), 'not_connected'],
  ])('nothing was sent, and it may be sent again: %s', async (_what, change, code) => {
    const without = createMpesaProvider({ ...settings, ...change() });
    const refusal = { kind: 'refused', code, notSent: true };
    expect(await without.createPayment({ operationId: 'dep_9', ...order })).toMatchObject(refusal);
    expect(await without.payout(payout)).toMatchObject(refusal);
  });
});

it.each([
  ['no phone', { payer: {} }, 'payer_required'],
  ['a phone of another country', { payer: { phone: '+4915112345678' } }, 'payer_required'],
  ['cents', { amountMinor: 100_001n }, 'amount_not_whole'],
  ['another currency', { currency: 'TZS' }, 'currency_unsupported'],
])('refuses %s before it sends', async (_what, change, code) => {
  const outcome = await provider.createPayment({ operationId: 'dep_4', ...order, ...change });
  expect(outcome).toMatchObject({ kind: 'refused', code, notSent: false });
});

it('knows a prompt that waits, one that was paid, and one that was not', async () => {
  const opened = await provider.createPayment({ operationId: 'dep_5', ...order });
  const other = await provider.createPayment({ operationId: 'dep_6', ...order });
  if (opened.kind !== 'done' || other.kind !== 'done') throw new Error('not opened');
  const asked = { amountMinor: order.amountMinor, currency: order.currency };
  const look = ({ providerRef }: { providerRef: string }) =>
    provider.lookUpPayment({ operationId: '', providerRef, notBefore: new Date(), asked });
  expect(await look(opened)).toMatchObject({ kind: 'found', status: 'open' });
  await stage.control('/pay-in', { side: 'mpesa', reference: 'dep_5' });
  await stage.control('/decline', { side: 'mpesa', reference: 'dep_6' });
  expect(await look(opened)).toMatchObject({ status: 'succeeded', ...asked });
  expect(await look(other)).toMatchObject({ status: 'cancelled', failureCode: 'mpesa_1032' });
});

it('never guesses an amount that M-Pesa does not repeat', async () => {
  const opened = await provider.createPayment({ operationId: 'dep_7', ...order });
  const providerRef = opened.kind === 'done' ? opened.providerRef : '';
  await stage.control('/pay-in', { side: 'mpesa', reference: 'dep_7' });
  expect(await provider.cancelPayment({ providerRef })).toMatchObject({ kind: 'unknown' });
});

it('says without the amount that nobody paid', async () => {
  const opened = await provider.createPayment({ operationId: 'dep_8', ...order });
  const providerRef = opened.kind === 'done' ? opened.providerRef : '';
  await stage.control('/decline', { side: 'mpesa', reference: 'dep_8', code: '1037' });
  expect(await provider.cancelPayment({ providerRef })).toMatchObject({
    kind: 'found',
    status: 'cancelled',
    failureCode: 'mpesa_1037',
  });
});

describe('a result address', () => {
  const callback = { kind: 'b2c', operationId: 'int_1', amountMinor: 100n } as const;

  it('says what it is about', () => {
    expect(readCallback(settings, callbackUrl(settings, callback))).toEqual(callback);
  });

  it.each([
    ['another operation', 'op', 'int_2'],
    ['another amount', 'amount', '100000'],
    ['another kind', 'kind', 'stk'],
    ['a seal cut short', 'seal', 'abc'],
    ['no seal', 'seal', ''],
    ['an amount that is none', 'amount', '1e9'],
  ])('speaks for nothing else: %s', (_what, name, value) => {
    const url = new URL(callbackUrl(settings, callback));
    url.searchParams.set(name, value);
    expect(() => readCallback(settings, url.href)).toThrow(WebhookRejected);
  });

  it('is needed', () => {
    expect(() => readCallback(settings, undefined)).toThrow(WebhookRejected);
  });
});
