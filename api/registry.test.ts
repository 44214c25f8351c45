import { readFileSync } from 'node:fs';
import { isPublic } from './auth/audience';
import { problemStatusesOf } from './openapi';
import { openApiPath, openApiText } from './openapi-text';
import { routes } from './routes';
import { startApi, type TestApi } from './testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** The route's path with an id that nobody has. */
function examplePath(path: string): string {
  return path.replace(/:[A-Za-z]+/g, 'tsk_01936f2a-7c1e-7000-8000-00000000dead');
}

describe('the registry', () => {
  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'refuses anonymous calls of %s unless it says public',
    async (_name, route) => {
      const reply = await api.call(route.method, examplePath(route.path), {
        ...(route.body ? { body: route.example.body ?? {} } : {}),
      });
      if (isPublic(route.auth)) expect(reply.json['code']).not.toBe('unauthenticated');
      else {
        expect(reply.status).toBe(401);
        expect(reply.headers.get('content-type')).toContain('application/problem+json');
      }
    },
  );

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'answers 401 to a key that does not work, and says so: %s',
    async (_name, route) => {
      const reply = await api.call(route.method, examplePath(route.path), {
        headers: { authorization: 'Bearer kls_nobodys' },
      });
      expect(reply.status).toBe(401);
      expect(problemStatusesOf(route)).toContain(401);
    },
  );

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'has an example that its own schemas take: %s',
    (_name, route) => {
      if (route.body && !route.upload)
        expect(route.body.safeParse(route.example.body).error).toBeUndefined();
      const { status, body } = route.example.answer;
      const schema = route.responses[status];
      const isBytes = typeof schema?.meta()?.['mediaType'] === 'string';
      if (!isBytes) expect(schema?.safeParse(body).error).toBeUndefined();
    },
  );

  it('names each operation once', () => {
    const names = routes.map((route) => route.operationId);
    expect(new Set(names).size).toBe(names.length);
    const addresses = routes.map((route) => `${route.method} ${route.path}`);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it('demands a key where money moves or somebody decides', () => {
    const demanding = routes
      .filter((route) => route.idempotency === 'required')
      .map((route) => route.operationId);
    expect(demanding).toEqual(
      expect.arrayContaining([
        'requestDeposit',
        'requestWithdrawal',
        'requestTransfer',
        'decideTask',
        'publishPolicy',
        'setHalt',
      ]),
    );
  });

  it('is the committed document', () => {
    expect(readFileSync(openApiPath, 'utf8')).toBe(openApiText());
  });

  it('is served as OpenAPI 3.1 and as a page', async () => {
    const reply = await api.call('GET', '/api/v1/openapi.json');
    expect(reply.json['openapi']).toBe('3.1.0');
    const page = await api.call('GET', '/api/docs');
    expect(page.status).toBe(200);
    expect(page.text).toContain('decideTask');
    expect(page.headers.getSetCookie()).toEqual([]);
  });
});
