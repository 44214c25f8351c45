import { tokenOf } from '../../domain/trading/token';
import { eventsOfSubject } from '../../db/events';
import type { Intent } from '../../db/intent-readers';
import { markSending, planIntent } from '../../db/intents';
import { rows } from '../../db/connection';
import type { TradingAccount } from '../../db/accounts';
import { activeAccount } from '../testing/accounts';
import { Browser, startApi, type Person, type Reply, type TestApi } from '../testing/api';

const reason = 'The platform gets a new build.';
const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();

let api: TestApi;
let operator: Person;
let account: TradingAccount;
let holder: Person;
beforeAll(async () => {
  api = await startApi();
  operator = await api.staff(['operations']);
  const client = await api.client({ name: 'Anna Keller' });
  holder = client;
  account = await activeAccount(api, client.clientId);
});
afterAll(() => api.close());
afterEach(async () => {
  const { data } = await listed();
  for (const { id, phase } of data)
    if (phase === 'planned' || phase === 'in_force') await end(String(id));
});

const path = '/api/v1/servers/mt5/declarations';
const declare = (body: object, key?: string, server = 'mt5'): Promise<Reply> =>
  api.call('POST', `/api/v1/servers/${server}/declarations`, {
    as: operator,
    body: { kind: 'maintenance', until: hours(2), reason, ...body },
    ...(key ? { key } : {}),
  });
const end = (id: string) => api.call('POST', `${path}/${id}/end`, { as: operator });
const extend = (id: string, until: string) =>
  api.call('POST', `${path}/${id}/extend`, { as: operator, body: { until } });
const listed = async () =>
  (await api.call('GET', path, { as: operator })).json as {
    data: { id: string; phase: string }[];
  };
const idOf = (reply: Reply) => String(reply.json['id']);
const server = async () => (await api.call('GET', '/api/v1/servers/mt5', { as: operator })).json;

let step = 0;
function planned(): Promise<Intent> {
  step += 1;
  return api.system((tx) =>
    planIntent(
      tx,
      {
        workflowId: 'transfer/test',
        step: `step-${step}`,
        kind: 'balance_operation',
        target: 'mt5',
        reference: account.login,
        entityId: account.entityId,
        clientId: account.clientId,
        amountMinor: 50_000n,
        currency: account.currency,
      },
      tokenOf,
    ),
  );
}
const send = (intent: Intent) => api.system((tx) => markSending(tx, intent));

describe('a declared maintenance', () => {
  it('makes the server one under maintenance, pauses its feed and lets nothing leave for it', async () => {
    expect(await server()).toMatchObject({
      state: 'up',
      declaration: null,
      feed: { state: 'running' },
    });
    const made = await declare({});
    expect(made).toMatchObject({
      status: 201,
      json: { serverId: 'mt5', kind: 'maintenance', phase: 'in_force', reason, endedAt: null },
    });
    await api.system((tx) =>
      rows(
        tx,
        `update feed set errors = 7, last_error = 'PlatformUnavailable' where server_id = 'mt5'`,
      ),
    );
    expect(await server()).toMatchObject({
      state: 'maintenance',
      declaration: { id: idOf(made), kind: 'maintenance' },
      feed: { state: 'paused' },
    });
    const intent = await planned();
    await expect(send(intent)).rejects.toMatchObject({ status: 503, code: 'server_maintenance' });
    const flight = await api.call('GET', '/api/v1/servers/mt5/intents', { as: operator });
    expect(flight.json).toMatchObject({
      planned: 1,
      sending: 0,
      unknown: 0,
      data: [{ id: intent.id, state: 'planned', amount: { amount: '500.00' } }],
    });
    expect((await end(idOf(made))).json).toMatchObject({
      phase: 'over',
      endedBy: `user:${operator.user.id}`,
    });
    expect((await server())['state']).toBe('down');
    await api.system((tx) => rows(tx, 'update feed set errors = 0, last_error = null'));
    await expect(send(intent)).resolves.toBe(true);
  });

  it('that is planned stops nothing before it begins, and may be called off', async () => {
    const made = await declare({ from: hours(1) });
    expect(made.json['phase']).toBe('planned');
    expect((await server())['state']).toBe('up');
    expect((await end(idOf(made))).json['phase']).toBe('called_off');
    expect(await end(idOf(made))).toMatchObject({
      status: 409,
      json: { code: 'declaration_over', phase: 'called_off' },
    });
  });

  it('begins and ends by the clock, without anybody', async () => {
    const { json } = await declare({ from: hours(1), until: hours(2) });
    const shift = (by: string) =>
      api.system((tx) =>
        rows(
          tx,
          `update halt set from_at = from_at - :by::interval, until_at = until_at - :by::interval where id = :id`,
          { id: String(json['id']), by },
        ),
      );
    await shift('61 minutes');
    expect((await server())['state']).toBe('maintenance');
    await shift('60 minutes');
    expect((await server())['state']).toBe('up');
    expect((await listed()).data[0]).toMatchObject({ id: json['id'], phase: 'over' });
  });

  it('is extended, and an outage may get the end that nobody knew', async () => {
    const made = await declare({ kind: 'outage', until: null });
    expect(made.json).toMatchObject({ phase: 'in_force', until: null });
    const until = hours(3);
    const extended = await extend(idOf(made), until);
    expect(extended.status).toBe(200);
    expect(Date.parse(String(extended.json['until']))).toBe(Date.parse(until));
    const earlier = await extend(idOf(made), hours(2));
    expect(earlier).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: '/body/until', detail: 'must be later than the present end' }] },
    });
    const types = (await api.system((tx) => eventsOfSubject(tx, 'halt/server/mt5'))).map(
      ({ type }) => type,
    );
    expect(types.slice(-2)).toEqual(['server.declared', 'server.declaration_extended']);
  });

  it('is declared once, whatever is sent twice', async () => {
    const body = { until: hours(2) };
    const [first, second] = [await declare(body, 'once'), await declare(body, 'once')];
    expect(second.json).toEqual(first.json);
    const without = await api.call('POST', path, {
      as: operator,
      body: { kind: 'outage', reason },
      key: false,
    });
    expect(without.status).toBe(400);
  });

  it.each([
    ['an end before the beginning', { from: hours(3), until: hours(2) }, '/body/until'],
    ['a maintenance without an end', { until: null }, '/body/until'],
    ['an end that is over', { until: hours(-1) }, '/body/until'],
    ['a year that is a mistake', { from: '2099-01-01T00:00:00Z', until: null }, '/body/from'],
    ['no time', { from: 'soon' }, '/body/from'],
    ['no reason', { reason: ' ' }, '/body/reason'],
    ['another kind', { kind: 'holiday' }, '/body/kind'],
  ])('is refused with %s', async (_what, body, pointer) => {
    const reply = await declare(body);
    expect(reply.status).toBe(400);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(reply.json['errors']).toContainEqual(expect.objectContaining({ pointer }));
  });

  it('is refused beside another one, for an unknown server, and to those who may not', async () => {
    const made = await declare({ from: hours(1), until: hours(2) });
    const beside = await declare({ kind: 'outage', until: null });
    expect(beside).toMatchObject({
      status: 409,
      json: { code: 'declaration_overlaps', declaration: made.json['id'] },
    });
    expect((await declare({ until: hours(0.5) })).status).toBe(201);
    expect((await extend((await listed()).data[0]?.id ?? '', hours(1.5))).status).toBe(409);
    expect((await declare({}, undefined, 'mt9')).status).toBe(404);
    const elsewhere = await api.call('POST', `/api/v1/servers/mt4/declarations/${idOf(made)}/end`, {
      as: operator,
    });
    expect(elsewhere.status).toBe(404);
    for (const role of ['dealing', 'support', 'admin'] as const) {
      const body = { kind: 'outage', reason };
      const reply = await api.call('POST', path, { as: await api.staff([role]), body });
      expect(reply).toMatchObject({ status: 403, json: { permission: 'server.operate' } });
    }
  });
});

describe('whom a declaration concerns', () => {
  const affected = async (as: Person) =>
    (await api.call('GET', '/api/v1/servers/mt5/affected', { as })).json;

  it('is counted and listed within the entities of who asks', async () => {
    expect(await affected(operator)).toMatchObject({
      clients: 1,
      accounts: 1,
      data: [{ id: account.id, login: account.login, state: 'active' }],
      nextCursor: null,
    });
    const elsewhere = await api.staff(['operations'], ['off']);
    expect(await affected(elsewhere)).toMatchObject({ clients: 0, accounts: 0, data: [] });
  });

  it('is told over the API, too, from a day before it begins', async () => {
    const noticed = async (as: Person) =>
      (await api.call('GET', '/api/v1/server-notices', { as })).json['data'];
    const [soon, later] = [
      await declare({ from: hours(20), until: hours(21) }),
      await declare({ from: hours(30), until: hours(31) }),
    ];
    expect([soon.status, later.status]).toEqual([201, 201]);
    expect(await noticed(holder)).toEqual([
      expect.objectContaining({ serverId: 'mt5', kind: 'maintenance', isNow: false }),
    ]);
    expect(JSON.stringify(await noticed(holder))).not.toContain(reason);
    expect(await noticed(await api.client({}))).toEqual([]);
  });

  it('reads a banner, without the reason, and nobody else does', async () => {
    await declare({});
    const pageOf = async (area: 'staff' | 'client', { email }: Person, at: string) => {
      const browser = new Browser(api.url);
      await browser.logIn(area, email);
      return (await browser.get(at)).text;
    };
    const words =
      /Your trading server MetaTrader 5 is under maintenance until <time[^>]*>[^<]* UTC<\/time>; what you ask for now is carried out afterwards\./;
    for (const at of ['/client', `/client/accounts/${account.id}`]) {
      const page = await pageOf('client', holder, at);
      expect(page).toMatch(words);
      expect(page).not.toContain(reason);
    }
    const stranger = await api.client({});
    expect(await pageOf('client', stranger, '/client')).not.toContain('maintenance');
    expect(await pageOf('staff', operator, '/staff')).toContain(
      'MetaTrader 5 is under maintenance',
    );
    const sales = await api.staff(['sales']);
    expect(await pageOf('staff', sales, '/staff')).not.toContain('under maintenance');
    const elsewhere = await api.staff(['operations'], ['off']);
    expect(await pageOf('staff', elsewhere, '/staff')).not.toContain('MetaTrader 5 is under');
  });
});

describe('the page of a server', () => {
  const open = async () => {
    const browser = new Browser(api.url);
    await browser.logIn('staff', operator.email);
    return browser;
  };
  const at = '/staff/servers/mt5';

  it('declares, extends and ends, and shows whom it concerns and what is in flight', async () => {
    const browser = await open();
    expect((await browser.get(at)).text).toContain('Nothing is declared');
    const typed = (n: number) => hours(n).slice(0, 16);
    const fields = { kind: 'maintenance', from: '', until: typed(2), reason };
    expect((await browser.post(`${at}/declarations`, fields)).status).toBe(303);
    const intent = await planned();
    const shown = (await browser.get(at)).text;
    expect(shown).toContain(reason);
    expect(shown).toContain('1 client, 1 account');
    expect(shown).toContain(intent.workflowId);
    const id = (await listed()).data[0]?.id ?? '';
    const wrong = await browser.post(`${at}/declarations/${id}/extend`, { later: typed(1) });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('must be later than the present end');
    const longer = await browser.post(`${at}/declarations/${id}/extend`, { later: typed(3) });
    expect(longer.status).toBe(303);
    expect((await browser.post(`${at}/declarations/${id}/end`, {})).status).toBe(303);
    expect((await browser.get(at)).text).toContain('Nothing is declared');
  });

  it('says what is wrong at its field, with what was typed', async () => {
    const browser = await open();
    await browser.get(at);
    const fields = { kind: 'maintenance', from: '', until: '', reason };
    const reply = await browser.post(`${at}/declarations`, fields);
    expect(reply.status).toBe(400);
    expect(reply.text).toContain('is required: only an outage may have no known end');
    expect(reply.text).toContain(reason);
  });

  it('answers a page that is open with nothing while nothing has changed', async () => {
    const browser = await open();
    const next = /hx-get="([^"]+)"/
      .exec((await browser.get(at)).text)?.[1]
      ?.replaceAll('&#x3D;', '=');
    expect((await browser.get(next ?? '')).status).toBe(204);
    await declare({});
    expect((await browser.get(next ?? '')).status).toBe(200);
  });
});
