import { z } from 'zod';
import { startApi, type Person, type TestApi } from './testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('input', () => {
  let person: Person;
  beforeAll(async () => {
    person = await api.staff(['compliance']);
  });

  it('names an unknown filter and refuses a limit past 200', async () => {
    const unknown = await api.call('GET', '/api/v1/clients?colour=red', { as: person });
    expect(unknown.status).toBe(400);
    expect(unknown.json['errors']).toEqual([
      { pointer: '/query/colour', detail: 'is not known here' },
    ]);
    expect((await api.call('GET', '/api/v1/clients?limit=201', { as: person })).status).toBe(400);
    expect((await api.call('GET', '/api/v1/clients?cursor=x', { as: person })).status).toBe(400);
    const value = await api.call('GET', '/api/v1/tasks?view=nonsense', { as: person });
    expect(value.status).toBe(400);
  });

  it('answers malformed, oversized and foreign bodies with a problem', async () => {
    const path = '/api/v1/clients/search';
    const malformed = await api.call('POST', path, { as: person, body: '{"text":' });
    expect([malformed.status, malformed.json['code']]).toEqual([400, 'malformed']);
    const large = await api.call('POST', path, { as: person, body: { text: 'x'.repeat(300_000) } });
    expect([large.status, large.json['code']]).toEqual([413, 'too_large']);
    const foreign = await api.call('POST', path, {
      as: person,
      body: '<a/>',
      headers: { 'content-type': 'application/xml' },
    });
    expect(foreign.status).toBe(415);
    const nul = await api.call('POST', path, { as: person, body: '{"text":"a\\u0000b"}' });
    expect(nul.status).toBe(400);
    const half = await api.call('POST', path, { as: person, body: '{"text":"a\\ud800"}' });
    expect(half.status).toBe(400);
    const encoding = await api.call('POST', path, {
      as: person,
      body: { text: 'x' },
      headers: { 'content-encoding': 'nonsense' },
    });
    expect(encoding.status).toBe(415);
    expect((await api.call('GET', '/api/v1/clients/%zz', { as: person })).status).toBe(400);
    expect((await api.call('GET', '/api/v1/clients/%00', { as: person })).status).toBe(404);
  });

  it('answers an unknown address 404 and a wrong method 405 with Allow', async () => {
    const unknown = await api.call('GET', '/api/v1/nothing');
    expect([unknown.status, unknown.json['code']]).toEqual([404, 'not_found']);
    const wrong = await api.call('DELETE', '/api/v1/clients', { as: person });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    const word = await api.call('GET', '/api/v1/clients/search', { as: person });
    expect([word.status, word.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    const page = await api.call('GET', '/nothing');
    expect([page.status, page.headers.getSetCookie()]).toEqual([404, []]);
    expect(page.text).toContain('Not found');
  });

  it('pages through a list without gaps or repeats', async () => {
    const reader = await api.staff(['compliance'], ['off']);
    for (let n = 0; n < 5; n += 1) await api.client({ residence: 'ZA', currency: 'USD' });
    const seen: string[] = [];
    let cursor = '';
    do {
      const { json } = await api.call('GET', `/api/v1/clients?limit=2${cursor}`, { as: reader });
      const page = z
        .object({ data: z.array(z.object({ id: z.string() })), nextCursor: z.string().nullable() })
        .parse(json);
      seen.push(...page.data.map((each) => each.id));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
  });
});

describe('failures', () => {
  it('answers 503 without detail when PostgreSQL is gone, in API and pages', async () => {
    const broken = await startApi({ databaseUrl: 'postgres://keelson_app:x@127.0.0.1:9/nothing' });
    try {
      const reply = await broken.call('GET', '/api/v1/links/aaaaaaaaaaaaaaaaaaaaaaaaa');
      expect([reply.status, reply.json['code']]).toEqual([503, 'not_now']);
      expect(reply.headers.get('retry-after')).toBe('5');
      expect(reply.text).not.toContain('127.0.0.1');
      expect((await broken.call('GET', '/readyz')).status).toBe(503);
      expect((await broken.call('GET', '/healthz')).status).toBe(200);
      expect((await broken.call('GET', '/links/aaaaaaaaaaaaaaaaaaaaaaaaa')).status).toBe(503);
    } finally {
      await broken.close();
    }
  });

  it('opens /metrics to this machine, and not through a proxy', async () => {
    expect((await api.call('GET', '/metrics')).text).toContain('keelson_api_requests_total');
    const proxied = await api.call('GET', '/metrics', {
      headers: { 'x-forwarded-for': '10.0.0.1' },
    });
    expect(proxied.status).toBe(404);
  });
});
