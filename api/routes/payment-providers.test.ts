import { createBankProvider } from '../../connectors/psp/bank/bank';
import { createStripeProvider } from '../../connectors/psp/stripe/stripe';
import { newId } from '../../domain/ids';
import type { OverlayChange } from '../../domain/policy/body';
import type { Comparison } from '../../domain/policy/condition';
import type { RoutingThen } from '../../domain/policy/kinds/routing';
import { routingPayinPolicy } from '../../domain/policy/defaults/routing';
import { inScope, rows } from '../../db/connection';
import { installPolicies } from '../../db/policies';
import { draftPolicy } from '../../db/policy-versions';
import { colleague } from '../../tests/processes/people';
import { Browser, startApi, testPassword, type Person, type TestApi } from '../testing/api';

const nowhere = 'http://127.0.0.1:9';
const account = (name: 'stripe' | 'stripe_2') =>
  createStripeProvider({
    ...{ name, secretKey: 'sk_test', webhookSecret: 'whsec_test' },
    ...{ apiUrl: nowhere, checkoutUrl: `${nowhere}/pay` },
  });

const second = { decision: 'one', provider: 'stripe_2' } as const;
const rule = (id: string, { fact, operator, value }: Comparison): OverlayChange<RoutingThen> => ({
  ...{ target: 'rule', mode: 'add', before: 'otherwise' },
  with: {
    ...{ id, title: id, reason: id.toUpperCase(), source: 'house rule', then: second },
    when: { fact, operator, value },
  },
});

/** Dollars, large sums and Germans go to the second account; everybody else to the first. */
const overlay = {
  title: 'Two accounts',
  changes: [
    rule('dollars', { fact: 'payment.currency', operator: 'equal', value: 'USD' }),
    rule('large', { fact: 'payment.amount', operator: 'greaterThan', value: '5000.00' }),
    rule('germany', { fact: 'payment.country', operator: 'equal', value: 'DE' }),
  ],
};

let api: TestApi;
let officer: Person;
beforeAll(async () => {
  api = await startApi({
    providers: [
      account('stripe'),
      account('stripe_2'),
      createBankProvider({ apiUrl: nowhere, key: 'k' }),
    ],
  });
  officer = await api.staff(['admin', 'operations', 'finance']);
  await api.system((tx) =>
    installPolicies(tx, [
      { kind: 'routing.payin', layer: 'entity', layerKey: 'cy', body: overlay },
    ]),
  );
});
afterAll(() => api.close());

const usual = {
  ...{ flow: 'payin', entityId: 'cy', rail: 'card', country: 'CY' },
  amount: { amount: '100.00', currency: 'EUR' },
};
const ask = (change: object = {}) =>
  api.call('POST', '/api/v1/payment-routes/try-out', {
    as: officer,
    body: { ...usual, ...change },
  });

describe('trying a route', () => {
  it.each([
    ['as usual', {}, 'stripe', 'otherwise'],
    [
      'in another currency',
      { amount: { amount: '100.00', currency: 'USD' } },
      'stripe_2',
      'dollars',
    ],
    ['from another country', { country: 'DE' }, 'stripe_2', 'germany'],
    ['of another amount', { amount: { amount: '5000.01', currency: 'EUR' } }, 'stripe_2', 'large'],
    ['with the first failing', { failing: ['stripe'] }, 'stripe_2', 'otherwise'],
    ['with the first stopped', { stopped: ['stripe'] }, 'stripe_2', 'otherwise'],
    ['with both failing', { failing: ['stripe', 'stripe_2'] }, 'stripe', 'otherwise'],
    ['with both stopped', { stopped: ['stripe', 'stripe_2'] }, null, 'otherwise'],
    ['to a bank account', { flow: 'payout', rail: 'bank' }, 'bank', 'otherwise'],
  ])('%s', async (_, change, provider, id) => {
    const { status, json } = await ask(change);
    expect(status).toBe(200);
    expect(json).toMatchObject({ provider, rule: { id } });
  });

  it('says why the others do not take it', async () => {
    const { json } = await ask({ failing: ['stripe'] });
    expect(json['passedOver']).toEqual([
      { provider: 'stripe', reason: 'UNHEALTHY', detail: 'fails at present' },
      { provider: 'bank', reason: 'OTHER_RAIL', detail: 'does not have this way of paying' },
    ]);
  });

  it('takes a draft in the place of what is in force', async () => {
    const draft = await inScope(api.db, colleague('admin'), (tx) =>
      draftPolicy(tx, {
        ...{ kind: 'routing.payin', layer: 'base', layerKey: '', note: '' },
        body: JSON.parse(
          JSON.stringify({
            ...routingPayinPolicy.base,
            parameters: { ...routingPayinPolicy.base.parameters, fallback: ['stripe_2', 'stripe'] },
          }),
        ),
      }),
    );
    expect((await ask({ policyId: draft.id })).json['provider']).toBe('stripe_2');
    const other = await ask({ policyId: draft.id, flow: 'payout', rail: 'bank' });
    expect([other.status, other.json['code']]).toEqual([422, 'other_kind']);
  });

  it("is not for other people's entities", async () => {
    expect((await ask({ entityId: 'off' })).status).toBe(404);
  });
});

/** A German whom nobody has anything against. */
async function approved() {
  const client = await api.client({ residence: 'DE' });
  await api.system((tx) =>
    rows(tx, `update client set approved_at = now(), risk_level = 'low' where id = :clientId`, {
      clientId: client.clientId,
    }),
  );
  return client;
}

describe('a deposit', () => {
  it('is given to the provider that routing chooses, and its attempts say why', async () => {
    const client = await approved();
    const made = await api.call('POST', '/api/v1/deposits', {
      ...{ as: client, key: newId('deposit') },
      body: { amount: { amount: '200.00', currency: 'EUR' } },
    });
    expect([made.status, made.json['provider'], made.json['rail']]).toEqual([
      201,
      'stripe_2',
      'card',
    ]);
    const { json } = await api.call('GET', `/api/v1/payments/${String(made.json['id'])}/attempts`, {
      as: officer,
    });
    expect(json['data']).toMatchObject([
      {
        ...{ attempt: 1, flow: 'payin', provider: 'stripe_2', leftFor: null },
        why: { reasons: ['GERMANY'], alternatives: ['stripe'] },
      },
    ]);
  });

  it('is refused in plain words when nobody can take it', async () => {
    for (const key of ['stripe', 'stripe_2'])
      await api.call('POST', '/api/v1/halts', {
        ...{ as: officer, key: newId('halt') },
        body: { scope: 'rail', key, flow: 'payin', reason: 'for this test' },
      });
    const made = await api.call('POST', '/api/v1/deposits', {
      ...{ as: await approved(), key: newId('deposit') },
      body: { amount: { amount: '200.00', currency: 'EUR' } },
    });
    expect([made.status, made.json['code']]).toEqual([422, 'no_provider']);
    const { json } = await api.call('GET', '/api/v1/payment-providers', { as: officer });
    expect(json['data']).toMatchObject([
      { provider: 'bank', flow: 'payout', stopped: false, circuit: 'closed', attempts: 0 },
      { provider: 'stripe', flow: 'payin', stopped: true },
      { provider: 'stripe', flow: 'payout', stopped: false },
      { provider: 'stripe_2', flow: 'payin', stopped: true },
      { provider: 'stripe_2', flow: 'payout', stopped: false },
    ]);
  });
});

describe('the pages of providers', () => {
  it('show how each does, and who would take a payment', async () => {
    const browser = new Browser(api.url);
    await browser.get('/staff/login');
    await browser.post('/staff/login', { email: officer.email, password: testPassword });
    const providers = await browser.get('/staff/providers?provider=stripe');
    expect(providers.status).toBe(200);
    expect(providers.text).toContain('stripe_2');
    const payment = 'flow=payin&entity=cy&rail=card&amount=100.00&currency=USD&country=CY';
    const tried = await browser.get(`/staff/providers/try?${payment}`);
    expect(tried.text).toContain('stripe_2 takes it');
    expect(tried.text).toContain('<strong>bank</strong> does not have this way of paying');
    const failing = await browser.get(`/staff/providers/try?${payment}&failing=stripe_2`);
    expect(failing.text).toContain('stripe takes it');
    const wrong = await browser.get(`/staff/providers/try?${payment}&country=Cyprus`);
    expect(wrong.status).toBe(400);
  });
});
