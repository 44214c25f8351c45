import { setTimeout as delay } from 'node:timers/promises';
import { startTestServer, type TestServer } from './testing';
import { PASSWORD, type RestClient, TRADER } from './testing-clients';

describe('MT5 Web API', () => {
  let server: TestServer;
  let client: RestClient;

  beforeAll(async () => {
    server = await startTestServer();
    client = server.client();
    await client.login();
  });
  afterAll(() => server.stop());

  it('answers 403 on a connection that did not authenticate, and only there', async () => {
    const stranger = server.client();
    expect((await stranger.get('test/access')).status).toBe(403);
    expect((await client.get('test/access')).text).toBe('{"retcode":"0 Done"}');
  });

  it('refuses a wrong password with 1001', async () => {
    const stranger = server.client();
    expect((await stranger.login('Wrong-pass1')).retcode).toBe(1001);
    expect((await stranger.get('test/access')).status).toBe(403);
  });

  it('ends the session on quit', async () => {
    const leaving = server.client();
    await leaving.login();
    expect((await leaving.get('quit')).retcode).toBe(0);
    expect((await leaving.get('test/access')).status).toBe(403);
  });

  it('drops a silent connection, and its session with it', async () => {
    const hasty = await startTestServer({ silenceMs: 200 });
    try {
      const quiet = hasty.client();
      await quiet.login();
      await delay(1500);
      expect((await quiet.get('test/access')).status).toBe(403);
    } finally {
      await hasty.stop();
    }
  });

  it('tells server time, ahead of UTC by its offset', async () => {
    const { record } = await client.get('time/server');
    expect(record['Time']).toBe(`${(server.clock.now + 10_800_000) / 1000} 2025.10.15 13:00:00`);
    expect(record['time']).toBe(record['Time']);
  });

  it('takes parameters from query, JSON and form, the body winning', async () => {
    const login = await client.openAccount();
    const other = await client.openAccount();
    expect((await client.post(`user/get?login=${other}`, { Login: login })).record['Login']).toBe(
      String(login),
    );
    expect((await client.postForm('user/get', `login=${login}`)).record['Login']).toBe(
      String(login),
    );
    const jsonAsForm = await client.postForm('user/get', JSON.stringify({ login }));
    expect(jsonAsForm.record['Login']).toBe(String(login));
  });

  it('writes every number as a JSON string', async () => {
    const login = await client.openAccount();
    await client.balance(login, '5000');
    await server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '0.10' });
    const paths = [
      `user/get?login=${login}`,
      `user/account/get?login=${login}`,
      `deal/get_page?login=${login}&from=0&to=9999999999&offset=0&total=10`,
      `position/get_page?login=${login}&offset=0&total=10`,
      'group/next?index=0',
      'symbol/get?symbol=XAUUSD',
      'tick/last?symbol=EURUSD',
      'group/total',
      'common/get',
    ];
    for (const path of paths) {
      const reply = await client.get(path);
      expect(reply.retcode).toBe(0);
      expect(reply.text).not.toMatch(/[:[,]\s*-?\d/);
    }
  });

  it('refuses passwords in the query', async () => {
    const login = await client.openAccount();
    const query = `login=${login}&type=main&password=Main-pass1`;
    expect((await client.get(`user/check_password?${query}`)).retcode).toBe(3);
    const body = { Login: login, Type: 'main', Password: 'Main-pass1' };
    expect((await client.post('user/check_password', body)).retcode).toBe(0);
  });

  it('changes a password by kind and by rule', async () => {
    const login = await client.openAccount();
    const weak = { Login: login, Type: 'main', Password: 'weak' };
    expect((await client.post('user/change_password', weak)).retcode).toBe(3006);
    const fresh = { Login: login, Type: 'main', Password: 'Fresh-pass2' };
    expect((await client.post('user/change_password', fresh)).retcode).toBe(0);
    expect((await client.post('user/check_password', fresh)).retcode).toBe(0);
    const investor = { ...fresh, Type: 'investor' };
    expect((await client.post('user/check_password', investor)).retcode).toBe(3006);
  });

  it('opens an account with the default rights and gives its record', async () => {
    const login = await client.openAccount({ Email: 'a@example.com', Rights: undefined });
    const { record } = await client.get(`user/get?login=${login}`);
    expect(record).toMatchObject({
      Login: String(login),
      Group: 'real\\cy-usd-std',
      Rights: String(0x163),
      Leverage: '30',
      Email: 'a@example.com',
      Balance: '0.00',
    });
    expect(JSON.stringify(record)).not.toContain('Main-pass1');
  });

  it.each([
    [{ PassMain: 'weak' }, 3006],
    [{ PassInvestor: undefined }, 3006],
    [{ Group: 'real\\nowhere' }, 13],
    [{ Leverage: '0' }, 3],
    [{ Leverage: 'lots' }, 3],
  ])('refuses an account with %j by %i', async (fields, retcode) => {
    expect((await client.post('user/add', { ...TRADER, ...fields })).retcode).toBe(retcode);
  });

  it('opens the log-in asked for once, then answers 3004', async () => {
    const asked = { ...TRADER, Login: 777_001 };
    expect((await client.post('user/add', asked)).record['Login']).toBe('777001');
    expect((await client.post('user/add', asked)).retcode).toBe(3004);
  });

  it('replaces the whole record on update, refuses another currency and an unknown group', async () => {
    const login = await client.openAccount({ City: 'Limassol', Phone: '+357 1' });
    const { record } = await client.get(`user/get?login=${login}`);
    const moved = { ...record, Group: 'real\\cy-usd-pro', Phone: '' };
    expect((await client.post('user/update', moved)).record).toMatchObject({
      Group: 'real\\cy-usd-pro',
      City: 'Limassol',
      Phone: '',
    });
    const bare = { Login: login, Group: 'real\\cy-usd-pro', Leverage: 20 };
    expect((await client.post('user/update', bare)).record['City']).toBe('');
    const euro = { ...record, Group: 'real\\cy-eur-std' };
    expect((await client.post('user/update', euro)).retcode).toBe(3010);
    expect((await client.post('user/update', { ...record, Group: 'x' })).retcode).toBe(3);
  });

  it('runs out of log-ins with 3002 until the range is extended', async () => {
    const group = 'real\\off-usd-std';
    await server.post('/login-range', { group, from: 600_001, to: 600_002 });
    expect(await client.openAccount({ Group: group })).toBe(600_001);
    expect(await client.openAccount({ Group: group })).toBe(600_002);
    const asked = { ...TRADER, Group: group };
    expect((await client.post('user/add', asked)).retcode).toBe(3002);
    await server.post('/login-range', { group, from: 600_001, to: 600_005 });
    expect(await client.openAccount({ Group: group })).toBe(600_003);
  });

  it('never gives a deleted log-in again, and keeps an account with trades', async () => {
    const login = await client.openAccount();
    expect((await client.get(`user/delete?login=${login}`)).retcode).toBe(0);
    expect((await client.get(`user/get?login=${login}`)).retcode).toBe(13);
    expect(await client.openAccount()).not.toBe(login);
    const trader = await client.openAccount();
    await client.balance(trader, '1000');
    await server.post('/trade', { login: trader, symbol: 'EURUSD', side: 'buy', volume: 0.01 });
    expect((await client.get(`user/delete?login=${trader}`)).retcode).toBe(3008);
  });

  it('lists log-ins by group mask', async () => {
    const login = await client.openAccount({ Group: 'demo\\eur-std' });
    const all = (await client.get('user/logins?group=demo*')).body['answer'];
    expect(all).toEqual([String(login)]);
    const none = (await client.get('user/logins?group=demo*,!*eur*')).body['answer'];
    expect(none).toEqual([]);
  });

  it('answers groups and symbols by index, name and mask', async () => {
    const total = Number((await client.get('group/total')).record['Total']);
    const last = await client.get(`group/next?index=${total - 1}`);
    expect(last.record['MarginMode']).toBe('2');
    expect((await client.get(`group/next?index=${total}`)).retcode).toBe(13);
    const euro = await client.get(`group/get?group=${encodeURIComponent('real\\cy-eur-std')}`);
    expect(euro.record).toMatchObject({ Currency: 'EUR', CurrencyDigits: '2' });
    expect((await client.get('group/get?group=real*')).list.length).toBe(12);
    expect((await client.get('symbol/list')).body['answer']).toContain('XAUUSD');
    expect((await client.get('symbol/get?symbol=USDJPY')).record['Digits']).toBe('3');
  });

  it('quotes a spread on every symbol', async () => {
    const { list, body } = await client.get('tick/last?symbol=*&trans_id=0');
    expect(body['trans_id']).toBeDefined();
    expect(list.length).toBeGreaterThanOrEqual(4);
    for (const tick of list) expect(Number(tick['Ask'])).toBeGreaterThan(Number(tick['Bid']));
  });

  it('answers empty order lists for an account, and 13 for none', async () => {
    const login = await client.openAccount();
    expect((await client.get(`history/get_total?login=${login}`)).record['Total']).toBe('0');
    expect((await client.get(`order/get_page?login=${login}`)).body['answer']).toEqual([]);
    expect((await client.get('history/get_page?login=99')).retcode).toBe(13);
  });

  it('answers 404 for a command it does not have and 3 for a body that is not JSON', async () => {
    expect((await client.get('user/everything')).status).toBe(404);
    expect((await client.postForm('user/get', '{"login":')).retcode).toBe(3);
  });

  it('authenticates again on the same connection', async () => {
    expect((await client.login(PASSWORD)).retcode).toBe(0);
    expect((await client.get('test/access')).retcode).toBe(0);
  });
});
