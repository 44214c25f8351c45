import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { postJson, startReceiver, until } from '../http/receiver';
import { startPsp, type PspAddresses, type PspSimulator } from './simulator';

const visa = { number: '4242 4242 4242 4242', exp_month: 12, exp_year: 2039 };

function clientOf(addresses: PspAddresses): Stripe {
  const url = new URL(addresses.stripe);
  return new Stripe(addresses.stripeSecret, {
    host: url.hostname,
    port: url.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

describe('the card API, used by Stripe’s own SDK as it comes', () => {
  let psp: PspSimulator;
  let stripe: Stripe;

  beforeAll(async () => {
    psp = await startPsp({ data: mkdtempSync(join(tmpdir(), 'psp-')) });
    stripe = clientOf(psp.addresses);
  });
  afterAll(() => psp.close());

  const create = (amount = 500, options = {}) =>
    stripe.paymentIntents.create({ amount, currency: 'eur', metadata: { run: 'a' } }, options);

  it('takes a payment, confirms it with a test card and shows the charge', async () => {
    const intent = await create();
    const paid = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
      expand: ['latest_charge'],
    });
    expect(paid.status).toBe('succeeded');
    const whole = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    expect(whole.latest_charge).toMatchObject({ paid: true, metadata: { run: 'a' } });
    const events = await stripe.events.list({ type: 'payment_intent.succeeded' });
    expect(events.data).toHaveLength(1);
  });

  it('declines a card with an error of the card', async () => {
    const intent = await create();
    await expect(
      stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_chargeDeclined' }),
    ).rejects.toMatchObject({
      type: 'StripeCardError',
      code: 'card_declined',
      decline_code: 'generic_decline',
    });
  });

  it('gives the same answer for the same key, and an idempotency error for other parameters', async () => {
    const first = await create(700, { idempotencyKey: 'k1' });
    const again = await create(700, { idempotencyKey: 'k1' });
    expect(again.id).toBe(first.id);
    await expect(create(701, { idempotencyKey: 'k1' })).rejects.toMatchObject({
      type: 'StripeIdempotencyError',
    });
  });

  it('repeats even the 5xx it gave under a key', async () => {
    await postJson(`${psp.addresses.control}/faults`, { kind: 'error_after_accept' });
    await expect(create(710, { idempotencyKey: 'k2' })).rejects.toMatchObject({ statusCode: 500 });
    await expect(create(710, { idempotencyKey: 'k2' })).rejects.toMatchObject({ statusCode: 500 });
  });

  it('lists in pages that the SDK walks by itself, and searches by metadata', async () => {
    const { id } = await stripe.paymentIntents.create({
      amount: 900,
      currency: 'usd',
      metadata: { operation_id: 'wanted' },
    });
    const ids: string[] = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 2 })) ids.push(intent.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toBe(id);
    const found = await stripe.paymentIntents.search({
      query: "metadata['operation_id']:'wanted'",
    });
    expect(found.data.map((intent) => intent.id)).toEqual([id]);
  });

  it('refuses what is not there, what is malformed, and who has no key', async () => {
    await expect(stripe.paymentIntents.retrieve('pi_none')).rejects.toMatchObject({
      code: 'resource_missing',
    });
    await expect(create(-5)).rejects.toMatchObject({ type: 'StripeInvalidRequestError' });
    const stranger = clientOf({ ...psp.addresses, stripeSecret: 'sk_test_other' });
    await expect(stranger.events.list()).rejects.toMatchObject({
      type: 'StripeAuthenticationError',
    });
  });

  it('shows a payment page that takes a card without any script', async () => {
    const intent = await create(123_456);
    const url = `${psp.addresses.checkout}/${intent.id}?client_secret=${intent.client_secret}&return_url=${encodeURIComponent('http://127.0.0.1/"><script>')}`;
    const page = await (await fetch(url)).text();
    expect(page).toContain('Pay 1234.56 EUR');
    expect(page).not.toContain('<script>');
    const form = new URLSearchParams({
      client_secret: intent.client_secret ?? '',
      return_url: 'http://127.0.0.1/room',
      number: '4242424242424242',
      expiry: '12/39',
    });
    const paid = await fetch(url, { method: 'POST', body: form });
    expect(await paid.text()).toContain('href="http://127.0.0.1/room"');
    const wrong = await fetch(`${psp.addresses.checkout}/${intent.id}?client_secret=guess`);
    expect(wrong.status).toBe(404);
  });

  it('says what is wrong with a fault it does not know', async () => {
    const answer = await postJson(`${psp.addresses.control}/faults`, { kind: 'earthquake' });
    expect(answer.httpStatus).toBe(400);
  });
});

describe('a provider that is killed', () => {
  const children: ChildProcess[] = [];
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

  async function start(data: string, extra: string[] = []) {
    const code = "require('./simulators/psp/main').main(process.argv.slice(1))";
    const child = spawn(
      process.execPath,
      ['--require', './scripts/typescript.js', '-e', code, '--', '--data', data, ...extra],
      { cwd: join(__dirname, '../..'), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    children.push(child);
    const line = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
        if (output.includes('\n')) resolve(output);
      });
      child.on('exit', (status) => reject(new Error(`it ended with ${status}`)));
    });
    return { child, addresses: JSON.parse(line) as PspAddresses };
  }

  async function kill(child: ChildProcess): Promise<void> {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  it('comes back with its money, its keys, its faults and the webhooks it still owes', async () => {
    const data = mkdtempSync(join(tmpdir(), 'psp-'));
    const first = await start(data, ['--settle-ms', '100000']);
    const stripe = clientOf(first.addresses);
    const order = {
      amount: 800,
      currency: 'eur',
      metadata: { operation_id: 'int_1' },
      payment_method: 'pm_card_visa',
      confirm: true,
    };
    const paid = await stripe.paymentIntents.create(order, { idempotencyKey: 'k' });
    await stripe.refunds.create({ payment_intent: paid.id, amount: 300 });
    await postJson(`${first.addresses.control}/faults`, { kind: 'slow', times: 3 });
    await kill(first.child);
    // What a kill in the middle of a write leaves behind.
    appendFileSync(join(data, 'psp.jsonl'), '[{"table":"intents","id":"pi_torn","row":{"am');

    const receiver = await startReceiver();
    const second = await start(data, ['--webhook-url', receiver.url]);
    expect(second.addresses.stripeSecret).toBe(first.addresses.stripeSecret);
    const faults = await (await fetch(`${second.addresses.control}/faults`)).json();
    expect(faults).toMatchObject({ faults: [{ kind: 'slow', times: 3 }] });
    await fetch(`${second.addresses.control}/faults`, { method: 'DELETE' });
    const again = await clientOf(second.addresses).paymentIntents.create(order, {
      idempotencyKey: 'k',
    });
    expect(again.id).toBe(paid.id);
    const state = await (await fetch(`${second.addresses.control}/state`)).json();
    expect(state).toMatchObject({
      intents: [{ id: paid.id, amountMinor: '800', status: 'succeeded' }],
      charges: [{ amountMinor: '800', refundedMinor: '300' }],
      refunds: [{ amountMinor: '300' }],
    });
    await until(() => receiver.received.length === 5);
    await kill(second.child);
    await receiver.close();
  });

  it('delivers again until the receiver takes it', async () => {
    let refusals = 2;
    const receiver = await startReceiver(() => (refusals-- > 0 ? 503 : 200));
    const psp = await startPsp({
      data: mkdtempSync(join(tmpdir(), 'psp-')),
      webhookUrl: receiver.url,
    });
    const intent = await clientOf(psp.addresses).paymentIntents.create({
      amount: 100,
      currency: 'eur',
    });
    await postJson(`${psp.addresses.checkout}/${intent.id}`, {
      client_secret: intent.client_secret,
      ...visa,
    });
    await until(async () => {
      const state = await (await fetch(`${psp.addresses.control}/state`)).json();
      const { webhooks } = state as { webhooks: { delivered: number } };
      return webhooks.delivered === 2;
    });
    expect(receiver.received).toHaveLength(4);
    await psp.close();
    await receiver.close();
  });
});
