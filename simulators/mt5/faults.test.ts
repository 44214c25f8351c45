import { setTimeout as delay } from 'node:timers/promises';
import { callControl } from '../brokerage/testing';
import { startTestServer, type TestServer, WIRES } from './testing';
import { type Client, TRADER } from './testing-clients';

type Deal = Readonly<Record<string, string>>;

const cents = (amount = ''): bigint => BigInt(amount.replace('.', ''));

describe.each(WIRES)('faults on demand over %s', (wire) => {
  let server: TestServer;
  let client: Client;
  let login: number;

  beforeAll(async () => {
    server = await startTestServer();
    client = server.clientOf(wire);
  });
  beforeEach(async () => {
    await callControl(server.control, 'DELETE', '/faults');
    await client.login();
    login = await client.openAccount();
  });
  afterAll(() => server.stop());

  const plant = (fault: Record<string, unknown>): Promise<Record<string, unknown>> =>
    server.post('/faults', fault);
  const outcome = (amount: string): Promise<unknown> =>
    client.balance(login, amount).then(
      (reply) => reply.retcode,
      () => 'lost',
    );
  const comments = async (): Promise<(string | undefined)[]> => {
    await client.login();
    return (await client.deals(login)).map((deal) => deal['Comment']);
  };
  const balance = (): bigint => server.exchange.book.holding(login).balanceMinor;

  it('loses the reply after applying: exactly one deal is there', async () => {
    await plant({ kind: 'lose_reply_after_apply', login });
    expect(await outcome('10')).toBe('lost');
    expect(await comments()).toEqual(['test']);
    expect(balance()).toBe(1000n);
  });

  it('loses the request before applying: no deal is there', async () => {
    await plant({ kind: 'lose_reply_before_apply', login });
    expect(await outcome('10')).toBe('lost');
    expect(await comments()).toEqual([]);
  });

  it('strikes as often as told, the chosen log-in only', async () => {
    const other = await client.openAccount();
    await plant({ kind: 'refuse', login, retcode: 10019, times: 2 });
    expect((await client.balance(other, '1')).retcode).toBe(0);
    expect(await outcome('1')).toBe(10019);
    expect(await outcome('1')).toBe(10019);
    expect(await outcome('1')).toBe(0);
  });

  it('strikes the named command only', async () => {
    await plant({ kind: 'refuse', command: '/api/user/get', retcode: 12, times: 'forever' });
    expect((await client.get(`user/get?login=${login}`)).retcode).toBe(12);
    expect((await client.get(`user/account/get?login=${login}`)).retcode).toBe(0);
    expect((await client.get(`user/get?login=${login}`)).retcode).toBe(12);
  });

  it('answers an unclear code after applying', async () => {
    await plant({ kind: 'refuse', retcode: 9, applied: true });
    expect(await outcome('10')).toBe(9);
    expect(balance()).toBe(1000n);
  });

  it('cuts the comment shorter', async () => {
    await plant({ kind: 'cut_comment', chars: 2 });
    await outcome('10');
    expect(await comments()).toEqual(['te']);
  });

  it('delays the deal: the balance moves now, the deal is seen later', async () => {
    await plant({ kind: 'delay_deal', ms: 60_000 });
    expect(await outcome('10')).toBe(0);
    expect(balance()).toBe(1000n);
    expect(await comments()).toEqual([]);
    const check = `user/check_balance?login=${login}&fixflag=0`;
    expect((await client.get(check)).body['answer']).toMatchObject({
      Balance: { User: '10.000000', History: '0.000000' },
    });
    server.clock.now += 60_000;
    expect(await comments()).toEqual(['test']);
  });

  it('books late: nothing is there, then operation and deal together', async () => {
    await plant({ kind: 'apply_late', ms: 60_000 });
    expect(await outcome('10')).toBe('lost');
    server.traders.tick();
    expect(await comments()).toEqual([]);
    expect(balance()).toBe(0n);
    server.clock.now += 60_000;
    server.traders.tick();
    server.traders.tick();
    expect(await comments()).toEqual(['test']);
    expect(balance()).toBe(1000n);
  });

  it('books twice', async () => {
    await plant({ kind: 'duplicate_deal' });
    expect(await outcome('10')).toBe(0);
    expect(await comments()).toEqual(['test', 'test']);
  });

  it('delivers every deal twice, in lists and in their counts, and books it once', async () => {
    await outcome('10');
    await plant({ kind: 'deliver_twice' });
    expect(await comments()).toEqual(['test', 'test']);
    const total = await client.get(`deal/get_total?login=${login}&from=0&to=9999999999`);
    expect(total.record['Total']).toBe('2');
    expect(
      (await client.get(`deal/get_batch?login=${login}&from=0&to=9999999999`)).list,
    ).toHaveLength(2);
    expect(balance()).toBe(1000n);
  });

  it('finds every password too weak', async () => {
    await plant({ kind: 'weak_password' });
    expect((await client.post('user/add', TRADER)).retcode).toBe(3006);
    const change = { Login: login, Type: 'main', Password: 'Other-pass2' };
    expect((await client.post('user/change_password', change)).retcode).toBe(3006);
    await callControl(server.control, 'DELETE', '/faults');
    expect((await client.post('user/change_password', change)).retcode).toBe(0);
  });

  it('cancels a deal: it stands there as cancelled, and what it moved is given back', async () => {
    await outcome('1000');
    const at = new Date(server.clock.now - 60_000).toISOString();
    const closeAt = new Date(server.clock.now - 30_000).toISOString();
    const trade = { login, symbol: 'EURUSD', side: 'buy', volume: '0.10', openAt: at, closeAt };
    const [opening, closing] = (await server.post('/trade', trade))['deals'] as Deal[];
    await server.post('/cancel-deal', { ticket: Number(closing?.['Deal']) });
    const deals = await client.deals(login);
    expect(deals.find((deal) => deal['Deal'] === closing?.['Deal'])).toMatchObject({
      Action: '14',
      Profit: '0.00',
      Commission: '0.00',
    });
    expect(balance()).toBe(100_000n + cents(opening?.['Commission']));
    expect(server.exchange.book.sumOfDeals(login).balanceMinor).toBe(balance());
    expect(await server.post('/cancel-deal', { ticket: 7 })).toMatchObject({ status: 409 });
  });

  it('edits a deal, and the balance with it when asked', async () => {
    await outcome('10');
    const [deal] = await client.deals(login);
    const edit = { kind: 'edit_deal', ticket: Number(deal?.['Deal']) };
    await server.post('/tamper', { ...edit, profit: '12.00', balanceFollows: true });
    expect(balance()).toBe(1200n);
    await server.post('/tamper', { ...edit, profit: '15.00' });
    expect(balance()).toBe(1200n);
    expect((await client.deals(login))[0]).toMatchObject({ Profit: '15.00' });
  });

  it('tells at the control port of every deal, shown or not, and of what is still to come', async () => {
    await plant({ kind: 'delay_deal', ms: 60_000 });
    await outcome('10');
    await plant({ kind: 'apply_late', ms: 60_000 });
    await outcome('20');
    expect(await callControl(server.control, 'GET', `/deals/${login}`)).toMatchObject({
      deals: [{ isOperation: true, amount: '10.00', comment: 'test', isHidden: true }],
      late: [{ amount: '20.00' }],
    });
  });

  it('garbles the reply after applying', async () => {
    await plant({ kind: 'garble_reply' });
    const answer = await client.balance(login, '10').catch(() => null);
    expect(answer?.record['Ticket']).toBeUndefined();
    expect(balance()).toBe(1000n);
  });

  it('hangs before applying, and applies although the client has gone', async () => {
    await plant({ kind: 'hang', command: 'trade/balance', ms: 300 });
    const impatient = server.clientOf(wire);
    await impatient.login();
    const lost = impatient.balance(login, '10').catch(() => 'gone');
    await delay(100);
    impatient.close();
    expect(await lost).toBe('gone');
    expect(balance()).toBe(0n);
    await delay(500);
    expect(balance()).toBe(1000n);
  });

  it('hangs after applying', async () => {
    await plant({ kind: 'hang', command: 'trade/balance', ms: 200, applied: true });
    const answer = outcome('10');
    await delay(100);
    expect(balance()).toBe(1000n);
    expect(await answer).toBe(0);
  });

  it('never answers on a half-open connection, having applied or not', async () => {
    for (const applied of [false, true]) {
      await plant({ kind: 'half_open', command: 'trade/balance', applied });
      const patient = server.clientOf(wire);
      await patient.login();
      const answer = patient.balance(login, '10').then(
        () => 'answered',
        () => 'gone',
      );
      expect(await Promise.race([answer, delay(150, 'silent')])).toBe('silent');
      expect(balance()).toBe(applied ? 1000n : 0n);
      patient.close();
    }
  });

  it('is slow until told otherwise', async () => {
    await plant({ kind: 'slow', ms: 120 });
    const before = Date.now();
    await client.get('test/access');
    await client.get('test/access');
    expect(Date.now() - before).toBeGreaterThanOrEqual(230);
  });

  it('drops every connection', async () => {
    await plant({ kind: 'drop_connection' });
    await delay(50);
    const after = await client.get('test/access').catch(() => null);
    expect([undefined, 8]).toContain(after?.retcode);
  });

  it('refuses log-in under maintenance with 1018', async () => {
    await plant({ kind: 'maintenance' });
    await delay(50);
    const query = 'version=1985&agent=test&login=1000&type=manager';
    expect((await client.get(`auth/start?${query}`)).retcode).toBe(1018);
    await callControl(server.control, 'DELETE', '/faults');
    expect((await client.login()).retcode).toBe(0);
  });

  it('shifts the clock of the server and of what it books', async () => {
    await plant({ kind: 'clock_offset', seconds: 7200 });
    const time = (await client.get('time/server')).record['Time'] ?? '';
    expect(Number(time.split(' ')[0]) * 1000).toBe(server.clock.now + 7_200_000);
    await outcome('10');
    expect((await client.deals(login))[0]?.['TimeMsc']).toBe(String(server.clock.now + 7_200_000));
  });

  it('lists what is planted and refuses a misspelt field', async () => {
    const planted = await plant({ kind: 'refuse', retcode: 3 });
    const listed = await callControl(server.control, 'GET', '/faults');
    expect(listed['faults']).toEqual([expect.objectContaining({ id: planted['id'], times: 1 })]);
    expect((await plant({ kind: 'refuse', retkode: 3 }))['status']).toBe(422);
    await callControl(server.control, 'DELETE', `/faults/${String(planted['id'])}`);
    expect((await callControl(server.control, 'GET', '/faults'))['faults']).toEqual([]);
  });
});
