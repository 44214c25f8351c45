import { partnerRoles, type PartnerRole } from '../../domain/access/partner-roles';
import { createApiKey } from '../../db/api-keys';
import { rows } from '../../db/connection';
import { readUser } from '../../db/users';
import { kindsOf } from '../auth/audience';
import { pages } from '../pages';
import { routes } from '.';
import { Browser, startApi, testPassword, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let manager: Person;
let planSet: string;
let partnerId: string;
const people: Partial<Record<PartnerRole, Person>> = {};
/** The owner of another partner, below this one. */
let below: Person;

beforeAll(async () => {
  api = await startApi();
  manager = await api.staff(['partner_manager'], ['cy']);
  const { json } = await api.call('POST', '/api/v1/plan-sets', {
    as: manager,
    body: { entityId: 'cy', name: 'Introducers', currency: 'EUR' },
  });
  planSet = String(json['id']);
  people.owner = await partner('north@ib.example');
  partnerId = people.owner.user.partnerId ?? '';
  below = await partner('below@ib.example', partnerId);
  for (const role of ['finance', 'marketing', 'viewer'] as const)
    people[role] = await arrived(await invited(role, `${role}@ib.example`), `${role}@ib.example`);
}, 120_000);
afterAll(() => api.close());

async function partner(email: string, parentId?: string): Promise<Person> {
  const made = await api.call('POST', '/api/v1/partners', {
    as: manager,
    body: { name: 'North', email, planSet, ...(parentId === undefined ? {} : { parentId }) },
  });
  const [row] = await api.system((tx) =>
    rows<{ id: string }>(tx, 'select id from user_account where partner_id = :id', {
      id: String(made.json['id']),
    }),
  );
  return arrived(row?.id ?? '', email);
}

const as = (role: PartnerRole): Person => {
  const person = people[role];
  if (!person) throw new Error(`nobody is ${role}`);
  return person;
};

const invite = (role: string, email: string, who = as('owner')) =>
  api.call('POST', '/api/v1/partner-people', { as: who, body: { name: 'Nina', email, role } });

async function invited(role: PartnerRole, email: string): Promise<string> {
  const answer = await invite(role, email);
  expect(answer).toMatchObject({ status: 201, json: { role, email, state: 'invited' } });
  return String(answer.json['id']);
}

/** Follows the link of the newest mail, as whoever is invited does. */
async function arrived(userId: string, email: string): Promise<Person> {
  const token = (await api.mailedLink('verify_email')).split('/').at(-1) ?? '';
  const used = await api.call('POST', `/api/v1/links/${token}/password`, {
    body: { password: testPassword },
  });
  expect(used).toMatchObject({ status: 200, json: { userId, kind: 'partner' } });
  return api.system(async (tx) => {
    const user = await readUser(tx, userId);
    const key = await createApiKey(tx, user, { name: 'test', hours: 1 });
    return { user, token: key.token, email };
  });
}

const versionOf = async (id: string) => {
  const { json } = await api.call('GET', `/api/v1/partner-people/${id}`, { as: as('owner') });
  return Number(json['version']);
};

const roleTo = async (id: string, role: PartnerRole, who = as('owner')) =>
  api.call('POST', `/api/v1/partner-people/${id}/role`, {
    ...{ as: who, body: { role } },
    headers: { 'if-match': `"${await versionOf(id)}"` },
  });

const remove = (id: string, who = as('owner')) =>
  api.call('POST', `/api/v1/partner-people/${id}/remove`, { as: who });

/** o, f, m and v: which roles are let in. Written here once more: the table of roles is what is tried. */
const expected: Readonly<Record<string, string>> = {
  'GET /api/v1/me': 'ofmv',
  'GET /api/v1/entities': 'ofmv',
  'GET /api/v1/entities/:id': 'ofmv',
  'GET /api/v1/api-keys': 'o',
  'POST /api/v1/api-keys': 'o',
  'DELETE /api/v1/api-keys/:id': 'o',
  'GET /api/v1/partners': 'omv',
  'GET /api/v1/partners/:id': 'ofmv',
  'GET /api/v1/partners/:id/clients': 'omv',
  'POST /api/v1/partners/:id/links': 'om',
  'GET /api/v1/partners/:id/self-billing': 'ofv',
  'GET /api/v1/partner-invoices': 'ofv',
  'GET /api/v1/partner-invoices/:id': 'ofv',
  'GET /api/v1/partner-payouts': 'ofv',
  'GET /api/v1/partner-payouts/:id/statement': 'ofv',
  'GET /api/v1/settlements/:id/lines': 'ofv',
  'GET /api/v1/servers/:server/deals/:ticket/commission': 'ofv',
  'GET /api/v1/commission-disputes': 'ofv',
  'GET /api/v1/commission-disputes/:id': 'ofv',
  'POST /api/v1/commission-disputes': 'of',
  'GET /api/v1/partner-people': 'ov',
  'GET /api/v1/partner-people/:id': 'ov',
  'POST /api/v1/partner-people': 'o',
  'POST /api/v1/partner-people/:id/invitation': 'o',
  'POST /api/v1/partner-people/:id/role': 'o',
  'POST /api/v1/partner-people/:id/remove': 'o',
  'GET /partner': 'ofmv',
  'GET /partner/month': 'ofv',
  'GET /partner/network': 'omv',
  'GET /partner/activity': 'omv',
  'GET /partner/earnings': 'ofv',
  'GET /partner/statements': 'ofv',
  'GET /partner/statements/:id': 'ofv',
  'GET /partner/statements/:id/csv': 'ofv',
  'GET /partner/invoices/:id': 'ofv',
  'GET /partner/disputes': 'ofv',
  'GET /partner/disputes/new': 'of',
  'POST /partner/disputes/new': 'of',
  'GET /partner/disputes/:id': 'ofv',
  'GET /partner/links': 'omv',
  'POST /partner/links': 'om',
  'GET /partner/people': 'ov',
  'POST /partner/people': 'o',
  'POST /partner/people/:id/invitation': 'o',
  'POST /partner/people/:id/role': 'o',
  'POST /partner/people/:id/remove': 'o',
};

const isForPartners = ({ auth }: Pick<(typeof routes)[number], 'auth'>) =>
  !('public' in auth) && kindsOf(auth).has('partner');
const mounted = [
  ...routes.filter(isForPartners).map(({ method, path }) => ({ method, path })),
  ...pages
    .filter(isForPartners)
    .map(({ kind, path }) => ({ method: kind === 'page' ? 'GET' : 'POST', path })),
];
const addressOf = (path: string) => path.replace(/:[^/]+/g, 'nobody');

describe('what the roles of a partner may do', () => {
  it('is said here of every route and page that is mounted for partners', () => {
    const names = mounted.map(({ method, path }) => `${method} ${path}`);
    expect(names.filter((name) => expected[name] === undefined)).toEqual([]);
    expect(Object.keys(expected).filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(partnerRoles)('lets %s in where it stands, and nowhere else', async (role) => {
    const browser = new Browser(api.url);
    await browser.logIn('partner', as(role).email);
    await browser.get('/partner');
    for (const { method, path } of mounted) {
      const name = `${method} ${path}`;
      const address = addressOf(path);
      const ask = () => {
        if (path.startsWith('/api/')) return api.call(method, address, { as: as(role) });
        return method === 'GET' ? browser.get(address) : browser.post(address, {});
      };
      const { status, text } = await ask();
      const isIn = (expected[name] ?? '').includes(role.slice(0, 1));
      // Nobody is called nobody, and an empty form is refused: the door is what is tried.
      expect([name, status === 403]).toEqual([name, !isIn]);
      expect([name, status === 401 || status >= 500 || (status > 300 && status < 400)]).toEqual([
        name,
        false,
      ]);
      if (!isIn && path.startsWith('/api/')) expect(text).toContain('"permission"');
    }
  });

  it('shows no sum of money to marketing, and no link to finance', async () => {
    const read = (role: PartnerRole) =>
      api.call('GET', `/api/v1/partners/${partnerId}`, { as: as(role) });
    const none = { earned: null, paid: null, pending: null };
    expect((await read('marketing')).json).toMatchObject({ ...none, links: [] });
    expect((await read('finance')).json).toMatchObject({
      ...{ paid: { amount: '0.00', currency: 'EUR' }, links: null },
    });
    const browser = new Browser(api.url);
    await browser.logIn('partner', as('marketing').email);
    const home = await browser.get('/partner');
    expect(home.text).toContain('From your links');
    expect(home.text).not.toContain('EUR');
    expect(home.text).not.toContain('/partner/earnings');
    await browser.logIn('partner', as('finance').email);
    expect((await browser.get('/partner')).text).not.toContain('/partner/links');
  });
});

describe('the people of a partner', () => {
  it('are seen and changed by nobody of a partner above, below or of the broker', async () => {
    const finance = as('finance').user.id;
    const path = `/api/v1/partner-people/${finance}`;
    expect(await api.call('GET', path, { as: below })).toMatchObject({ status: 404 });
    expect(await remove(finance, below)).toMatchObject({ status: 404 });
    expect(await roleTo(finance, 'viewer', below)).toMatchObject({ status: 404 });
    expect(
      await api.call('GET', `/api/v1/partner-people/${below.user.id}`, {
        as: as('owner'),
      }),
    ).toMatchObject({ status: 404 });
    expect(await remove(below.user.id)).toMatchObject({ status: 404 });
    const list = await api.call('GET', '/api/v1/partner-people', { as: below });
    expect(list.json['data']).toMatchObject([{ id: below.user.id, role: 'owner' }]);
    expect(await remove(finance, manager)).toMatchObject({ status: 403 });
  });

  it('get another role, which counts at once and ends sessions', async () => {
    const id = await invited('viewer', 'turns@ib.example');
    const person = await arrived(id, 'turns@ib.example');
    const browser = new Browser(api.url);
    await browser.logIn('partner', person.email);
    expect(await browser.get('/partner/earnings')).toMatchObject({ status: 200 });
    const stale = await api.call('POST', `/api/v1/partner-people/${id}/role`, {
      ...{ as: as('owner'), body: { role: 'marketing' } },
      headers: { 'if-match': '"99"' },
    });
    expect(stale).toMatchObject({ status: 409, json: { code: 'stale' } });
    expect(await roleTo(id, 'viewer')).toMatchObject({ json: { code: 'already_so' } });
    expect(await roleTo(id, 'marketing')).toMatchObject({ json: { role: 'marketing' } });
    expect((await browser.get('/partner/links')).status).not.toBe(200);
    await browser.logIn('partner', person.email);
    expect(await browser.get('/partner/earnings')).toMatchObject({ status: 403 });
    expect(await browser.get('/partner/links')).toMatchObject({ status: 200 });
  });

  it('are out at once when they are removed, and come back by another invitation alone', async () => {
    const id = await invited('finance', 'leaves@ib.example');
    const person = await arrived(id, 'leaves@ib.example');
    const browser = new Browser(api.url);
    await browser.logIn('partner', person.email);
    expect(await browser.get('/partner')).toMatchObject({ status: 200 });
    expect(await remove(id)).toMatchObject({ status: 200, json: { state: 'disabled' } });
    expect((await browser.get('/partner')).status).not.toBe(200);
    expect(await api.call('GET', '/api/v1/me', { as: person })).toMatchObject({ status: 401 });
    await browser.logIn('partner', person.email);
    expect((await browser.get('/partner')).status).not.toBe(200);
    expect(await remove(id)).toMatchObject({ status: 409, json: { code: 'removed' } });
    expect(await roleTo(id, 'owner')).toMatchObject({ status: 409, json: { code: 'removed' } });
    const again = await invite('marketing', 'Leaves@ib.example');
    expect(again).toMatchObject({ status: 201, json: { id, role: 'marketing', state: 'invited' } });
    await browser.logIn('partner', person.email);
    expect((await browser.get('/partner')).status).not.toBe(200);
    await arrived(id, person.email);
    await browser.logIn('partner', person.email);
    expect(await browser.get('/partner')).toMatchObject({ status: 200 });
  });

  it('can be invited for no second partner, and not with a role that is none', async () => {
    expect(await invite('viewer', 'viewer@ib.example', below)).toMatchObject({
      ...{ status: 409, json: { code: 'email_taken' } },
    });
    expect(await invite('admin', 'new@ib.example')).toMatchObject({
      ...{ status: 400, json: { errors: [{ pointer: '/body/role' }] } },
    });
  });

  it('have an owner at all times', async () => {
    const { id } = as('owner').user;
    const last = { status: 409, json: { code: 'last_owner' } };
    expect(await remove(id)).toMatchObject(last);
    expect(await roleTo(id, 'viewer')).toMatchObject(last);
    // Who has not come yet may never come.
    const second = await invited('owner', 'second@ib.example');
    expect(await remove(id)).toMatchObject(last);
    const other = await arrived(second, 'second@ib.example');
    const both = await Promise.all([remove(id), remove(second, other)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const stays = both[0].status === 200 ? other : as('owner');
    const leaves = both[0].status === 200 ? id : second;
    const email = both[0].status === 200 ? as('owner').email : other.email;
    expect(await invite('owner', email, stays)).toMatchObject({ json: { id: leaves } });
    people.owner = stays;
  });

  it('lose their access with the partner', async () => {
    await api.system((tx) =>
      rows(
        tx,
        `insert into partner_standing (partner_id, entity_id, state, reason_code, from_at, links, unpaid, access_until)
         values (:partnerId, 'cy', 'terminated', 'other', now() - interval '1 day', false, 'hold', now() - interval '1 hour')`,
        { partnerId },
      ),
    );
    for (const role of partnerRoles)
      expect(await api.call('GET', '/api/v1/me', { as: as(role) })).toMatchObject({ status: 401 });
  });

  it('leave what was done to them in the log', async () => {
    const found = await api.system((tx) =>
      rows<{ type: string }>(
        tx,
        `select distinct type from event where subject = :partnerId and type like 'partner.person%' order by type`,
        { partnerId },
      ),
    );
    expect(found.map(({ type }) => type)).toEqual([
      'partner.person_invited',
      'partner.person_removed',
      'partner.person_role_changed',
    ]);
  });
});

describe('the page of people', () => {
  it('keeps what was typed when an invitation is refused', async () => {
    const owner = await partner('page@ib.example');
    const browser = new Browser(api.url);
    await browser.logIn('partner', owner.email);
    await browser.get('/partner/people');
    const typed = { name: 'Nina Example', email: 'nina', role: 'marketing' };
    const refused = await browser.post('/partner/people', typed);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('value="Nina Example"');
    expect(refused.text).toContain('value="nina"');
    expect(refused.text).toMatch(/value="marketing" selected/);
    const sent = await browser.post('/partner/people', { ...typed, email: 'nina@ib.example' });
    expect(sent.headers.get('location')).toBe('/partner/people');
    expect((await browser.get('/partner/people')).text).toContain('nina@ib.example');
  });
});
