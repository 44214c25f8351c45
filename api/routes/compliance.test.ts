import { Browser, startApi, type TestApi } from '../testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('measures and the calendar of a client', () => {
  it('shut a client out with one command, and open again when the checklist is done', async () => {
    const client = await api.client();
    const [officer, other] = [await api.staff(['compliance']), await api.staff(['compliance'])];
    const base = `/api/v1/clients/${client.clientId}`;
    expect((await api.call('GET', '/api/v1/me', { as: client })).status).toBe(200);
    const made = await api.call('POST', `${base}/measures`, {
      as: officer,
      body: { measure: 'takeover', reason: 'telephoned' },
    });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      kind: 'takeover',
      scopes: ['login', 'trade', 'withdraw'],
      isMeasure: true,
    });
    expect((await api.call('GET', '/api/v1/me', { as: client })).status).toBe(401);
    const restriction = `${base}/restrictions/${String(made.json['id'])}`;
    const lift = () =>
      api.call('POST', `${restriction}/lift`, { as: other, body: { reason: 'settled' } });
    const early = await lift();
    expect([early.status, early.json['code'], early.json['open']]).toEqual([
      409,
      'checklist_open',
      ['identity', 'changes', 'address'],
    ]);
    for (const code of ['identity', 'changes', 'address'])
      expect(
        (await api.call('POST', `${restriction}/checks`, { as: other, body: { code } })).status,
      ).toBe(200);
    const wrong = await api.call('POST', `${restriction}/checks`, {
      as: other,
      body: { code: 'nothing' },
    });
    expect([wrong.status, wrong.json['code']]).toEqual([422, 'not_on_checklist']);
    expect((await lift()).status).toBe(200);
  });

  it('show what is due and why to who reads cases, and to nobody else', async () => {
    const client = await api.client();
    const officer = await api.staff(['compliance']);
    const base = `/api/v1/clients/${client.clientId}`;
    const reviewAt = new Date(Date.now() + 40 * 86_400_000).toISOString();
    await api.call('POST', `${base}/restrictions`, {
      as: officer,
      body: { kind: 'complaint', scopes: ['marketing'], reason: 'letter', reviewAt },
    });
    const path = `${base}/compliance-calendar`;
    const seen = await api.call('GET', path, { as: officer });
    expect(seen.json).toMatchObject({
      reviewedAt: null,
      entries: [{ kind: 'restriction', dueAt: reviewAt, state: 'coming' }],
    });
    const dealer = await api.staff(['dealing']);
    expect((await api.call('GET', path, { as: dealer })).status).toBe(403);
    const foreigner = await api.staff(['compliance'], ['off']);
    expect((await api.call('GET', path, { as: foreigner })).status).toBe(404);
    expect((await api.call('GET', path, { as: client })).status).toBe(403);
  });

  it('refuse a day that has passed, and a change that names nothing', async () => {
    const client = await api.client();
    const officer = await api.staff(['compliance']);
    const base = `/api/v1/clients/${client.clientId}`;
    const past = await api.call('POST', `${base}/restrictions`, {
      as: officer,
      body: {
        kind: 'complaint',
        scopes: ['marketing'],
        reason: 'letter',
        reviewAt: '2020-01-01T00:00:00Z',
      },
    });
    expect([past.status, past.json['errors']]).toMatchObject([
      400,
      [{ pointer: '/body/reviewAt' }],
    ]);
    const nothing = await api.call('POST', `${base}/details`, { as: officer, body: {} });
    expect([nothing.status, nothing.json['code']]).toEqual([422, 'nothing_changed']);
  });

  it('are pages that keep what was typed and say what is wrong', async () => {
    const client = await api.client();
    const officer = await api.staff(['compliance']);
    const browser = new Browser(api.url);
    await browser.logIn('staff', officer.email);
    const page = `/staff/clients/${client.clientId}`;
    expect((await browser.get(page)).text).toContain('Somebody else has got in');
    const measure = `${page}/measures/takeover`;
    expect((await browser.get(measure)).text).toContain('last 72 hours');
    const taken = await browser.post(measure, { reason: 'telephoned' });
    expect(taken.status).toBe(303);
    const restriction = taken.headers.get('location') ?? '';
    const shown = await browser.get(restriction);
    expect(shown.text).toContain('You set it: another person has to lift it.');
    expect(shown.text).toContain('What changed in the 72 hours before');
    expect(shown.text).toContain('E-mail address and phone number confirmed or changed back');
    const refused = await browser.post(`${restriction}/review`, { reviewOn: '2020-01-01' });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('is not within the next ten years');
    expect(refused.text).toContain('value="2020-01-01"');
    const calendar = await browser.get(`${page}/calendar`);
    expect(calendar.text).toContain('The restriction “takeover” is to be looked at again');
    const unborn = await browser.post(`${page}/details`, { birthDate: '2999-01-01' });
    expect([unborn.status, unborn.text]).toEqual([
      400,
      expect.stringContaining('Born is still to come'),
    ]);
    const changed = await browser.post(`${page}/details`, { address: '5 Other Street' });
    expect(changed.status).toBe(303);
    expect((await browser.get(`${page}/calendar`)).text).toContain('5 Other Street');
  });
});
