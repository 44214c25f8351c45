import { PlatformAnswerTooLarge, PlatformAuthRefused, PlatformUnavailable } from '../port';
import { Mt5Session, type SessionOptions } from './session';
import { FakeRaw } from './testing/fake-raw';
import { FakeRest } from './testing/fake-rest';
import { type Deed, fakePassword, type FakeServer, type Seen } from './testing/fake-server';

const timeouts = { connectMs: 2_000, readMs: 300, writeMs: 300, pingMs: 20_000 };
const write = { path: '/api/trade/balance', body: { login: '1', balance: '10.00' } };
const read = { path: '/api/user/get', query: { login: '1' } };

function openSession(server: FakeServer, change: Partial<SessionOptions> = {}): Mt5Session {
  return new Mt5Session({
    wire: server.wire,
    login: '1000',
    password: fakePassword,
    requestsPerSecond: 1_000,
    timeouts,
    ...change,
  });
}

/** Does a deed to so many calls of a path, and answers the rest. */
function only(deed: Deed, times = Infinity, of: string | null = null): FakeServer['deed'] {
  let left = times;
  return (path) => {
    if (left === 0 || (of !== null && path !== of)) return 'answers';
    left -= 1;
    return deed;
  };
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe.each<[string, () => Promise<FakeServer>]>([
  ['REST', () => FakeRest.start()],
  ['raw', () => FakeRaw.start('none')],
  ['raw in cipher', () => FakeRaw.start('aes256ofb')],
])('MT5 session over %s', (wire, start) => {
  let server: FakeServer;
  let session: Mt5Session;

  beforeAll(async () => {
    server = await start();
  });

  afterAll(() => {
    server.close();
  });

  beforeEach(() => {
    server.reset();
    session = openSession(server);
  });

  afterEach(async () => {
    await session.close();
  });

  function callsOf(path: string): Seen[] {
    return server.seen.filter((call) => call.path === path);
  }

  it('authenticates once and keeps to one connection, also for calls at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => session.read(read)));
    expect(callsOf('/api/auth/start')).toHaveLength(1);
    expect(new Set(server.seen.map((call) => call.connection)).size).toBe(1);
  });

  it('sends one request at a time, in order', async () => {
    server.deed = only('answers slowly');
    await Promise.all(Array.from({ length: 10 }, () => session.read(read)));
    expect(server.mostAtOnce).toBe(1);
  });

  it('does not talk to a server that cannot prove that it knows the password', async () => {
    server.knowsPassword = false;
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformAuthRefused);
    expect(await session.write(write)).toMatchObject({ kind: 'not_sent' });
    expect(callsOf('/api/trade/balance')).toHaveLength(0);
  });

  it('says which code refused the log-in, and not the password', async () => {
    const wrong = openSession(server, { password: 'Wrong-Secret-9' });
    const failure = await wrong.read(read).catch((error: unknown) => error);
    expect(failure).toMatchObject({ platformCode: 1001 });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('Wrong-Secret-9');
    await wrong.close();
  });

  it('comes back after a lost connection, and repeats a read once only', async () => {
    await session.read(read);
    server.deed = only('loses the connection', 1);
    expect((await session.read(read)).retcode).toBe(0);
    server.deed = only('loses the connection', 2);
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
  });

  it.each<Deed>(['keeps silent', 'answers no JSON', 'answers half a body', 'answers no retcode'])(
    'does not repeat a read when the server %s, and comes back',
    async (deed) => {
      server.deed = only(deed, 1);
      await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
      expect(callsOf('/api/user/get')).toHaveLength(1);
      expect((await session.read(read)).retcode).toBe(0);
      expect(callsOf('/api/auth/start')).toHaveLength(2);
    },
  );

  it.each<Deed>([
    'loses the connection',
    'keeps silent',
    'answers no JSON',
    'answers half a body',
    'answers no retcode',
    'breaks the answer off',
    'answers rubbish',
  ])('sends a write once when the server %s, and does not know', async (deed) => {
    server.deed = only(deed, Infinity, '/api/trade/balance');
    expect(await session.write(write)).toMatchObject({ kind: 'no_answer' });
    expect(callsOf('/api/trade/balance')).toHaveLength(1);
    server.deed = () => 'answers';
    expect(await session.write(write)).toMatchObject({ kind: 'answered', retcode: 0 });
  });

  it('finds a connection that died while idle before it writes', async () => {
    await session.read(read);
    server.closeConnections();
    await delay(50);
    expect(await session.write(write)).toMatchObject({ kind: 'answered', retcode: 0 });
    expect(callsOf('/api/trade/balance')).toHaveLength(1);
    expect(callsOf('/api/auth/start')).toHaveLength(2);
  });

  it.each<Deed>(['loses the connection', 'keeps silent'])(
    'asks a session that has been silent before it writes, and opens another when it %s',
    async (deed) => {
      await session.read(read);
      server.deed = only(deed, 1, '/api/test/access');
      await delay(1_100);
      expect(await session.write(write)).toMatchObject({ kind: 'answered' });
      expect(callsOf('/api/auth/start')).toHaveLength(2);
      expect(callsOf('/api/trade/balance')).toHaveLength(1);
    },
  );

  it('pings while it is silent, until it is closed', async () => {
    const pinging = openSession(server, { timeouts: { ...timeouts, pingMs: 40 } });
    await pinging.read(read);
    await delay(250);
    expect(server.pings).toBeGreaterThanOrEqual(2);
    expect((await pinging.read(read)).retcode).toBe(0);
    expect(callsOf('/api/auth/start')).toHaveLength(1);
    await pinging.close();
    const after = server.pings;
    await delay(120);
    expect(server.pings).toBe(after);
  });

  it('has sent nothing when nobody listens', async () => {
    const elsewhere =
      server.wire.transport === 'rest'
        ? { ...server.wire, rest: 'https://127.0.0.1:1' }
        : { ...server.wire, raw: '127.0.0.1:1' };
    const nobody = openSession(server, { wire: elsewhere });
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

  it('asks again after a while when requests come too often', async () => {
    server.deed = only('says 12', 2);
    expect((await session.read(read)).retcode).toBe(0);
    expect(callsOf('/api/user/get')).toHaveLength(3);
    expect(callsOf('/api/auth/start')).toHaveLength(1);
  });

  it('gives the code of a write that came too often as it is, and does not repeat it', async () => {
    server.deed = only('says 12');
    expect(await session.write(write)).toMatchObject({ kind: 'answered', retcode: 12 });
    expect(callsOf('/api/trade/balance')).toHaveLength(1);
  });

  it('sends no more requests in a second than it may', async () => {
    const held = openSession(server, { requestsPerSecond: 10 });
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 12 }, () => held.read(read)));
    // Two of the first ten were the log-in.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_000);
    await held.close();
  });

  it('reads no answer that is larger than anybody should read at once', async () => {
    const patient = openSession(server, { timeouts: { ...timeouts, readMs: 20_000 } });
    server.deed = only('answers too much', 1);
    await expect(patient.read(read)).rejects.toBeInstanceOf(PlatformAnswerTooLarge);
    expect((await patient.read(read)).retcode).toBe(0);
    await patient.close();
  });

  if (wire !== 'REST') {
    it('does not know after a write when an answer came to what was not asked', async () => {
      server.deed = only('answers what was not asked', 1, '/api/trade/balance');
      expect(await session.write(write)).toMatchObject({ kind: 'no_answer' });
      expect((await session.read(read)).retcode).toBe(0);
    });
  }
});

describe('MT5 session over REST', () => {
  let server: FakeRest;

  beforeAll(async () => {
    server = await FakeRest.start();
  });

  afterAll(() => {
    server.close();
  });

  beforeEach(() => {
    server.reset();
  });

  it.each<[string, (wire: FakeRest['wire']) => FakeRest['wire']]>([
    ['of another authority', (wire) => ({ ...wire, caPath: server.otherCaPath })],
    ['that nobody here trusts', (wire) => ({ ...wire, caPath: null })],
    [
      'for another name',
      (wire) => ({ ...wire, rest: wire.rest.replace('127.0.0.1', 'localhost') }),
    ],
  ])('does not trust a certificate %s, and sends nothing', async (_whose, change) => {
    const fooled = openSession(server, { wire: change(server.wire) });
    await expect(fooled.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(await fooled.write(write)).toMatchObject({ kind: 'not_sent' });
    expect(server.seen).toEqual([]);
    await fooled.close();
  });

  it('authenticates again after 403 and repeats the read, and gives up after two', async () => {
    const session = openSession(server);
    await session.read(read);
    server.deed = only('answers 403', 1);
    expect((await session.read(read)).retcode).toBe(0);
    expect(server.seen.filter(({ path }) => path === '/api/auth/start')).toHaveLength(2);
    server.reset();
    server.deed = only('answers 403');
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(server.seen.filter(({ path }) => path === '/api/user/get')).toHaveLength(2);
    await session.close();
  });

  it('does not ask for ever when requests come too often', async () => {
    const session = openSession(server);
    server.deed = only('says 12');
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(server.seen.filter(({ path }) => path === '/api/user/get')).toHaveLength(5);
    await session.close();
  });

  it('does not know after a write that is answered with 403', async () => {
    const session = openSession(server);
    server.deed = only('answers 403', 1);
    expect(await session.write(write)).toMatchObject({ kind: 'no_answer' });
    expect(await session.write(write)).toMatchObject({ kind: 'answered' });
    await session.close();
  });

  it('speaks https only', () => {
    const wire = { ...server.wire, rest: 'http://127.0.0.1:1' };
    expect(() => openSession(server, { wire })).toThrow(RangeError);
  });
});

describe('MT5 session in cipher', () => {
  let server: FakeRaw;
  let session: Mt5Session;

  beforeAll(async () => {
    server = await FakeRaw.start('aes256ofb');
  });

  afterAll(() => {
    server.close();
  });

  beforeEach(() => {
    server.reset();
    session = openSession(server);
  });

  afterEach(async () => {
    await session.close();
  });

  it('lets nothing but the log-in be read on the way', async () => {
    const body = { Login: '1', Type: 'main', Password: 'Secret-of-1' };
    await session.write({ path: '/api/user/change_password', body });
    const way = server.received();
    expect(way.includes(Buffer.from('AUTH_ANSWER', 'utf16le'))).toBe(true);
    expect(way.includes(Buffer.from('Secret-of-1', 'utf16le'))).toBe(false);
    expect(way.includes(Buffer.from('USER_PASS_CHANGE', 'utf16le'))).toBe(false);
    expect(server.seen.at(-1)?.body).toContain('PASSWORD=Secret-of-1');
  });

  it('says no more to a server that gives no keys', async () => {
    server.givesKeys = false;
    await expect(session.read(read)).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(await session.write(write)).toMatchObject({ kind: 'not_sent' });
    expect(new Set(server.seen.map(({ path }) => path))).toEqual(
      new Set(['/api/auth/start', '/api/auth/answer']),
    );
  });
});
