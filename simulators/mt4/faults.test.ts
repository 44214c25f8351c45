import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callControl } from '../brokerage/testing';
import { type Client, startTestServer, type TestServer } from './testing';

let server: TestServer;
let client: Client;
let login: number;

beforeAll(async () => {
  server = await startTestServer();
  client = server.client();
  await client.login();
});

afterAll(async () => {
  await server.stop();
});

beforeEach(async () => {
  login = await client.openAccount();
});

afterEach(async () => {
  await callControl(server.control, 'DELETE', '/faults');
});

async function plant(fault: object): Promise<void> {
  expect(await server.post('/faults', { login, ...fault })).toMatchObject({ status: 200 });
}

async function balanceOf(): Promise<unknown> {
  return (await client.get(`UserRecordGet/${login}`)).record['balance'];
}

describe('idempotency keys', () => {
  it('give the first answer again and carry nothing out twice', async () => {
    const first = await client.balance(login, 10, { key: 'k-1' });
    const again = await client.balance(login, 10, { key: 'k-1' });
    expect(again.record).toEqual(first.record);
    expect(await balanceOf()).toBe(10);
    expect((await client.balance(login, 10)).code).toBeNull();
    expect(await balanceOf()).toBe(20);
  });

  it('stand for one request, and are checked', async () => {
    await client.balance(login, 10, { key: 'k-2' });
    expect((await client.balance(login, 11, { key: 'k-2' })).code).toBe('Validation');
    expect((await client.balance(login, 10, { key: 'k'.repeat(256) })).code).toBe('Validation');
  });

  it('give a refusal again as well', async () => {
    expect(await client.balance(login, -10, { key: 'k-3' })).toMatchObject({ code: 'MT4Error' });
    await client.balance(login, 100);
    expect(await client.balance(login, -10, { key: 'k-3' })).toMatchObject({ code: 'MT4Error' });
  });

  it('are forgotten after a day', async () => {
    await client.balance(login, 10, { key: 'k-4' });
    server.clock.now += 86_400_001;
    await client.login();
    await client.balance(login, 10, { key: 'k-4' });
    expect(await balanceOf()).toBe(20);
  });

  it('outlive a restart', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'mt4-keys-'));
    const before = await startTestServer({ dataDir });
    const first = before.client();
    await first.login();
    const account = await first.openAccount();
    const paid = await first.balance(account, 10, { key: 'k-5' });
    await before.stop();
    const after = await startTestServer({ dataDir });
    const second = after.client();
    await second.login();
    const again = await second.balance(account, 10, { key: 'k-5' });
    expect(again.record).toEqual(paid.record);
    const user = (await second.get(`UserRecordGet/${account}`)).record;
    expect(user).toMatchObject({ balance: 10, name: 'Ada Byron' });
    await after.stop();
    rmSync(dataDir, { recursive: true });
  });
});

describe('a fault', () => {
  it('loses the reply after applying, and the key has the answer', async () => {
    await plant({ kind: 'lose_reply_after_apply' });
    await expect(client.balance(login, 10, { key: 'f-1' })).rejects.toThrow();
    expect(await balanceOf()).toBe(10);
    expect((await client.balance(login, 10, { key: 'f-1' })).record['order']).toEqual(
      expect.any(Number),
    );
    expect(await balanceOf()).toBe(10);
  });

  it('loses the request before applying', async () => {
    await plant({ kind: 'lose_reply_before_apply' });
    await expect(client.balance(login, 10)).rejects.toThrow();
    expect(await balanceOf()).toBe(0);
  });

  it('hangs: the bridge says what it knows at its deadline, and then has the answer', async () => {
    await plant({ kind: 'hang', command: 'TradeTransaction', ms: 1_400 });
    const body = {
      tradeTransactionType: 'BrBalance',
      tradeCommand: 'Balance',
      orderBy: login,
      price: 7,
    };
    const headers = { 'Idempotency-Key': `h-${login}`, 'X-Request-Timeout': '1' };
    const late = await client.post('TradeTransaction', body, headers);
    expect(late).toMatchObject({
      code: 'OutcomeUnknown',
      headers: { 'x-request-outcome': 'unknown', 'x-request-timeout-applied': '1' },
    });
    const running = await client.post('TradeTransaction', body, headers);
    expect(running).toMatchObject({
      code: 'OutcomeUnknown',
      headers: { 'x-request-outcome': 'in-progress' },
    });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await client.post('TradeTransaction', body, headers)).code).toBeNull();
    expect(await balanceOf()).toBe(7);
  });

  it('makes a read time out, which changes nothing', async () => {
    await plant({ kind: 'hang', command: 'UserRecordGet', ms: 1_200 });
    const path = `/api/v2/MT4/3f0f8c5e-7d1b-4a86-9a43-0c7f6f1f2b11/UserRecordGet/${login}`;
    const reply = await client.send('GET', path, undefined, { 'X-Request-Timeout': '1' });
    expect(reply).toMatchObject({ code: 'Timeout', headers: { 'x-request-outcome': 'timeout' } });
  });

  it('keeps the connection open and says nothing', async () => {
    await plant({ kind: 'half_open', command: 'TradeTransaction', applied: true });
    const pending = client.balance(login, 10);
    const silent = await Promise.race([
      pending.then(() => 'answered'),
      new Promise((resolve) => setTimeout(() => resolve('silent'), 400)),
    ]);
    expect(silent).toBe('silent');
    pending.catch(() => undefined);
    expect(await balanceOf()).toBe(10);
  });

  it('refuses in the words of the bridge or of the server', async () => {
    await plant({ kind: 'refuse', code: 'Busy', outcome: 'not-started' });
    expect(await client.balance(login, 10)).toMatchObject({
      code: 'Busy',
      headers: { 'x-request-outcome': 'not-started' },
    });
    await plant({ kind: 'refuse', retcode: 134 });
    expect(await client.balance(login, 10)).toMatchObject({ managerCode: 'TradeNoMoney' });
    await plant({ kind: 'refuse', retcode: 199, applied: true });
    expect(await client.balance(login, 10)).toMatchObject({ managerCode: 199 });
    expect(await balanceOf()).toBe(10);
  });

  it('cuts the comment, books twice, hides a record for a while', async () => {
    await plant({ kind: 'cut_comment', chars: 5 });
    await client.balance(login, 1, { comment: 'abcdefgh' });
    await plant({ kind: 'duplicate_deal' });
    await client.balance(login, 2, { comment: 'twice' });
    await plant({ kind: 'delay_deal', ms: 10_000 });
    await client.balance(login, 4, { comment: 'hidden' });
    const comments = async () =>
      (await client.get(`TradesUserHistory/${login}`)).list.map((trade) => trade['comment']);
    expect(await comments()).toEqual(['abcde', 'twice', 'twice']);
    expect((await client.get(`AdmBalanceCheck/${login}`)).record['diff']).toBe(-4);
    server.clock.now += 10_000;
    expect(await comments()).toEqual(['abcde', 'twice', 'twice', 'hidden']);
    expect((await client.get(`AdmBalanceCheck/${login}`)).record['diff']).toBe(0);
  });

  it('cancels a trade: its record stands there as deleted, without money', async () => {
    await client.balance(login, 1_000);
    const openAt = new Date(server.clock.now - 60_000).toISOString();
    const closeAt = new Date(server.clock.now - 30_000).toISOString();
    const trade = { login, symbol: 'EURUSD', side: 'buy', volume: '0.10', openAt, closeAt };
    const { deals } = (await server.post('/trade', trade)) as { deals: { order: number }[] };
    const order = deals.at(-1)?.order ?? 0;
    await server.post('/cancel-deal', { ticket: order });
    const { list } = await client.get(`TradesUserHistory/${login}`);
    expect(list.find((row) => row['order'] === order)).toMatchObject({
      tradeRecordState: 'Deleted',
      profit: 0,
      commission: 0,
    });
    expect(await balanceOf()).toBe(1_000);
    expect((await client.get(`AdmBalanceCheck/${login}`)).record['diff']).toBe(0);
  });

  it('finds every password too weak, and makes accounts without one', async () => {
    await plant({ kind: 'weak_password' });
    const set = () => client.post(`UserPasswordSet/${login}`, 'Strong-1a');
    expect(await set()).toMatchObject({ managerCode: 'InvalidData' });
    expect(await client.openAccount()).toBeGreaterThan(login);
    await callControl(server.control, 'DELETE', '/faults');
    expect((await set()).code).toBeNull();
  });

  it('books late, after the connection was cut', async () => {
    await plant({ kind: 'apply_late', ms: 5_000 });
    await expect(client.balance(login, 10)).rejects.toThrow();
    server.traders.tick();
    expect(await balanceOf()).toBe(0);
    server.clock.now += 5_000;
    server.traders.tick();
    expect(await balanceOf()).toBe(10);
  });

  it('takes the trade server away, and moves its clock', async () => {
    await server.post('/faults', { kind: 'maintenance' });
    // Every connection is cut at once; the next one finds the bridge without its trade server.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await client.get('ServerTime')).toMatchObject({ code: 'NoConnect' });
    await callControl(server.control, 'DELETE', '/faults');
    const before = Date.parse(String((await client.get('ServerTime')).body['data']));
    await server.post('/faults', { kind: 'clock_offset', seconds: 7_200 });
    const after = Date.parse(String((await client.get('ServerTime')).body['data']));
    expect(after - before).toBe(7_200_000 - 10_800_000);
  });

  it('ends every token', async () => {
    expect(await server.post('/expire-tokens', {})).toMatchObject({ status: 200 });
    expect((await client.get('ServerTime')).status).toBe(401);
    await client.login();
    expect((await client.get('ServerTime')).status).toBe(200);
  });
});
