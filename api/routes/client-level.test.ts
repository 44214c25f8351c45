import { rows } from '../../db/connection';
import { Browser, startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let client: Person & { readonly clientId: string };

beforeAll(async () => {
  api = await startApi();
  client = await api.client({ residence: 'SC', currency: 'USD' });
  await api.system((tx) =>
    rows(
      tx,
      `update client set kyc_level = 1, risk_level = 'low', state = 'approved', approved_at = now() where id = :id`,
      { id: client.clientId },
    ),
  );
});
afterAll(() => api.close());

const path = () => `/api/v1/clients/${client.clientId}/level`;
const wanted = {
  level: 1,
  name: 'Identity verified',
  next: { level: 2, name: 'Identity and address verified' },
};

async function logIn(area: 'staff' | 'client', { email }: Person): Promise<Browser> {
  const browser = new Browser(api.url);
  await browser.logIn(area, email);
  return browser;
}

describe('a client’s level', () => {
  it('is read by the client and by staff, each limit with its row', async () => {
    const own = await api.call('GET', path(), { as: client });
    expect([own.status, own.json]).toMatchObject([200, wanted]);
    expect(own.json['limits']).toContainEqual({
      limit: 'deposit',
      words: 'deposit up to 50000.00 USD in all',
      ...{ max: '50000.00', currency: null, period: null, most: null },
      ...{ used: '0.00 USD', left: '50000.00 USD' },
      rule: {
        id: 'level1.deposits',
        title: 'Deposits with identity alone',
        source: 'Seychelles AML/CFT Act 2020; the amount is a house rule',
        layer: 'jurisdiction:SC',
      },
    });
    const finance = await api.staff(['finance'], ['off']);
    expect((await api.call('GET', path(), { as: finance })).json).toEqual(own.json);
  });

  it('is not there for another entity or client, and has no sums for who may not see payments', async () => {
    const elsewhere = await api.staff(['finance'], ['cy']);
    expect((await api.call('GET', path(), { as: elsewhere })).status).toBe(404);
    const other = await api.client();
    expect((await api.call('GET', path(), { as: other })).status).toBe(404);
    const admin = await api.staff(['partner_manager'], ['off']);
    const { status, json } = await api.call('GET', path(), { as: admin });
    if (status === 200)
      for (const limit of json['limits'] as { used: unknown }[]) expect(limit.used).toBeNull();
    else expect(status).toBe(403);
  });

  it('stands in the client room and on the client’s page', async () => {
    const room = await logIn('client', client);
    const { text } = await room.get('/client');
    expect(text).toContain('Level 1');
    expect(text).toContain('You can deposit up to 50000.00 USD in all');
    const form = await room.get('/client/cashier/withdraw');
    expect(form.text).toContain('You can withdraw up to 50000.00 USD in 30 days');
    const staff = await logIn('staff', await api.staff(['compliance'], ['off']));
    const page = await staff.get(`/staff/clients/${client.clientId}`);
    expect(page.text).toContain('Level and limits');
    expect(page.text).toContain('level1.withdrawals');
  });

  it('refuses what passes it, and the form keeps what was typed', async () => {
    const room = await logIn('client', client);
    await room.get('/client/cashier/withdraw');
    const refused = await room.post('/client/cashier/withdraw', {
      ...{ amount: '50000.01', currency: 'USD' },
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('you can withdraw up to 50000.00 USD in 30 days');
    expect(refused.text).toContain('value="50000.01"');
    const answer = await api.call('POST', '/api/v1/withdrawals', {
      as: client,
      body: { amount: { amount: '50000.01', currency: 'USD' } },
    });
    expect([answer.status, answer.json]).toMatchObject([
      422,
      { code: 'level_limit', level: 1, limit: 'withdrawal', left: '50000.00 USD' },
    ]);
  });
});
