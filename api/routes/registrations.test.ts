import { rows } from '../../db/connection';
import { startApi, type TestApi } from '../testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('registration', () => {
  it('answers the same for a known address, and its owner gets a mail', async () => {
    const body = {
      name: 'Ada Example',
      email: 'ada@example.com',
      residence: 'DE',
      currency: 'EUR',
      acceptTerms: true,
    };
    const first = await api.call('POST', '/api/v1/registrations', { body });
    const token = (await api.mailedLink('verify_email')).split('/').at(-1) ?? '';
    const password = 'ada has a password';
    const set = await api.call('POST', `/api/v1/links/${token}/password`, { body: { password } });
    expect(set.status).toBe(200);
    const again = await api.call('POST', '/api/v1/registrations', {
      body: { ...body, email: 'ADA@example.com' },
    });
    expect([again.status, again.json]).toEqual([first.status, first.json]);
    expect(await api.mailedLink('password_reset')).toContain('/links/');
    const login = await api.call('POST', '/api/v1/tokens', {
      body: { kind: 'client', email: body.email, password },
    });
    const me = await api.call('GET', '/api/v1/me', {
      headers: { authorization: `Bearer ${String(login.json['token'])}` },
    });
    expect(me.json).toMatchObject({ kind: 'client', entities: ['cy'], name: 'Ada Example' });
    const process = await api.system((tx) =>
      rows<{ workflow_id: string }>(
        tx,
        `select workflow_id from process where client_id = :id and workflow = 'onboarding'`,
        {
          id: String(me.json['clientId']),
        },
      ),
    );
    expect(process).toEqual([{ workflow_id: `onboarding/${String(me.json['clientId'])}` }]);
  });

  it('assigns the entity by residence and refuses what no entity serves', async () => {
    const register = (residence: string, currency: string) =>
      api.call('POST', '/api/v1/registrations', {
        body: {
          name: 'Some Body',
          email: `${residence.toLowerCase()}@example.org`,
          residence,
          currency,
          acceptTerms: true,
        },
      });
    expect((await register('ZA', 'USD')).status).toBe(202);
    expect((await register('US', 'USD')).json['code']).toBe('country_not_served');
    expect((await register('GB', 'USD')).json['code']).toBe('entity_review');
    expect((await register('FR', 'JPY')).json['code']).toBe('currency_not_offered');
  });

  it('keeps nothing personal in clear', async () => {
    const client = await api.client({
      name: 'Wilhelmina Featherstonehaugh',
      phone: '+44 20 7946 0999',
      address: '7 Peculiar Lane',
      birthDate: '1971-02-03',
    });
    const secrets = [
      'Wilhelmina',
      'Featherstonehaugh',
      // Long enough not to stand in a hash or a moment by chance.
      '7946 0999',
      '79460999',
      'Peculiar',
      '1971-02-03',
      client.email,
    ];
    const tables = [
      'client',
      'party',
      'user_account',
      'event',
      'process',
      'outbox',
      'idempotency',
      'mail',
      'blind_index',
      'name_token',
    ];
    for (const table of tables) {
      const found = await api.system((tx) => tx.sql(table).select('*'));
      const text = JSON.stringify(found, (_key, value: unknown) =>
        Buffer.isBuffer(value) ? value.toString('latin1') : value,
      );
      for (const secret of secrets) expect([table, text.includes(secret)]).toEqual([table, false]);
    }
  });
});
