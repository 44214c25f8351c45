import { mkdtemp, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { PlatformAuthRefused, PlatformUnavailable } from '../port';
import { answerChallenge } from './auth';
import { Mt5Session } from './session';

const password = 'Password-1';
const timeouts = { connectMs: 2_000, readMs: 300, writeMs: 300, pingMs: 20_000 };

/** What the server does with a call after authentication; true when it has dealt with it. */
type Behaviour = (path: string, response: ServerResponse, socket: Socket) => boolean;

interface Seen {
  readonly path: string;
  readonly connection: number;
  readonly body: string;
}

let caPath: string;
let otherCaPath: string;
let server: Server;
let rest: string;
let seen: Seen[];
let behaviour: Behaviour;
let knowsPassword: boolean;
let session: Mt5Session;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-mt5-'));
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

  const connections = new Map<Socket, { number: number; authenticated: boolean; rand: string }>();
  server = createServer({ key: pair.private, cert: pair.cert }, (request, response) => {
    void serve(request, response);
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const known = connections.get(request.socket);
    const state = known ?? { number: connections.size + 1, authenticated: false, rand: '' };
    connections.set(request.socket, state);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const url = new URL(request.url ?? '/', 'https://localhost');
    seen.push({ path: url.pathname, connection: state.number, body });
    if (url.pathname === '/api/auth/start') {
      state.rand = 'ab'.repeat(16);
      response.end(JSON.stringify({ retcode: '0 Done', srv_rand: state.rand }));
      return;
    }
    if (url.pathname === '/api/auth/answer') {
      const given = url.searchParams.get('srv_rand_answer');
      state.authenticated = given === answerChallenge(password, state.rand);
      const proof = knowsPassword ? password : 'another';
      response.end(
        JSON.stringify({
          retcode: state.authenticated ? '0 Done' : '1001 Invalid account',
          cli_rand_answer: answerChallenge(proof, url.searchParams.get('cli_rand') ?? ''),
        }),
      );
      return;
    }
    if (behaviour(url.pathname, response, request.socket)) return;
    if (!state.authenticated) response.statusCode = 403;
    response.end(JSON.stringify({ retcode: '0 Done', answer: { n: '1' } }));
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
  knowsPassword = true;
  session = open();
});

afterEach(async () => {
  await session.close();
});

function open(
  change: { password?: string; caPath?: string; timeouts?: typeof timeouts } = {},
): Mt5Session {
  return new Mt5Session({
    rest,
    caPath,
    login: '1000',
    password,
    contentType: 'application/json',
    timeouts,
    ...change,
  });
}

function callsOf(path: string): Seen[] {
  return seen.filter((call) => call.path === path);
}

const write = { path: '/api/trade/balance', body: { login: '1', balance: '10.00' } };
const read = { path: '/api/user/get', query: { login: '1' } };

describe('MT5 session', () => {
  it('authenticates once and keeps to one connection, also for calls at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => session.read(read)));
    expect(callsOf('/api/auth/start')).toHaveLength(1);
    expect(new Set(seen.map((call) => call.connection)).size).toBe(1);
  });

  it('sends one request at a time, in order', async () => {
    let working = 0;
    let most = 0;
    behaviour = (_path, response) => {
      working += 1;
      most = Math.max(most, working);
      setTimeout(() => {
        working -= 1;
        response.end(JSON.stringify({ retcode: '0 Done', answer: {} }));
      }, 5);
      return true;
    };
    await Promise.all(Array.from({ length: 10 }, () => session.read(read)));
    expect(most).toBe(1);
  });

  it('does not talk to a server that cannot prove that it knows the password', async () => {
    knowsPassword = false;
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformAuthRefused);
    expect(await session.write(write)).toMatchObject({ kind: 'not_sent' });
    expect(callsOf('/api/trade/balance')).toHaveLength(0);
  });

  it('says which code refused the log-in, and not the password', async () => {
    const wrong = open({ password: 'Wrong-Secret-9' });
    const failure = await wrong.read(read).catch((error: unknown) => error);
    expect(failure).toMatchObject({ platformCode: 1001 });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('Wrong-Secret-9');
    await wrong.close();
  });

  it('does not trust a certificate of another authority, and sends nothing', async () => {
    const fooled = open({ caPath: otherCaPath });
    await expect(fooled.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(await fooled.write(write)).toMatchObject({ kind: 'not_sent' });
    expect(seen).toEqual([]);
    await fooled.close();
  });

  it('authenticates again after 403 and repeats the read', async () => {
    await session.read(read);
    let refusals = 1;
    behaviour = (_path, response) => {
      if (refusals === 0) return false;
      refusals -= 1;
      response.statusCode = 403;
      response.end('{}');
      return true;
    };
    expect((await session.read(read)).retcode).toBe(0);
    expect(callsOf('/api/auth/start')).toHaveLength(2);
  });

  it('gives up a read that is refused with 403 twice', async () => {
    behaviour = (_path, response) => {
      response.statusCode = 403;
      response.end('{}');
      return true;
    };
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(callsOf('/api/user/get')).toHaveLength(2);
  });

  it('comes back after a lost connection, and repeats a read once only', async () => {
    await session.read(read);
    let drops = 1;
    behaviour = (_path, _response, socket) => {
      if (drops === 0) return false;
      drops -= 1;
      socket.destroy();
      return true;
    };
    expect((await session.read(read)).retcode).toBe(0);
    drops = 2;
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
  });

  it.each<[string, Behaviour]>([
    ['loses the connection', (_p, _r, socket) => Boolean(socket.destroy())],
    ['keeps silent', () => true],
    [
      'answers 403',
      (_p, response) => {
        response.statusCode = 403;
        return Boolean(response.end('{}'));
      },
    ],
    ['answers no JSON', (_p, response) => Boolean(response.end('<html>'))],
    ['answers half a body', (_p, response) => Boolean(response.end('{"retcode":"0 Done","ans'))],
    ['answers no retcode', (_p, response) => Boolean(response.end('{"retcode":"Done"}'))],
    [
      'breaks the answer off',
      (_p, response, socket) => {
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('{"retcode":"0 Done"', () => socket.destroy());
        return true;
      },
    ],
  ])('sends a write once when the server %s, and does not know', async (_what, misbehave) => {
    behaviour = (path, response, socket) =>
      path === '/api/trade/balance' && misbehave(path, response, socket);
    expect(await session.write(write)).toMatchObject({ kind: 'no_answer' });
    expect(callsOf('/api/trade/balance')).toHaveLength(1);
    behaviour = () => false;
    expect(await session.write(write)).toMatchObject({ kind: 'answered', retcode: 0 });
  });

  it('finds a connection that died while idle before it writes', async () => {
    await session.read(read);
    server.closeAllConnections();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await session.write(write)).toMatchObject({ kind: 'answered', retcode: 0 });
    expect(callsOf('/api/trade/balance')).toHaveLength(1);
    expect(callsOf('/api/auth/start')).toHaveLength(2);
  });

  it('asks a session that has been silent before it writes, and opens another when it was dropped', async () => {
    await session.read(read);
    let refusals = 1;
    behaviour = (path, response) => {
      if (path !== '/api/test/access' || refusals === 0) return false;
      refusals -= 1;
      response.statusCode = 403;
      response.end('{}');
      return true;
    };
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await session.write(write)).toMatchObject({ kind: 'answered' });
    expect(callsOf('/api/auth/start')).toHaveLength(2);
    expect(callsOf('/api/trade/balance')).toHaveLength(1);
  });

  it('pings while it is silent, until it is closed', async () => {
    const pinging = open({ timeouts: { ...timeouts, pingMs: 40 } });
    await pinging.read(read);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const pings = callsOf('/api/test/access').length;
    expect(pings).toBeGreaterThanOrEqual(2);
    expect(callsOf('/api/auth/start')).toHaveLength(1);
    await pinging.close();
    const after = callsOf('/api/test/access').length;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(callsOf('/api/test/access')).toHaveLength(after);
  });

  it('has sent nothing when nobody listens', async () => {
    const nobody = new Mt5Session({
      rest: 'https://127.0.0.1:1',
      caPath,
      login: '1000',
      password,
      contentType: 'application/json',
      timeouts,
    });
    expect(await nobody.write(write)).toMatchObject({ kind: 'not_sent' });
  });

  it('ends at the server, opens anew when asked again, and stays closed when closed', async () => {
    await session.read(read);
    await session.end();
    expect(callsOf('/api/quit')).toHaveLength(1);
    await session.read(read);
    expect(callsOf('/api/auth/start')).toHaveLength(2);
    await session.close();
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(await session.write(write)).toMatchObject({ kind: 'not_sent' });
  });

  it('speaks https only', () => {
    expect(
      () =>
        new Mt5Session({
          rest: 'http://127.0.0.1:1',
          caPath,
          login: '1',
          password,
          contentType: 'application/json',
          timeouts,
        }),
    ).toThrow(RangeError);
  });
});
