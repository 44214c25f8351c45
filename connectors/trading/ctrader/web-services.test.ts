import { mkdtemp, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { PlatformAuthRefused, PlatformRefused, PlatformUnavailable } from '../port';
import { WebServices } from './web-services';

const timeouts = { connectMs: 2_000, readMs: 300, writeMs: 300, pingMs: 20_000 };

/** What the server does with a call that has a valid token; true when it has dealt with it. */
type Behaviour = (path: string, request: IncomingMessage, response: ServerResponse) => boolean;

let caPath: string;
let server: Server;
let rest: string;
let seen: string[];
let behaviour: Behaviour;
let validToken: number;
let knowsPassword: boolean;
let web: WebServices;

beforeAll(async () => {
  const pair = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  caPath = join(await mkdtemp(join(tmpdir(), 'keelson-ctrader-')), 'ca.pem');
  await writeFile(caPath, pair.cert);
  server = createServer({ key: pair.private, cert: pair.cert }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const path = url.pathname.replace('/v2/webserv/', '');
    seen.push(`${request.method ?? ''} ${path}`);
    request.resume();
    if (path === 'managers/token') {
      validToken += 1;
      const token = { webservToken: String(validToken) };
      const refused = { error: { errorCode: 'AUTHENTICATION_FAILED' } };
      response.statusCode = knowsPassword ? 200 : 401;
      response.end(JSON.stringify(knowsPassword ? token : refused));
      return;
    }
    if (url.searchParams.get('token') !== String(validToken)) {
      response.statusCode = 401;
      response.end(JSON.stringify({ error: { errorCode: 'NOT_ENOUGH_RIGHTS' } }));
      return;
    }
    if (behaviour(path, request, response)) return;
    response.end(JSON.stringify({ path }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  rest = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  seen = [];
  behaviour = () => false;
  validToken = 0;
  knowsPassword = true;
  web = new WebServices({ rest, caPath, login: '30000', passwordHash: 'abc', timeouts });
});

afterEach(() => {
  web.close();
  server.closeAllConnections();
});

afterAll(() => {
  server.close();
});

const write = { method: 'POST', path: 'traders/1/changebalance', body: '{}' } as const;

describe('WebServices', () => {
  it('asks for one token, for all that is read at the same time', async () => {
    await Promise.all([web.read('symbols'), web.read('tradergroups')]);
    expect(seen.filter((call) => call === 'POST managers/token')).toHaveLength(1);
  });

  it('renews a token that is no longer taken, once', async () => {
    await web.read('symbols');
    validToken += 1;
    expect(await web.read('symbols')).toEqual({ path: 'symbols' });
    behaviour = (_path, _request, response) => {
      response.statusCode = 401;
      response.end('{"error":{"errorCode":"NOT_ENOUGH_RIGHTS"}}');
      return true;
    };
    await expect(web.read('symbols')).rejects.toBeInstanceOf(PlatformRefused);
  });

  it('sends no write with a password that is not known', async () => {
    knowsPassword = false;
    await expect(web.read('symbols')).rejects.toBeInstanceOf(PlatformAuthRefused);
    expect(await web.write(write)).toMatchObject({ kind: 'not_sent' });
    expect(seen).not.toContain('POST traders/1/changebalance');
  });

  it('reads before it writes to a server that has been silent, and then writes once', async () => {
    expect(await web.write(write)).toMatchObject({ kind: 'answered', status: 200 });
    expect(seen).toEqual([
      'POST managers/token',
      'GET tradergroups',
      'POST traders/1/changebalance',
    ]);
    await web.write(write);
    expect(seen.slice(3)).toEqual(['POST traders/1/changebalance']);
  });

  it('never sends a write twice: lost, silent and broken answers have no answer', async () => {
    await web.read('symbols');
    const kinds: Behaviour[] = [
      (_path, request) => {
        request.socket.destroy();
        return true;
      },
      () => true,
      (_path, request, response) => {
        response.writeHead(200, { 'Content-Length': 100 });
        response.write('{"balanceHi');
        request.socket.end();
        return true;
      },
    ];
    for (const kind of kinds) {
      behaviour = (path, request, response) =>
        path.startsWith('traders/') && kind(path, request, response);
      const before = seen.filter((call) => call.startsWith('POST traders')).length;
      expect(await web.write(write)).toMatchObject({ kind: 'no_answer' });
      expect(seen.filter((call) => call.startsWith('POST traders')).length).toBe(before + 1);
    }
  });

  it('was not sent where nobody listens or the certificate is not trusted', async () => {
    const nobody = { rest: 'https://127.0.0.1:1', caPath, login: '1', passwordHash: 'a', timeouts };
    expect(await new WebServices(nobody).write(write)).toMatchObject({ kind: 'not_sent' });
    const stranger = new WebServices({ ...nobody, rest, caPath: null });
    expect(await stranger.write(write)).toMatchObject({ kind: 'not_sent' });
    expect(seen).toEqual([]);
    expect(() => new WebServices({ ...nobody, rest: 'http://127.0.0.1:1' })).toThrow(RangeError);
  });

  it('reads again after a lost connection, once, and asks a silent server no second time', async () => {
    await web.read('symbols');
    let losses = 1;
    behaviour = (_path, request) => {
      losses -= 1;
      if (losses < 0) return false;
      request.socket.destroy();
      return true;
    };
    expect(await web.read('symbols')).toEqual({ path: 'symbols' });
    losses = 2;
    await expect(web.read('symbols')).rejects.toBeInstanceOf(PlatformUnavailable);
    seen = [];
    behaviour = () => true;
    await expect(web.read('symbols')).rejects.toThrow('no answer in 300 ms');
    expect(seen).toEqual(['GET symbols']);
  });

  it('knows what is not there from what cannot be read', async () => {
    const answers: [number, string][] = [
      [404, '{"error":{"errorCode":"TRADER_NOT_FOUND"}}'],
      [404, '<html>'],
      [200, '<html>'],
      [503, '{"error":{"errorCode":"SERVER_IS_UNDER_MAINTENANCE"}}'],
    ];
    behaviour = (_path, _request, response) => {
      const [status = 500, body = ''] = answers.shift() ?? [];
      response.statusCode = status;
      response.end(body);
      return true;
    };
    expect(await web.readOrNull('traders/1')).toBeNull();
    for (let left = 0; left < 3; left += 1) {
      await expect(web.readOrNull('traders/1')).rejects.toBeInstanceOf(PlatformUnavailable);
    }
  });
});
