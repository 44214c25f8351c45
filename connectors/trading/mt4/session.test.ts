import { mkdtemp, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { PlatformAuthRefused, PlatformRefused, PlatformUnavailable } from '../port';
import { Mt4Session, type SessionOptions } from './session';

const platform = '0d8d1d7e-5f7b-4d41-9c6c-3d2a1b0c9e8f';
const clientSecret = 'Wrong-Or-Right-9';
const timeouts = { connectMs: 2_000, readMs: 1_500, writeMs: 500, marginMs: 0 };

/** What the server does with a call that has a good token; true when it has dealt with it. */
type Behaviour = (path: string, response: ServerResponse, socket: Socket) => boolean;

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let caPath: string;
let otherCaPath: string;
let server: Server;
let rest: string;
let seen: Seen[];
let behaviour: Behaviour;
let tokenNumber: number;
let lifeSeconds: number;
let tokenEndpoint: string | undefined;
let session: Mt4Session;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-mt4-'));
  const names = [{ name: 'commonName', value: '127.0.0.1' }];
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] },
  ];
  const pair = await generate(names, { extensions });
  const other = await generate(names, { extensions });
  caPath = join(folder, 'ca.pem');
  otherCaPath = join(folder, 'other.pem');
  await writeFile(caPath, pair.cert);
  await writeFile(otherCaPath, other.cert);
  server = createServer({ key: pair.private, cert: pair.cert }, (request, response) => {
    void serve(request, response);
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { pathname } = new URL(request.url ?? '/', 'https://localhost');
    const path = pathname.replace(`/api/v2/MT4/${platform}`, '');
    seen.push({ path, headers: request.headers, body });
    if (path === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ token_endpoint: tokenEndpoint ?? `${rest}/connect/token` }));
      return;
    }
    if (path === '/connect/token') {
      const good = new URLSearchParams(body).get('client_secret') === clientSecret;
      tokenNumber += good ? 1 : 0;
      response.statusCode = good ? 200 : 400;
      const token = { access_token: `token-${tokenNumber}`, expires_in: lifeSeconds };
      response.end(JSON.stringify(good ? token : { error: 'invalid_client' }));
      return;
    }
    if (request.headers.authorization !== `Bearer token-${tokenNumber}`) {
      response.statusCode = 401;
      response.end('{}');
      return;
    }
    if (!behaviour(path, response, request.socket)) answer(response, 'data');
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  rest = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  seen = [];
  behaviour = () => false;
  lifeSeconds = 3_600;
  tokenEndpoint = undefined;
  tokenNumber = 1;
  session = open();
});

afterEach(() => {
  session.close();
});

function open(change: Partial<SessionOptions> = {}): Mt4Session {
  return new Mt4Session({
    rest,
    authority: rest,
    caPath,
    platform,
    clientId: 'client',
    clientSecret,
    timeouts,
    ...change,
  });
}

function answer(response: ServerResponse, data: unknown): boolean {
  response.end(JSON.stringify({ data, error: null, meta: { activityId: 'a', paging: null } }));
  return true;
}

function fail(response: ServerResponse, code: string, outcome?: string): boolean {
  if (outcome !== undefined) response.setHeader('X-Request-Outcome', outcome);
  response.end(JSON.stringify({ data: null, error: { code, managerCode: null }, meta: null }));
  return true;
}

function callsOf(path: string): Seen[] {
  return seen.filter((call) => call.path === path);
}

/** Misbehaves so many times, then no more. */
function times(count: number, path: string, misbehave: Behaviour): Behaviour {
  let left = count;
  return (asked, response, socket) => {
    if (asked !== path || left === 0) return false;
    left -= 1;
    return misbehave(asked, response, socket);
  };
}

const write = {
  method: 'POST',
  path: ['TradeTransaction'],
  key: 'KEY-1',
  body: { price: 10 },
} as const;
const read = { path: ['UserRecordGet', '1'] };

describe('session with the bridge', () => {
  it('fetches one token for calls at the same time and keeps it', async () => {
    await Promise.all(Array.from({ length: 20 }, () => session.read(read)));
    await session.read(read);
    expect(callsOf('/connect/token')).toHaveLength(1);
    expect(callsOf('/.well-known/openid-configuration')).toHaveLength(1);
  });

  it('keeps to eight reads at once', async () => {
    let working = 0;
    let most = 0;
    behaviour = (_path, response) => {
      working += 1;
      most = Math.max(most, working);
      setTimeout(() => {
        working -= 1;
        answer(response, 1);
      }, 10);
      return true;
    };
    await Promise.all(Array.from({ length: 40 }, () => session.read(read)));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('renews a token before it ends', async () => {
    lifeSeconds = 0.2;
    await session.read(read);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await session.read(read);
    expect(callsOf('/connect/token')).toHaveLength(2);
    expect(callsOf('/UserRecordGet/1')).toHaveLength(2);
  });

  it('says the deadline to the bridge, and the key of a write', async () => {
    await session.write(write);
    expect(callsOf('/TradeTransaction')).toMatchObject([
      {
        headers: { 'idempotency-key': 'KEY-1', 'x-request-timeout': '1' },
        body: '{"price":10}',
      },
    ]);
    const patient = open({ timeouts: { ...timeouts, readMs: 999_000 } });
    await patient.read(read);
    expect(callsOf('/UserRecordGet/1')[0]?.headers['x-request-timeout']).toBe('300');
    patient.close();
  });

  it('says that the client was refused, and not its secret', async () => {
    const wrong = open({ clientSecret: 'Not-The-One-5' });
    const failure = await wrong.read(read).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PlatformAuthRefused);
    expect(JSON.stringify(failure) + String(failure)).not.toContain('Not-The-One-5');
    expect(await wrong.write(write)).toMatchObject({ kind: 'refused', notSent: true });
    expect(callsOf('/TradeTransaction')).toEqual([]);
    wrong.close();
  });

  it('does not trust a certificate of another authority, and sends nothing', async () => {
    const fooled = open({ caPath: otherCaPath });
    await expect(fooled.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(await fooled.write(write)).toMatchObject({ kind: 'refused', notSent: true });
    expect(seen).toEqual([]);
    fooled.close();
  });

  it('gives no secret to a token endpoint without TLS', async () => {
    tokenEndpoint = 'http://127.0.0.1:1/connect/token';
    await expect(session.read(read)).rejects.toThrow('no https token endpoint');
  });

  it.each([
    [
      '401',
      (response: ServerResponse) => {
        response.statusCode = 401;
        return Boolean(response.end('{}'));
      },
    ],
    ['Forbidden', (response: ServerResponse) => fail(response, 'Forbidden')],
  ])('asks for another token after %s and repeats the read once', async (_what, refuse) => {
    behaviour = times(1, '/UserRecordGet/1', (_path, response) => refuse(response));
    expect((await session.read(read)).data).toBe('data');
    expect(callsOf('/connect/token')).toHaveLength(2);
    behaviour = times(9, '/UserRecordGet/1', (_path, response) => refuse(response));
    await expect(session.read(read)).rejects.toThrow();
    expect(callsOf('/UserRecordGet/1')).toHaveLength(4);
  });

  it('waits a moment when the bridge is busy, and not for ever', async () => {
    behaviour = times(2, '/UserRecordGet/1', (_path, response) => fail(response, 'Busy'));
    expect((await session.read(read)).data).toBe('data');
    behaviour = times(1, '/UserRecordGet/1', (_path, response) => {
      response.statusCode = 429;
      return Boolean(response.end());
    });
    expect((await session.read(read)).data).toBe('data');
    seen = [];
    behaviour = (_path, response) => fail(response, 'Busy', 'not-started');
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(callsOf('/UserRecordGet/1')).toHaveLength(4);
  });

  it.each([
    ['NotFound', null],
    ['Validation', PlatformRefused],
    ['MT4Error', PlatformUnavailable],
    ['Timeout', PlatformUnavailable],
    ['NoConnect', PlatformUnavailable],
    ['Internal', PlatformUnavailable],
  ])('reads %s as it is meant', async (code, failure) => {
    behaviour = (_path, response) => fail(response, code);
    if (failure === null) expect(await session.readOrNull(read)).toBeNull();
    else await expect(session.read(read)).rejects.toBeInstanceOf(failure);
    expect(callsOf('/UserRecordGet/1')).toHaveLength(1);
  });

  it.each<[string, Behaviour]>([
    ['loses the connection', (_p, _r, socket) => Boolean(socket.destroy())],
    ['keeps silent', () => true],
    [
      'answers 503',
      (_p, response) => {
        response.statusCode = 503;
        return Boolean(response.end('<html>'));
      },
    ],
    ['answers no JSON', (_p, response) => Boolean(response.end('<html>'))],
    ['answers half a body', (_p, response) => Boolean(response.end('{"data":{"order":1'))],
    ['answers no envelope', (_p, response) => Boolean(response.end('{"order":1}'))],
    [
      'breaks the answer off',
      (_p, response, socket) => {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('{"data"', () => socket.destroy());
        return true;
      },
    ],
    ['answers Busy without saying more', (_p, response) => fail(response, 'Busy')],
  ])('sends a write once when the bridge %s, and does not know', async (_what, misbehave) => {
    behaviour = times(9, '/TradeTransaction', misbehave);
    expect(await session.write(write)).toMatchObject({ kind: 'unknown' });
    expect(callsOf('/TradeTransaction')).toHaveLength(1);
    behaviour = () => false;
    expect(await session.write(write)).toEqual({ kind: 'done', data: 'data' });
  });

  it('sends a write again only when the token kept it from being looked at', async () => {
    behaviour = times(1, '/TradeTransaction', (_path, response) => {
      response.statusCode = 401;
      return Boolean(response.end('{}'));
    });
    expect(await session.write(write)).toEqual({ kind: 'done', data: 'data' });
    expect(callsOf('/TradeTransaction')).toHaveLength(2);
  });

  it('asks a silent bridge for the time before it writes, and sends nothing when there is none', async () => {
    behaviour = (path, response) => path === '/ServerTime' && fail(response, 'NoConnect');
    expect(await session.write(write)).toMatchObject({
      kind: 'refused',
      code: 'SERVER_UNAVAILABLE',
      notSent: true,
    });
    expect(callsOf('/TradeTransaction')).toEqual([]);
  });

  it('has sent nothing when nobody listens', async () => {
    const nobody = open({ rest: 'https://127.0.0.1:1', authority: 'https://127.0.0.1:1' });
    expect(await nobody.write(write)).toMatchObject({ kind: 'refused', notSent: true });
    nobody.close();
  });

  it('begins anew after its end, and stays closed when closed', async () => {
    await session.read(read);
    session.end();
    await session.read(read);
    expect(callsOf('/connect/token')).toHaveLength(2);
    session.close();
    await expect(session.read(read)).rejects.toThrow('the session is closed');
    expect(await session.write(write)).toMatchObject({ kind: 'refused', notSent: true });
  });

  it('speaks https only', () => {
    expect(() => open({ rest: 'http://127.0.0.1:1' })).toThrow(RangeError);
    expect(() => open({ authority: 'http://127.0.0.1:1' })).toThrow(RangeError);
  });
});
