import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Browser, startApi, testPassword, type TestApi } from '../testing/api';

describe('who is who', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('gives a token of one hour for the right password and the same 401 for every wrong one', async () => {
    const { email, user } = await api.staff(['support']);
    const good = await api.call('POST', '/api/v1/tokens', {
      body: { email, password: testPassword },
    });
    expect(good.status).toBe(201);
    const me = await api.call('GET', '/api/v1/me', {
      headers: { authorization: `Bearer ${String(good.json['token'])}` },
    });
    expect(me.json).toMatchObject({ id: user.id, kind: 'staff', email, roles: ['support'] });

    const wrong = await api.call('POST', '/api/v1/tokens', { body: { email, password: 'wrong' } });
    const unknown = await api.call('POST', '/api/v1/tokens', {
      body: { email: 'nobody@example.com', password: 'wrong' },
    });
    const otherKind = await api.call('POST', '/api/v1/tokens', {
      body: { kind: 'client', email, password: testPassword },
    });
    for (const reply of [wrong, unknown, otherKind]) {
      expect(reply.status).toBe(401);
      expect(reply.json['detail']).toBe(wrong.json['detail']);
    }
  });

  it('refuses a revoked, an expired and a made-up key', async () => {
    const person = await api.staff(['support']);
    const made = await api.call('POST', '/api/v1/api-keys', { as: person, body: { name: 'x' } });
    expect(made.status).toBe(201);
    const headers = { authorization: `Bearer ${String(made.json['token'])}` };
    expect((await api.call('GET', '/api/v1/me', { headers })).status).toBe(200);
    await api.call('DELETE', `/api/v1/api-keys/${String(made.json['id'])}`, { as: person });
    expect((await api.call('GET', '/api/v1/me', { headers })).status).toBe(401);
    await api.system((tx) =>
      tx.sql.raw(`update api_key set expires_at = now() where user_id = ?`, [person.user.id]),
    );
    expect((await api.call('GET', '/api/v1/me', { as: person })).status).toBe(401);
    const madeUp = { authorization: 'Bearer kls_000000000000_aaaaaaaaaaaaaaaaaaaaaaaaaaaaa' };
    expect((await api.call('GET', '/api/v1/me', { headers: madeUp })).status).toBe(401);
  });

  it('keeps no key in clear', async () => {
    const person = await api.staff(['support']);
    const [row] = await api.system((tx) =>
      tx.sql('api_key').where({ user_id: person.user.id }).select('*'),
    );
    expect(JSON.stringify(row)).not.toContain(person.token);
  });

  it('takes a role away at once', async () => {
    const person = await api.staff(['finance']);
    const path = '/api/v1/ledger/accounts';
    expect((await api.call('GET', path, { as: person })).status).toBe(200);
    await api.system((tx) =>
      tx
        .sql('user_account')
        .where({ id: person.user.id })
        .update({ roles: ['sales'] }),
    );
    const reply = await api.call('GET', path, { as: person });
    expect(reply.status).toBe(403);
    expect(reply.json['permission']).toBe('ledger.read');
  });

  describe('in a browser', () => {
    it('logs in with a new session id, and out again', async () => {
      const { email } = await api.staff(['compliance']);
      const browser = new Browser(api.url);
      await browser.get('/staff/login');
      const before = browser.cookies.get('keelson');
      const reply = await browser.post('/staff/login', { email, password: testPassword });
      expect(reply.status).toBe(303);
      expect(reply.headers.get('location')).toBe('/staff');
      expect(reply.headers.getSetCookie()[0]).toMatch(/HttpOnly; SameSite=Lax/i);
      expect(browser.cookies.get('keelson')).not.toBe(before);
      const today = await browser.get('/staff');
      expect(today.status).toBe(200);
      expect(today.text).toContain('Today');
      expect((await browser.post('/logout', {})).headers.get('location')).toBe('/staff/login');
      expect((await browser.get('/staff')).headers.get('location')).toBe(
        '/staff/login?next=%2Fstaff',
      );
    });

    it('refuses a form without the session’s token, and a foreign page', async () => {
      const { email } = await api.staff(['compliance']);
      const browser = new Browser(api.url);
      await browser.get('/staff/login');
      const fields = { email, password: testPassword };
      const without = await browser.post('/staff/login', fields, { csrf: '' });
      expect(without.status).toBe(403);
      const other = await browser.post('/staff/login', fields, { csrf: 'another' });
      expect(other.status).toBe(403);
      const foreign = await browser.post('/staff/login', fields, {
        headers: { 'sec-fetch-site': 'cross-site' },
      });
      expect(foreign.status).toBe(403);
    });

    it('refuses an API command with a cookie and no token', async () => {
      const { email } = await api.staff(['support']);
      const browser = new Browser(api.url);
      await browser.logIn('staff', email);
      const cookie = `keelson=${browser.cookies.get('keelson') ?? ''}`;
      const reply = await api.call('POST', '/api/v1/tasks/claim-next', { headers: { cookie } });
      expect(reply.status).toBe(403);
      expect(reply.json['code']).toBe('csrf');
      expect((await api.call('GET', '/api/v1/me', { headers: { cookie } })).status).toBe(200);
    });

    it('shows a refused log-in with what was typed, without the password', async () => {
      const browser = new Browser(api.url);
      await browser.get('/staff/login');
      const reply = await browser.post('/staff/login', {
        email: 'someone@example.com',
        password: 'my-secret-guess',
      });
      expect(reply.status).toBe(401);
      expect(reply.text).toContain('value="someone@example.com"');
      expect(reply.text).not.toContain('my-secret-guess');
      const malformed = await browser.post('/staff/login', { email: 'x', password: 'y' });
      expect(malformed.status).toBe(400);
      expect(malformed.text).toContain('is not an e-mail address');
    });

    it('ends every session when the password changes', async () => {
      const { email, user } = await api.staff(['support']);
      const browser = new Browser(api.url);
      await browser.logIn('staff', email);
      expect((await browser.get('/staff')).status).toBe(200);
      await browser.get('/staff/forgot');
      await browser.post('/staff/forgot', { email });
      const link = await api.mailedLink('password_reset');
      const page = await browser.get(link);
      expect(page.text).toContain('Set your password');
      const password = 'another long password';
      const differing = await browser.post(link, {
        password,
        repeatedPassword: 'not the same one',
      });
      expect(differing.status).toBe(400);
      const set = await browser.post(link, { password, repeatedPassword: password });
      expect(set.headers.get('location')).toBe('/staff/login');
      expect((await browser.get('/staff')).status).toBe(303);
      expect((await browser.get(link)).status).toBe(404);
      const reply = await api.call('POST', '/api/v1/tokens', { body: { email, password } });
      expect(reply.json['userId']).toBe(user.id);
    });

    it('never leads to another site after a log-in', async () => {
      const { email } = await api.staff(['support']);
      for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
        const browser = new Browser(api.url);
        await browser.get('/staff/login');
        const reply = await browser.post('/staff/login', { email, password: testPassword, next });
        expect(reply.headers.get('location')).toBe('/staff');
      }
    });

    it('runs no script but our own', async () => {
      const reply = await new Browser(api.url).get('/staff/login');
      const policy = reply.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(reply.text).not.toMatch(/<script(?![^>]*src=)/);
      expect(reply.text).not.toMatch(/ style="/);
      for (const [, path = ''] of reply.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
        expect((await api.call('GET', path)).status).toBe(200);
      }
    });

    it.each(['staff', 'room'])('serves every part of %s.css as one sheet', async (name) => {
      const { status, text, headers } = await new Browser(api.url).get(`/assets/${name}.css`);
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
        200,
        'text/css; charset=utf-8',
        'public, max-age=60',
      ]);
      const folder = join(__dirname, '..', 'assets', name);
      for (const part of readdirSync(folder)) {
        expect([part, text.includes(readFileSync(join(folder, part), 'utf8'))]).toEqual([
          part,
          true,
        ]);
      }
    });
  });

  it('logs neither names, addresses, keys nor link tokens', async () => {
    const person = await api.staff(['support']);
    await api.call('GET', '/api/v1/me', { as: person });
    const [token = ''] = (await api.mailedLink('password_reset')).split('/').slice(-1);
    await api.call('GET', `/links/${token}`);
    await api.call('GET', `/api/v1/links/${token}`);
    const text = api.logged.join('');
    expect(text).toContain('/api/v1/me');
    for (const secret of [person.email, person.token, token, testPassword, 'someone@example.com']) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('limits', () => {
  it('stops guessing at one account, from page and API together', async () => {
    const api = await startApi({ limits: { logInFailuresMax: 3 } });
    try {
      const { email } = await api.staff(['support']);
      const browser = new Browser(api.url);
      await browser.get('/staff/login');
      await browser.post('/staff/login', { email, password: 'wrong' });
      const guess = { body: { email, password: 'wrong' } };
      expect((await api.call('POST', '/api/v1/tokens', guess)).status).toBe(401);
      expect((await api.call('POST', '/api/v1/tokens', guess)).status).toBe(401);
      const limited = await api.call('POST', '/api/v1/tokens', {
        body: { email, password: testPassword },
      });
      expect(limited.status).toBe(429);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await api.close();
    }
  });
});
