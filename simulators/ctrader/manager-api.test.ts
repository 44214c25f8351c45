import { type ManagerClient, startTestServer, type TestServer, TRADER } from './testing';
import type { Fields } from './messages';

let server: TestServer;
let client: ManagerClient;
let login: number;
let traderId: number;

beforeEach(async () => {
  server = await startTestServer();
  client = await server.client();
  const made = await server.call('POST', 'traders', TRADER);
  login = Number(made.json['login']);
  traderId = login + 5_000_000;
});

afterEach(async () => {
  await server.stop();
});

function change(preciseAmount: number, more: object = {}) {
  const body = { login, preciseAmount, type: 'DEPOSIT', ...more };
  return server.call('POST', `traders/${login}/changebalance`, body);
}

function always() {
  return { fromTimestamp: 0, toTimestamp: server.clock.now + 1_000 };
}

async function history(): Promise<Fields[]> {
  const { fields } = await client.ask('BalanceHistoryListReq', { traderId, ...always() });
  return fields['depositWithdraw'] as Fields[];
}

async function trader(): Promise<Fields | undefined> {
  const { fields } = await client.ask('TraderByIdReq', { traderId: [traderId] });
  return (fields['trader'] as Fields[])[0];
}

describe('the Manager API of the simulator', () => {
  it('says hello, and lets nobody in by a wrong password', async () => {
    await client.wait(({ name }) => name === 'Hello');
    expect((await client.ask('ServerTimeReq')).fields).toMatchObject({
      errorCode: 'NOT_ENOUGH_RIGHTS',
    });
    expect((await client.login('wrong')).fields).toMatchObject({
      errorCode: 'AUTHENTICATION_FAILED',
    });
    expect((await client.login()).name).toBe('ManagerAuthRes');
    expect((await client.ask('ServerTimeReq')).fields).toEqual({
      timeInMillis: String(server.clock.now),
    });
  });

  it('counts the changes of a balance without a gap, whichever wire they came by', async () => {
    await client.login();
    await change(1_000, { externalId: 'one', comment: 'first' });
    const asked = { traderId, amount: 5_000, type: 19, externalId: 'two', newWay: true };
    expect((await client.ask('ChangeBalanceReq', asked)).fields).toMatchObject({
      traderId: String(traderId),
      balanceHistoryId: expect.any(String),
    });
    await server.post('/trade', { login, symbol: 'EURUSD', side: 'buy', volume: '0.1' });
    const [position] = (await client.ask('PositionListReq', { traderId, ...always() })).fields[
      'position'
    ] as Fields[];
    await server.post('/close', { position: Number(position?.['positionId']) });
    await change(10, { type: 'WITHDRAW' });
    expect(await history()).toMatchObject([
      { balanceVersion: '1', delta: '100000', operationType: 0, externalId: 'one' },
      { balanceVersion: '2', delta: '5000', operationType: 19, nonWithdrawableBonus: '5000' },
      { balanceVersion: '4', delta: '1000', operationType: 1 },
    ]);
    const { fields } = await client.ask('DealListReq', { traderId: [traderId], ...always() });
    const [opening, closing] = fields['deal'] as Fields[];
    expect(opening?.['closePositionDetail']).toBeUndefined();
    const detail = closing?.['closePositionDetail'] as Fields;
    expect(detail).toMatchObject({ balanceVersion: '3', commission: '-20' });
    const after = await trader();
    expect(after).toMatchObject({ balanceVersion: '4', nonWithdrawableBonus: '5000' });
    expect(BigInt(String(after?.['balance']))).toBe(BigInt(String(detail['balance'])) - 1_000n);
  });

  it('tells every manager of a change once, and twice while deliver_twice lasts', async () => {
    const other = await server.client();
    await client.login();
    await other.login();
    await change(1);
    for (const one of [client, other]) {
      const event = await one.wait(({ name }) => name === 'ExecutionEvent');
      expect(event).toMatchObject({
        id: undefined,
        fields: { executionType: 10, depositWithdraw: { delta: '100', balanceVersion: '1' } },
      });
    }
    await server.post('/faults', { kind: 'deliver_twice' });
    await change(2);
    await client.wait(
      () => client.received.filter((r) => r.name === 'ExecutionEvent').length === 3,
    );
    expect((await history()).map((row) => row['balanceHistoryId'])).toHaveLength(4);
  });

  it('shows a delayed operation late, while its version is counted already', async () => {
    await client.login();
    await server.post('/faults', { kind: 'delay_deal', ms: 5_000 });
    await change(1);
    expect(await history()).toEqual([]);
    expect(await trader()).toMatchObject({ balance: '100', balanceVersion: '1' });
    server.clock.now += 5_000;
    expect(await history()).toMatchObject([{ balanceVersion: '1' }]);
  });

  it('cuts long lists and says so', async () => {
    await client.login();
    await change(1_000_000);
    const span = { from: '2025-09-15T00:00:00Z', to: '2025-10-14T00:00:00Z' };
    await server.post('/backfill', { login, ...span, trades: 30 });
    const ask = async (more: object) =>
      (await client.ask('DealListReq', { ...always(), ...more })).fields;
    const all = (await ask({}))['deal'] as Fields[];
    expect(all.length).toBeGreaterThanOrEqual(60);
    const cut = await ask({ maxRows: 10 });
    expect([cut['deal'], cut['hasMore']]).toEqual([all.slice(0, 10), true]);
    expect((await ask({ groupId: [13] }))['deal']).toEqual([]);
    const closings = (await ask({ closingDealsOnly: true }))['deal'] as Fields[];
    expect(closings.every((deal) => deal['closePositionDetail'] !== undefined)).toBe(true);
  });

  it('quotes what is subscribed to', async () => {
    await client.login();
    await client.ask('SubscribeSpotQuotesReq', { symbolId: [1] });
    const { fields } = await client.wait(({ name }) => name === 'SpotEvent');
    expect(Number(fields['bid'])).toBeGreaterThan(90_000);
    expect(Number(fields['ask'])).toBeGreaterThan(Number(fields['bid']));
  });

  it('keeps a half-open connection open and hears nothing more on it', async () => {
    await client.login();
    await server.post('/faults', { kind: 'half_open', command: 'trader/by-id' });
    client.send('TraderByIdReq', { traderId: [traderId] }, 'lost');
    client.send('Heartbeat');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(client.received.map(({ name }) => name)).toEqual(['Hello', 'ManagerAuthRes']);
    expect(client.socket.destroyed).toBe(false);
    const other = await server.client();
    expect((await other.login()).name).toBe('ManagerAuthRes');
  });

  it('beats by itself and answers no beat', async () => {
    await server.stop();
    server = await startTestServer({ silenceMs: 1_200 });
    const patient = await server.client();
    for (let beat = 0; beat < 50; beat += 1) patient.send('Heartbeat');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const beats = patient.received.filter(({ name }) => name === 'Heartbeat').length;
    expect(beats).toBeGreaterThanOrEqual(1);
    expect(beats).toBeLessThanOrEqual(3);
  });

  it('drops who sends what is no frame, and who says nothing', async () => {
    client.socket.write(Buffer.from('ffffffff', 'hex'));
    await new Promise((resolve) => client.socket.once('close', resolve));
    await server.stop();
    server = await startTestServer({ silenceMs: 100 });
    const silent = await server.client();
    await new Promise((resolve) => silent.socket.once('close', resolve));
  });
});
