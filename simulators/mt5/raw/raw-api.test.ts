import { setTimeout as delay } from 'node:timers/promises';
import { GROUPS } from '../groups';
import { callControl } from '../../brokerage/testing';
import { startTestServer, type TestServer } from '../testing';
import { encodePacket } from './packets';
import type { RawClient } from './testing';

describe('the raw protocol of MT5', () => {
  let server: TestServer;
  const logged: string[] = [];

  beforeAll(async () => {
    server = await startTestServer({ log: (line) => logged.push(line) });
  });
  afterAll(() => server.stop());

  async function loggedIn(cryptMethod = 'NONE'): Promise<RawClient> {
    const client = server.rawClient(cryptMethod);
    expect((await client.login()).retcode).toBe(0);
    return client;
  }

  it('logs in as MetaQuotes write it, and names its versions', async () => {
    const client = server.rawClient();
    const start =
      'AUTH_START|VERSION=484|AGENT=test|LOGIN=1000|TYPE=MANAGER|CRYPT_METHOD=NONE|\r\n';
    expect(await client.message(start)).toMatch(
      /^AUTH_START\|RETCODE=0 Done\|VERSION_ACCESS=\d+\|SRV_RAND=[0-9a-f]{32}\|\r\n$/,
    );
    const answer = `AUTH_ANSWER|SRV_RAND_ANSWER=${'0'.repeat(32)}|CLI_RAND=${'0'.repeat(32)}|\r\n`;
    expect(await client.message(answer)).toBe('AUTH_ANSWER|RETCODE=1001 Invalid account|\r\n');
  });

  it('gives random bytes for the cipher only to a client that asks for one', async () => {
    const plain = await server.rawClient('NONE').login();
    expect(plain.body).not.toHaveProperty('crypt_rand');
    const ciphered = await server.rawClient('AES256OFB').login();
    expect(ciphered.body['crypt_rand']).toMatch(/^[0-9a-f]{512}$/);
    expect((await server.rawClient('ROT13').get('auth/start')).retcode).toBe(3);
  });

  it('ends a connection that asks for something without a log-in', async () => {
    const stranger = server.rawClient();
    expect((await stranger.get('test/access')).retcode).toBe(8);
    await delay(50);
    expect(stranger.open).toBe(false);
  });

  it('puts answers of one value into the first line, and records behind it', async () => {
    const client = await loggedIn();
    const login = await client.openAccount();
    expect(await client.message('GROUP_TOTAL|\r\n')).toBe(
      `GROUP_TOTAL|RETCODE=0 Done|TOTAL=${GROUPS.length}|\r\n`,
    );
    expect(
      await client.message(
        `TRADE_BALANCE|LOGIN=${login}|TYPE=2|BALANCE=10|COMMENT=x|CHECK_MARGIN=1\r\n`,
      ),
    ).toMatch(/^TRADE_BALANCE\|RETCODE=0 Done\|TICKET=\d+\|\r\n$/);
    expect((await client.command('TIME_SERVER', [])).record['Time']).toBe(
      `${(server.clock.now + 10_800_000) / 1000} 2025.10.15 13:00:00`,
    );
    const ticks = await client.get('tick/last?symbol=EURUSD&trans_id=0');
    expect(ticks.text).toMatch(/^TICK_LAST\|RETCODE=0 Done\|TRANS_ID=\d+\|\r\n\[\{/);
    const added = await client.post('user/add', { Group: 'real\\nowhere' });
    expect(added.text).toBe('USER_ADD|RETCODE=13 Not found|\r\n');
  });

  it('opens an account from the line alone, and tells its log-in there', async () => {
    const client = await loggedIn();
    const answer = await client.message(
      'USER_ADD|LOGIN=0|PASS_MAIN=Main-pass1|PASS_INVESTOR=Read-pass1|GROUP=real\\cy-usd-std|' +
        'NAME=Ada \\= Byron \\| Lovelace|LEVERAGE=30|\r\n',
    );
    expect(answer).toMatch(/^USER_ADD\|RETCODE=0 Done\|LOGIN=\d+\|\r\n\{/);
    expect(answer).toContain('"Name":"Ada = Byron | Lovelace"');
  });

  it('knows passwords by their raw names too', async () => {
    const client = await loggedIn();
    const login = String(await client.openAccount());
    const fields: [string, string][] = [
      ['LOGIN', login],
      ['TYPE', 'MAIN'],
      ['PASSWORD', 'Fresh-pass2'],
    ];
    expect((await client.command('USER_PASS_CHANGE', fields)).retcode).toBe(0);
    expect((await client.command('USER_PASS_CHECK', fields)).retcode).toBe(0);
  });

  it('lets the body behind the line win over the line', async () => {
    const client = await loggedIn();
    const login = await client.openAccount();
    const other = await client.openAccount();
    const read = await client.command('USER_GET', [['LOGIN', String(other)]], `{"Login":${login}}`);
    expect(read.record['Login']).toBe(String(login));
    expect((await client.command('USER_GET', [['LOGIN', '1']], 'rubbish')).retcode).toBe(3);
  });

  it.each(['NONE', 'AES256OFB'])('splits what is long, both ways, with %s', async (cryptMethod) => {
    const client = await loggedIn(cryptMethod);
    const login = await client.openAccount();
    for (let deal = 0; deal < 60; deal += 1) await client.balance(login, '1', `deal ${deal}`);
    const pings = client.pings.length;
    const deals = await client.get(`deal/get_page?login=${login}&offset=0&total=100`);
    expect(deals.list.map((deal) => deal['Comment'])).toEqual(
      Array.from({ length: 60 }, (_, at) => `deal ${at}`),
    );
    expect(Buffer.byteLength(deals.text, 'utf16le')).toBeGreaterThan(65_535);
    // A ping stood between the packets.
    expect(client.pings.length).toBe(pings + 1);
    const inPieces = await client.message(`USER_GET|LOGIN=${login}|\r\n`, 7);
    expect(inPieces).toMatch(/^USER_GET\|RETCODE=0 Done\|/);
  });

  it('answers commands that come together one after the other, each under its number', async () => {
    const client = await loggedIn('AES256OFB');
    const totals = await Promise.all(
      Array.from({ length: 20 }, () => client.command('GROUP_TOTAL', [])),
    );
    expect(totals.every(({ record }) => record['Total'] === String(GROUPS.length))).toBe(true);
  });

  it('answers 13 to a command that it does not have', async () => {
    const client = await loggedIn();
    expect(await client.message('USER_EVERYTHING|\r\n')).toBe(
      'USER_EVERYTHING|RETCODE=13 Not found|\r\n',
    );
  });

  it('logs in again on the same connection, to another cipher', async () => {
    const client = await loggedIn('AES256OFB');
    expect((await client.login()).retcode).toBe(0);
    expect((await client.get('test/access')).retcode).toBe(0);
  });

  it('ends the connection on QUIT', async () => {
    const client = await loggedIn('AES256OFB');
    expect((await client.get('quit')).retcode).toBe(0);
    await delay(50);
    expect(client.open).toBe(false);
  });

  it('drops a silent connection, keeps one that pings, and pings by itself', async () => {
    const hasty = await startTestServer({ silenceMs: 400, pingMs: 60 });
    try {
      const quiet = hasty.rawClient();
      const alive = hasty.rawClient('AES256OFB');
      await quiet.login();
      await alive.login();
      for (let at = 0; at < 10; at += 1) {
        await delay(80);
        alive.bytes(encodePacket({ number: 0, more: false, body: Buffer.alloc(0) }));
      }
      expect(quiet.open).toBe(false);
      expect((await alive.get('test/access')).retcode).toBe(0);
      expect(alive.pings.length).toBeGreaterThanOrEqual(3);
      expect(alive.pings.every((number) => number >= 0x4000 && number <= 0x7fff)).toBe(true);
    } finally {
      await hasty.stop();
    }
  });

  it.each([
    ['rubbish', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a number of the server', Buffer.from('000040000')],
    ['a header that is none', Buffer.from('zzzz00010')],
    ['a message without an end', Buffer.concat(Array.from({ length: 17 }, () => piece()))],
  ])('closes a connection on %s, and lives', async (_what, bytes) => {
    const client = server.rawClient();
    client.bytes(bytes);
    await delay(100);
    expect(client.open).toBe(false);
    expect((await (await loggedIn()).get('test/access')).retcode).toBe(0);
    expect(logged.at(-1)).toMatch(/raw connection closed/);
  });

  it('closes a connection that sends on without waiting', async () => {
    await callControl(server.control, 'POST', '/faults', { kind: 'slow', ms: 500 });
    const client = await loggedIn();
    const many = Array.from({ length: 1_100 }, () => client.get('test/access').catch(() => null));
    expect(await Promise.all(many)).toContain(null);
    expect(client.open).toBe(false);
    await callControl(server.control, 'DELETE', '/faults');
  });

  it('counts and cuts its connections as those of REST', async () => {
    const client = await loggedIn();
    const rest = server.client();
    await rest.login();
    const state = await callControl(server.control, 'GET', '/state');
    expect(state['connections']).toBeGreaterThanOrEqual(2);
    await callControl(server.control, 'POST', '/faults', { kind: 'drop_connection' });
    await delay(50);
    expect(client.open).toBe(false);
  });
});

function piece(): Buffer {
  return encodePacket({ number: 1, more: true, body: Buffer.alloc(65_534) });
}
