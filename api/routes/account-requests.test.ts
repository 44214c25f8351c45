import { putInReview } from '../../db/account-requests';
import { keepReading } from '../../db/account-readings';
import { endRequest } from '../../db/account-requests';
import { recordAccess, type TradingAccount } from '../../db/accounts';
import { rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { saveGroups } from '../../db/server-groups';
import { money } from '../../domain/money';
import { activeAccount } from '../testing/accounts';
import { Browser, startApi, type Person, type Reply, type TestApi } from '../testing/api';

type Client = Person & { readonly clientId: string };

let api: TestApi;
let anna: Client;
let account: TradingAccount;
let operator: Person;
beforeAll(async () => {
  api = await startApi();
  operator = await api.staff(['operations']);
});
afterAll(() => api.close());
beforeEach(async () => {
  anna = await api.client({ name: 'Anna Keller' });
  account = await activeAccount(api, anna.clientId);
});

const ask = (as: Person, body: object, id = account.id, key?: string): Promise<Reply> =>
  api.call('POST', `/api/v1/accounts/${id}/requests`, { as, body, ...(key ? { key } : {}) });

const idOf = (reply: Reply): string => String(reply.json['id']);

describe('asking something of an account', () => {
  it('takes a holder’s wish, and the process of the account is told in the same transaction', async () => {
    const reply = await ask(anna, { kind: 'change_leverage', leverage: 20 });
    expect(reply).toMatchObject({
      status: 202,
      json: {
        kind: 'change_leverage',
        asked: { leverage: 20 },
        inWords: 'a change of leverage to 1:20',
        askedAs: 'client',
        state: 'requested',
      },
    });
    expect(reply.headers.get('location')).toBe(`/api/v1/account-requests/${idOf(reply)}`);
    const told = await api.system((tx) =>
      rows(tx, 'select 1 from outbox where workflow_id = :id', { id: `account/${account.id}` }),
    );
    expect(told).toHaveLength(1);
    const events = await api.system((tx) => eventsOfSubject(tx, account.id));
    expect(events.map(({ type }) => type)).toContain('account.change_leverage_requested');
  });

  it('answers the same command with the same request', async () => {
    const key = 'leverage-once';
    const first = await ask(anna, { kind: 'change_leverage', leverage: 20 }, account.id, key);
    const second = await ask(anna, { kind: 'change_leverage', leverage: 20 }, account.id, key);
    expect(second.json).toEqual(first.json);
    const other = await ask(anna, { kind: 'change_leverage', leverage: 10 }, account.id, key);
    expect(other).toMatchObject({ status: 409, json: { code: 'idempotency_mismatch' } });
    const none = await api.call('POST', `/api/v1/accounts/${account.id}/requests`, {
      as: anna,
      body: { kind: 'close' },
      key: false,
    });
    expect(none.status).toBe(400);
  });

  it('takes one of a kind at a time, and nothing beside an end', async () => {
    await ask(anna, { kind: 'change_leverage', leverage: 20 });
    expect(await ask(anna, { kind: 'change_leverage', leverage: 10 })).toMatchObject({
      status: 409,
      json: { code: 'request_open' },
    });
    await ask(anna, { kind: 'close' });
    expect(await ask(anna, { kind: 'change_type', accountType: 'pro' })).toMatchObject({
      status: 409,
      json: { code: 'account_ending' },
    });
  });

  it('keeps what the house decides from holders, and what operations do from support', async () => {
    const override = { kind: 'override', leverage: 100, reason: 'promised' };
    expect(await ask(anna, override)).toMatchObject({ status: 403 });
    const support = await api.staff(['support']);
    expect(await ask(support, override)).toMatchObject({
      status: 403,
      json: { permission: 'account.operate' },
    });
  });

  it.each([
    [{ kind: 'override', leverage: 100 }, '/body/reason'],
    [{ kind: 'move_group', group: 'real\\vip' }, '/body/reason'],
    [{ kind: 'override', reason: 'promised' }, '/body/leverage'],
    [{ kind: 'change_leverage', leverage: 0 }, '/body/leverage'],
    [{ kind: 'change_leverage', leverage: 20, group: 'x' }, '/body/group'],
    [{ kind: 'migrate', platform: 'mt6' }, '/body/platform'],
    [{ kind: 'set_password' }, '/body/kind'],
  ])('says where %j is wrong', async (body, pointer) => {
    const reply = await ask(operator, body);
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.json['errors'])).toContain(`"${pointer}"`);
  });

  it('takes a group that the server has in the currency of the account, and no other', async () => {
    await api.system((tx) =>
      saveGroups(tx, account.serverId, [
        { name: 'real\\vip-eur', currency: 'EUR' },
        { name: 'real\\vip-usd', currency: 'USD' },
      ]),
    );
    const reason = 'promised';
    for (const group of ['real\\vip', 'real\\vip-usd']) {
      for (const kind of ['move_group', 'override']) {
        const refused = await ask(operator, { kind, group, reason });
        expect(refused).toMatchObject({
          status: 422,
          json: {
            code: 'unknown_group',
            groups: ['real\\vip-eur'],
            errors: [{ pointer: '/body/group' }],
          },
        });
      }
    }
    const path = `/api/v1/servers/${account.serverId}/groups`;
    const listed = await api.call('GET', `${path}?currency=EUR`, { as: operator });
    expect(listed.json).toMatchObject({
      data: [{ name: 'real\\vip-eur', currency: 'EUR' }],
      nextCursor: null,
    });
    const browser = new Browser(api.url);
    await browser.logIn('staff', operator.email);
    const page = (await browser.get(`/staff/accounts/${account.id}/group`)).text;
    expect(page).toContain('<option value="real\\vip-eur"');
    expect(page).not.toContain('vip-usd');
    const taken = await ask(operator, { kind: 'move_group', group: 'real\\vip-eur', reason });
    expect(taken).toMatchObject({ status: 202, json: { asked: { group: 'real\\vip-eur' } } });
  });

  it('tells an override’s reason to colleagues alone, and keeps it sealed', async () => {
    const reason = 'Written promise of the desk.';
    const made = await ask(operator, { kind: 'override', leverage: 100, reason });
    expect(made).toMatchObject({ status: 202, json: { reason, askedAs: 'staff' } });
    const path = `/api/v1/account-requests/${idOf(made)}`;
    expect((await api.call('GET', path, { as: operator })).json).toMatchObject({ reason });
    // Not decided yet: a holder does not hear of what the house only considers.
    expect((await api.call('GET', path, { as: anna })).status).toBe(404);
    const list = `/api/v1/accounts/${account.id}/requests`;
    expect((await api.call('GET', list, { as: anna })).json).toMatchObject({ data: [] });
    const kept = await api.system((tx) =>
      rows<{ row: string }>(tx, 'select r::text as row from account_request r where id = :id', {
        id: idOf(made),
      }),
    );
    expect(JSON.stringify(kept)).not.toContain('promise');
    await api.system((tx) => endRequest(tx, idOf(made), { state: 'done' }));
    expect((await api.call('GET', path, { as: anna })).json).toMatchObject({
      state: 'done',
      reason: null,
      askedBy: null,
    });
  });

  it('tells a holder the same about every review', async () => {
    const read = async (reasons: string[]) => {
      const client = await api.client();
      const own = await activeAccount(api, client.clientId);
      const made = await ask(client, { kind: 'close' }, own.id);
      await api.system((tx) =>
        putInReview(tx, idOf(made), { reasons, settings: null, evaluationId: null }),
      );
      const { json } = await api.call('GET', `/api/v1/account-requests/${idOf(made)}`, {
        as: client,
      });
      return { answer: json['answer'], reasons: json['reasons'] };
    };
    const hidden = await read(['IN_REVIEW']);
    expect(hidden).toEqual({ answer: expect.stringMatching(/colleague/) as string, reasons: [] });
    expect(await read(['CREDIT_ON_ACCOUNT'])).toEqual(hidden);
  });

  it('tells a refusal in words, with the codes that may be told', async () => {
    const made = await ask(anna, { kind: 'change_leverage', leverage: 500 });
    await api.system((tx) =>
      endRequest(tx, idOf(made), { state: 'refused', reasons: ['LEVERAGE_ABOVE_CAP', 'INTERNAL'] }),
    );
    const { json } = await api.call('GET', `/api/v1/account-requests/${idOf(made)}`, { as: anna });
    expect(json).toMatchObject({
      state: 'refused',
      answer: 'This leverage is above what the rules allow you.',
      reasons: ['LEVERAGE_ABOVE_CAP'],
    });
  });

  it('lists with a limit and a cursor', async () => {
    for (const body of [
      { kind: 'change_leverage', leverage: 20 },
      { kind: 'change_type', accountType: 'pro' },
      { kind: 'override', leverage: 40, reason: 'promised' },
    ])
      await ask(operator, body);
    const path = `/api/v1/accounts/${account.id}/requests`;
    const first = await api.call('GET', `${path}?limit=2`, { as: operator });
    const kinds = ({ json }: Reply) => (json['data'] as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds(first)).toEqual(['override', 'change_type']);
    const cursor = String(first.json['nextCursor']);
    const second = await api.call('GET', `${path}?limit=2&cursor=${cursor}`, { as: operator });
    expect(kinds(second)).toEqual(['change_leverage']);
    const filtered = await api.call('GET', `${path}?kind=override`, { as: operator });
    expect(kinds(filtered)).toEqual(['override']);
    expect((await api.call('GET', `${path}?state=nowhere`, { as: operator })).status).toBe(400);
  });
});

describe('a new link for the platform password', () => {
  const send = (as: Person) =>
    api.call('POST', `/api/v1/accounts/${account.id}/password-link`, { as });

  it.each(['client', 'support', 'operations'] as const)('goes to the holder: %s', async (who) => {
    const reply = await send(who === 'client' ? anna : await api.staff([who]));
    expect(reply).toMatchObject({ status: 202, json: { accountId: account.id } });
    expect(reply.text).not.toContain('/links/');
    const link = await api.mailedLink('account_password_link');
    expect(link).toMatch(/^\/links\//);
    const read = await api.call('GET', `/api/v1${link}`);
    expect(read.json).toMatchObject({ purpose: 'platform_password' });
  });

  it('stops the older one', async () => {
    await send(anna);
    const older = await api.mailedLink('account_password_link');
    await send(anna);
    expect((await api.call('GET', `/api/v1${older}`)).status).toBe(404);
  });

  it('is not for sale colleagues, and not six times in an hour', async () => {
    expect((await send(await api.staff(['finance']))).json).toMatchObject({
      permission: 'account.resend',
    });
    for (let sent = 0; sent < 5; sent += 1) expect((await send(anna)).status).toBe(202);
    const reply = await send(anna);
    expect(reply).toMatchObject({ status: 429, json: { code: 'too_many_links' } });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(3_000);
  });

  it('is not sent while nobody may log in', async () => {
    const compliance = await api.staff(['compliance']);
    await api.call('POST', `/api/v1/clients/${anna.clientId}/restrictions`, {
      as: compliance,
      body: { accountId: account.id, kind: 'takeover', scopes: ['login'], reason: 'taken over' },
    });
    expect(await send(anna)).toMatchObject({ status: 422, json: { code: 'restricted' } });
  });
});

describe('looking at an account on its server', () => {
  const look = (as: Person, id = account.id) =>
    api.call('POST', `/api/v1/accounts/${id}/look`, { as });
  const told = () =>
    api.system((tx) =>
      rows(tx, 'select 1 from outbox where workflow_id = :id', { id: `account/${account.id}` }),
    );

  it('has its process look at once', async () => {
    expect(await look(operator)).toMatchObject({
      status: 202,
      json: { accountId: account.id, seenAt: null },
    });
    expect(await told()).toHaveLength(1);
    const due = await api.system((tx) =>
      rows(tx, 'select 1 from trading_account where id = :id and due_at <= now()', {
        id: account.id,
      }),
    );
    expect(due).toHaveLength(1);
  });

  it('makes an account that closes look again, too', async () => {
    const made = await ask(anna, { kind: 'close' });
    const kept = (sql: string) => api.system((tx) => rows(tx, sql, { id: idOf(made) }));
    await kept(
      `update account_request set state = 'working', look = '{"openPositions": 1}' where id = :id returning 1`,
    );
    await api.system((tx) =>
      rows(tx, `update trading_account set state = 'closing' where id = :id`, { id: account.id }),
    );
    expect((await look(operator)).status).toBe(202);
    const [request] = await kept('select look from account_request where id = :id');
    expect(request).toMatchObject({ look: { isOld: true } });
  });

  it('is for operations alone, for accounts of their entities, and needs a log-in', async () => {
    const support = await api.staff(['support']);
    expect(await look(support)).toMatchObject({
      status: 403,
      json: { permission: 'account.operate' },
    });
    expect((await look(anna)).status).toBe(403);
    const elsewhere = await api.staff(['operations'], ['off']);
    expect((await look(elsewhere)).status).toBe(404);
    await api.system((tx) =>
      rows(tx, `update trading_account set state = 'closed' where id = :id`, { id: account.id }),
    );
    expect(await look(operator)).toMatchObject({
      status: 409,
      json: { code: 'account_not_active' },
    });
  });
});

describe('a restriction on one account', () => {
  it('is set with the account in the body, listed with it, and lifted by another person', async () => {
    const [first, second] = [await api.staff(['compliance']), await api.staff(['compliance'])];
    const path = `/api/v1/clients/${anna.clientId}/restrictions`;
    const body = { accountId: account.id, kind: 'chargeback', scopes: ['trade'], reason: 'x' };
    const made = await api.call('POST', path, { as: first, body });
    expect(made).toMatchObject({ status: 201, json: { accountId: account.id } });
    const listed = await api.call('GET', path, { as: second });
    expect(listed.json).toMatchObject({ data: [{ accountId: account.id, liftedAt: null }] });
    const lift = (as: Person) =>
      api.call('POST', `${path}/${idOf(made)}/lift`, { as, body: { reason: 'over' } });
    expect(await lift(first)).toMatchObject({ status: 409, json: { code: 'four_eyes' } });
    expect((await lift(second)).status).toBe(200);
  });

  it('bars logging in and trading, and money in or out of that account with it', async () => {
    const compliance = await api.staff(['compliance']);
    const path = `/api/v1/clients/${anna.clientId}/restrictions`;
    const set = (scopes: string[]) =>
      api.call('POST', path, {
        as: compliance,
        body: { accountId: account.id, kind: 'manual_review', scopes, reason: 'x' },
      });
    expect(await set(['withdraw'])).toMatchObject({
      status: 422,
      json: { code: 'scope_of_client' },
    });
    await set(['trade']);
    const move = await api.call('POST', '/api/v1/transfers', {
      as: anna,
      body: {
        accountId: account.id,
        direction: 'to_wallet',
        amount: { amount: '1.00', currency: 'EUR' },
      },
    });
    expect(move).toMatchObject({ status: 422, json: { code: 'restricted' } });
  });

  it('is none of another client’s account', async () => {
    const compliance = await api.staff(['compliance']);
    const other = await api.client();
    const reply = await api.call('POST', `/api/v1/clients/${other.clientId}/restrictions`, {
      as: compliance,
      body: { accountId: account.id, kind: 'manual_review', scopes: ['trade'], reason: 'x' },
    });
    expect(reply.status).toBe(404);
  });
});

describe('the list of accounts', () => {
  const ids = ({ json }: Reply) => (json['data'] as { id: string }[]).map(({ id }) => id);
  const list = (query: string) => api.call('GET', `/api/v1/accounts?${query}`, { as: operator });

  it('honours limit and cursor for one client as for all', async () => {
    const second = await activeAccount(api, anna.clientId);
    const of = `clientId=${anna.clientId}`;
    const page = await list(`${of}&limit=1`);
    expect(ids(page)).toEqual([second.id]);
    const next = await list(`${of}&limit=1&cursor=${String(page.json['nextCursor'])}`);
    expect(ids(next)).toEqual([account.id]);
    expect(next.json['nextCursor']).toBeNull();
  });

  it('finds by every declared filter, and by nothing else', async () => {
    const of = `clientId=${anna.clientId}`;
    const group = encodeURIComponent(account.group);
    for (const held of [
      `login=${account.login ?? ''}`,
      `group=${group}`,
      'server=mt5&platform=mt5',
      'type=standard&category=retail',
      'state=active&entityId=cy',
      'waiting=false&overridden=false',
    ])
      expect([held, ids(await list(`${of}&${held}`))]).toEqual([held, [account.id]]);
    for (const not of [
      'login=1',
      'group=real',
      'platform=mt4',
      'type=pro',
      'category=professional',
      'state=suspended',
      'waiting=true',
      'overridden=true',
    ])
      expect([not, ids(await list(`${of}&${not}`))]).toEqual([not, []]);
    expect((await list('colour=red')).status).toBe(400);
    expect((await list('state=asleep')).status).toBe(400);
    expect((await list('server=mt9')).status).toBe(404);
  });

  it('says what waits, and what is restricted or suspended', async () => {
    await ask(anna, { kind: 'close' });
    const of = `clientId=${anna.clientId}`;
    expect(ids(await list(`${of}&waiting=true`))).toEqual([account.id]);
    await api.system((tx) => recordAccess(tx, account.id, { access: 'frozen', change: 1 }));
    expect((await list(`${of}&state=restricted`)).json).toMatchObject({
      data: [{ state: 'restricted', access: 'frozen', openRequests: 1 }],
    });
    await api.system((tx) => recordAccess(tx, account.id, { access: 'blocked', change: 2 }));
    expect(ids(await list(`${of}&state=suspended`))).toEqual([account.id]);
    expect(ids(await list(`${of}&state=active`))).toEqual([]);
  });

  it('reads one account with what its server last showed and its cap', async () => {
    const path = `/api/v1/accounts/${account.id}`;
    const before = await api.call('GET', path, { as: anna });
    expect(before.json).toMatchObject({ seen: null, leverageCap: { leverage: 30 } });
    const eur = (minor: bigint) => money(minor, 'EUR');
    await api.system((tx) =>
      keepReading(tx, account, {
        openPositions: 2,
        reading: {
          login: account.login ?? '',
          group: account.group,
          currency: 'EUR',
          leverage: 30,
          access: {
            loginEnabled: true,
            tradingEnabled: true,
            readOnly: false,
            closeOnly: false,
          },
          accountToken: '',
          balance: eur(125_000n),
          credit: eur(0n),
          floating: eur(-690n),
          equity: eur(124_310n),
          margin: eur(11_000n),
          marginFree: eur(113_310n),
          registeredAt: null,
          lastAccessAt: null,
        },
      }),
    );
    const after = await api.call('GET', path, { as: anna });
    expect(after.json).toMatchObject({
      seen: { equity: { amount: '1243.10', currency: 'EUR' }, openPositions: 2 },
    });
  });
});
