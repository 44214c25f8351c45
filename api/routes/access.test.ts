import { Browser, startApi, type TestApi } from '../testing/api';
import { openApproval, openMatch } from '../testing/tasks';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('what is not yours', () => {
  it('is 404: clients, restrictions, tasks, policies and entities of another entity', async () => {
    const client = await api.client();
    const foreigner = await api.staff(['compliance'], ['off']);
    const task = await openApproval(api, client.clientId);
    const id = client.clientId;
    const paths = [
      `/api/v1/clients/${id}`,
      `/api/v1/clients/${id}/events`,
      `/api/v1/clients/${id}/restrictions`,
      `/api/v1/tasks/${task}`,
      `/api/v1/entities/cy`,
      `/api/v1/policies/in-force/withdrawal/cy`,
      `/api/v1/processes/onboarding/${id}`,
    ];
    const own = await api.staff(['compliance']);
    for (const path of paths) {
      expect([path, (await api.call('GET', path, { as: own })).status]).toEqual([path, 200]);
      expect([path, (await api.call('GET', path, { as: foreigner })).status]).toEqual([path, 404]);
    }
    const restrict = await api.call('POST', `/api/v1/clients/${id}/restrictions`, {
      as: foreigner,
      body: { kind: 'manual_review', scopes: ['withdraw'], reason: 'x' },
    });
    expect(restrict.status).toBe(404);
  });

  it('is 404 between two clients, while each reads their own', async () => {
    const one = await api.client();
    const two = await api.client();
    expect((await api.call('GET', `/api/v1/clients/${one.clientId}`, { as: one })).status).toBe(
      200,
    );
    expect((await api.call('GET', `/api/v1/clients/${one.clientId}`, { as: two })).status).toBe(
      404,
    );
    expect((await api.call('GET', '/api/v1/clients', { as: one })).status).toBe(403);
  });

  it('hides a restricted hold from everybody outside the MLRO’s circle', async () => {
    const client = await api.client();
    const mlro = await api.staff(['mlro']);
    const officer = await api.staff(['compliance']);
    const path = `/api/v1/clients/${client.clientId}/restrictions`;
    const body = { kind: 'restricted_hold', scopes: ['withdraw'], reason: 'internal' };
    expect((await api.call('POST', path, { as: officer, body })).status).toBe(403);
    const set = await api.call('POST', path, { as: mlro, body });
    expect(set.status).toBe(201);
    const seen = JSON.stringify([
      (await api.call('GET', path, { as: officer })).json,
      (await api.call('GET', `/api/v1/clients/${client.clientId}/events`, { as: officer })).json,
    ]);
    expect(seen).not.toContain('restricted_hold');
    expect((await api.call('GET', path, { as: mlro })).text).toContain('restricted_hold');
    const lift = `${path}/${String(set.json['id'])}/lift`;
    const reason = { reason: 'x' };
    expect((await api.call('POST', lift, { as: officer, body: reason })).status).toBe(404);
    expect((await api.call('POST', lift, { as: mlro, body: reason })).json['code']).toBe(
      'four_eyes',
    );
  });

  it('is a screening match for everybody who does not judge matches, on every way to it', async () => {
    const id = await openMatch(api);
    const body = {
      expectedVersion: 1,
      contentHash: '0'.repeat(64),
      decision: 'dismiss',
      reason: 'x',
    };
    for (const role of ['operations', 'support', 'admin'] as const) {
      const colleague = await api.staff([role]);
      const browser = new Browser(api.url);
      await browser.logIn('staff', colleague.email);
      await browser.get('/staff');
      const path = `/api/v1/tasks/${id}`;
      const replies = [
        await api.call('GET', path, { as: colleague }),
        await api.call('POST', `${path}/claim`, { as: colleague }),
        await api.call('POST', `${path}/release`, { as: colleague }),
        await api.call('POST', `${path}/decision`, { as: colleague, body }),
        await browser.get(`/staff/tasks/${id}`),
        await browser.post(`/staff/tasks/${id}/claim`, {}),
        await browser.post(`/staff/tasks/${id}/release`, {}),
      ];
      expect([role, ...replies.map(({ status }) => status)]).toEqual([
        role,
        ...replies.map(() => 404),
      ]);
      expect(JSON.stringify(replies)).not.toMatch(/screening/i);
    }
    const judge = await api.staff(['compliance']);
    const seen = await api.call('POST', `/api/v1/tasks/${id}/claim`, { as: judge });
    expect([seen.status, seen.json['kind']]).toEqual([200, 'screening_match']);
  });

  it('shows personal data to those who may see it', async () => {
    const client = await api.client({ name: 'Zebulon Quagmire' });
    const path = `/api/v1/clients/${client.clientId}`;
    const support = await api.staff(['support']);
    const sales = await api.staff(['sales']);
    expect((await api.call('GET', path, { as: support })).text).toContain('Zebulon');
    expect((await api.call('GET', path, { as: sales })).text).not.toContain('Zebulon');
    const events = `${path}/events`;
    expect((await api.call('GET', events, { as: support })).text).toContain('Zebulon');
    expect((await api.call('GET', events, { as: sales })).text).not.toContain('Zebulon');
    for (const text of ['zebulon quagmire', client.email, client.clientId, 'Quagmire']) {
      const found = await api.call('POST', '/api/v1/clients/search', {
        as: support,
        body: { text },
      });
      expect(found.text).toContain(client.clientId);
    }
  });
});
