import { hashPassword } from '../../db/passwords';
import { rows } from '../../db/connection';
import { createApiKey } from '../../db/api-keys';
import { readUser, setPassword } from '../../db/users';
import { Browser, startApi, testPassword, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let manager: Person;
let planSet: string;
beforeAll(async () => {
  api = await startApi();
  manager = await api.staff(['partner_manager'], ['cy']);
  const made = await api.call('POST', '/api/v1/plan-sets', {
    as: manager,
    body: { entityId: 'cy', name: 'Introducers', currency: 'EUR' },
  });
  planSet = String(made.json['id']);
});
afterAll(() => api.close());

let number = 0;
async function made(): Promise<string> {
  number += 1;
  const { json } = await api.call('POST', '/api/v1/partners', {
    as: manager,
    body: { name: 'North', email: `north${number}@ib.example`, planSet },
  });
  return String(json['id']);
}

const post = (path: string, version: number, body: object, as = manager) =>
  api.call('POST', `/api/v1/partners/${path}`, {
    ...{ as, body },
    headers: { 'if-match': `"${version}"` },
  });
const because = { reasonCode: 'other', reason: 'A reason.' };

describe('a partner over the API', () => {
  it('is suspended and reinstated, with since when and why', async () => {
    const id = await made();
    expect(await post(`${id}/suspend`, 1, { ...because, reasonCode: 'complaint' })).toMatchObject({
      ...{ status: 200, json: { state: 'suspended', version: 2 } },
    });
    expect(await post(`${id}/suspend`, 1, because)).toMatchObject({ json: { code: 'stale' } });
    expect(await post(`${id}/suspend`, 2, because)).toMatchObject({
      json: { code: 'other_state' },
    });
    expect(await post(`${id}/reinstate`, 2, because)).toMatchObject({ json: { state: 'active' } });
    const { json } = await api.call('GET', `/api/v1/partners/${id}`, { as: manager });
    expect(json['standings']).toMatchObject([
      { state: 'active', reasonCode: 'other', to: null },
      { state: 'suspended', reasonCode: 'complaint' },
    ]);
  });

  it('keeps whose link brought a client to nobody, and no code that is none', async () => {
    const id = await made();
    const link = await api.call('POST', `/api/v1/partners/${id}/links`, { as: manager, body: {} });
    const code = String(link.json['code']);
    const register = async (email: string, referralCode: string) => {
      const { status } = await api.call('POST', '/api/v1/registrations', {
        body: {
          ...{ name: 'Ada Example', email, residence: 'DE', currency: 'EUR', acceptTerms: true },
          referralCode,
        },
      });
      expect(status).toBe(202);
    };
    await register('active@came.example', code);
    await post(`${id}/suspend`, 1, because);
    await register('suspended@came.example', code);
    await register('nobody@came.example', 'no-such-code');
    expect(
      await api.system((tx) =>
        rows(
          tx,
          `select (select count(*)::int from attribution where link_code = :code) as attributed,
             array(select link_code from client_came_by) as came_by`,
          { code },
        ),
      ),
    ).toEqual([{ attributed: 1, came_by: [code] }]);
  });

  it('ends when another person says so: nobody ends it alone', async () => {
    const id = await made();
    const asked = await post(`${id}/end`, 1, { ...because, state: 'terminated' });
    expect(asked).toMatchObject({ status: 202, json: { state: 'active', version: 1 } });
    expect(await post(`${id}/end`, 1, { ...because, state: 'terminated' })).toMatchObject({
      ...{ status: 409, json: { code: 'ending_proposed' } },
    });
  });

  it('names the field that is wrong', async () => {
    const id = await made();
    expect(await post(`${id}/suspend`, 1, { ...because, reasonCode: 'breach' })).toMatchObject({
      ...{ status: 400, json: { errors: [{ pointer: '/body/reasonCode' }] } },
    });
    expect(await post(`${id}/suspend`, 1, { ...because, reasonCode: 'mood' })).toMatchObject({
      ...{ status: 400, json: { errors: [{ pointer: '/body/reasonCode' }] } },
    });
    expect(await post(`${id}/end`, 1, { ...because, state: 'suspended' })).toMatchObject({
      ...{ status: 400, json: { errors: [{ pointer: '/body/state' }] } },
    });
  });

  it('is no business of another entity, nor of whoever edits no partners', async () => {
    const id = await made();
    const stranger = await api.staff(['partner_manager'], ['off']);
    const finance = await api.staff(['finance'], ['cy']);
    for (const path of ['suspend', 'reinstate', 'end']) {
      const body = path === 'end' ? { ...because, state: 'terminated' } : because;
      expect((await post(`${id}/${path}`, 1, body, stranger)).status).toBe(404);
      expect((await post(`${id}/${path}`, 1, body, finance)).status).toBe(403);
    }
  });

  it('is suspended on its page, which keeps what was typed when something is wrong', async () => {
    const id = await made();
    const browser = new Browser(api.url);
    await browser.logIn('staff', manager.email);
    const page = await browser.get(`/staff/partners/${id}`);
    expect(page.text).toContain('Suspend…');
    expect(page.text).toContain('End the agreement…');
    const fields = {
      ...{
        standingReasonCode: 'complaint',
        standingReason: 'Profits were promised.',
        version: '1',
      },
    };
    const wrong = await browser.post(`/staff/partners/${id}/end`, {
      ...{ ending: 'gone', endReasonCode: 'own_wish', endReason: 'Wrote a letter.', version: '1' },
    });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('Wrote a letter.');
    const done = await browser.post(`/staff/partners/${id}/suspend`, fields);
    expect(done.status).toBe(303);
    const after = await browser.get(`/staff/partners/${id}`);
    expect(after.text).toContain('Lift the suspension…');
    expect(after.text).not.toContain('Suspend…');
    const list = await browser.get('/staff/partners');
    expect(list.text).toContain('Settle a plan set by the day, the week or the month…');
  });

  it('enters the portal while suspended, and not when the access has ended: neither page nor key', async () => {
    const id = await made();
    const [{ user_id: userId } = { user_id: '' }] = await api.system((tx) =>
      rows<{ user_id: string }>(
        tx,
        'select id as user_id from user_account where partner_id = :id',
        {
          id,
        },
      ),
    );
    await api.system(async (tx) =>
      setPassword(tx, userId, await hashPassword(testPassword), 'first'),
    );
    const user = await api.system((tx) => readUser(tx, userId));
    const { token } = await api.system((tx) => createApiKey(tx, user, { name: 'k', hours: 1 }));
    const partner: Person = { user, token, email: `north${number}@ib.example` };
    await post(`${id}/suspend`, 1, because);
    const browser = new Browser(api.url);
    await browser.logIn('partner', partner.email);
    expect((await browser.get('/partner')).text).toContain('Payouts are stopped for now.');
    const read = () => api.call('GET', `/api/v1/partners/${id}`, { as: partner });
    expect((await read()).status).toBe(200);
    expect((await post(`${id}/links`, 2, {}, partner)).json['code']).toBe('partner_not_active');
    await api.system((tx) =>
      rows(tx, 'update partner_standing set access_until = now() where partner_id = :id', { id }),
    );
    expect((await read()).status).toBe(401);
    expect((await browser.get('/partner')).status).not.toBe(200);
    expect((await browser.logIn('partner', partner.email)).text).not.toContain('Payouts');
  });
});
