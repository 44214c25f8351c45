import { readEntity, saveEntity } from '../../db/entities';
import { eventsOfSubject } from '../../db/events';
import { postTransaction } from '../../db/ledger';
import { house, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { Browser, startApi, type Person, type Reply, type TestApi } from '../testing/api';

let api: TestApi;
let asker: Person;
let approver: Person;

beforeAll(async () => {
  api = await startApi();
  asker = await api.staff(['admin']);
  approver = await api.staff(['senior_approver']);
});
afterAll(() => api.close());

const present = () => api.system((tx) => readEntity(tx, 'cy'));

async function wish(change: object) {
  const { name, licence, currencies, brand, version } = await present();
  return { legalName: name, regulator: 'CySEC', licence, currencies, brand, version, ...change };
}

const ask = async (change: object, as = asker): Promise<Reply> =>
  api.call('POST', '/api/v1/entities/cy/edits', { as, body: await wish(change) });

async function decide(reply: Reply, decision: 'approve' | 'reject', as = approver) {
  const taskId = String(reply.json['taskId']);
  const { json } = await api.call('GET', `/api/v1/tasks/${taskId}`, { as });
  return api.call('POST', `/api/v1/tasks/${taskId}/decision`, {
    as,
    body: {
      ...{ decision, reason: 'CHECKED' },
      ...{ expectedVersion: json['version'], contentHash: json['contentHash'] },
    },
  });
}

describe('a change of a legal entity', () => {
  it('is there once another person has approved it, with what was and what is', async () => {
    const asked = await ask({ licence: '123/45' });
    expect([asked.status, asked.json]).toMatchObject([
      201,
      {
        ...{ entityId: 'cy', state: 'proposed', baseVersion: 1 },
        changes: [
          { field: 'regulator', before: '', after: 'CySEC' },
          { field: 'licence', after: '123/45' },
        ],
      },
    ]);
    expect((await present()).licence).not.toBe('123/45');
    const own = await decide(asked, 'approve', asker);
    expect([403, 409]).toContain(own.status);
    expect((await decide(asked, 'approve')).status).toBe(200);
    const after = await present();
    expect(after).toMatchObject({ licence: '123/45', regulator: 'CySEC', version: 2 });
    const id = String(asked.json['id']);
    const events = await api.system((tx) => eventsOfSubject(tx, id));
    const edited = events.find(({ type }) => type === 'entity.edited');
    expect(JSON.parse(edited?.payload ?? '{}')).toMatchObject({
      before: { regulator: '' },
      after: { regulator: 'CySEC', licence: '123/45' },
    });
    // What ships is brought up to date at each start: not over what two people have changed.
    await api.system((tx) => saveEntity(tx, { ...after, licence: 'as it ships' }));
    expect((await present()).licence).toBe('123/45');
  });

  it('of what is no longer so is refused with the present version, at once and when it is approved', async () => {
    const { version = 1 } = await present();
    const stale = await ask({ licence: '1', version: version - 1 });
    expect([stale.status, stale.json]).toMatchObject([409, { code: 'stale_edit', version }]);
    const first = await ask({ licence: '2' });
    const second = await ask({ licence: '3' });
    expect([second.status, second.json['code']]).toEqual([409, 'edit_open']);
    await api.system((tx) =>
      tx.sql.raw('update entity set version = version + 1 where id = ?', ['cy']),
    );
    const late = await decide(first, 'approve');
    expect([late.status, late.json['code']]).toEqual([409, 'stale_edit']);
    expect((await decide(first, 'reject')).status).toBe(200);
    expect((await present()).licence).toBe('123/45');
  });

  it('that changes nothing, or takes a currency that clients have, is refused at its field', async () => {
    const same = await ask({});
    expect([same.status, same.json['code']]).toEqual([422, 'nothing_changed']);
    const { clientId } = await api.client();
    const of = { entityId: 'cy', clientId, currency: 'EUR' };
    await api.system((tx) =>
      postTransaction(tx, {
        ...{ key: 'entity-edit', kind: 'correction', entityId: 'cy', clientId, cause: 'seed' },
        legs: move(house('psp_clearing', of, 'seed'), wallet(of), 100n),
      }),
    );
    const { currencies } = await present();
    const taken = await ask({ currencies: currencies.filter((each) => each !== 'EUR') });
    expect([taken.status, taken.json]).toMatchObject([
      422,
      { code: 'entity_edit_refused', errors: [{ pointer: '/body/currencies' }] },
    ]);
    const wrong = await ask({ brand: { ...(await present()).brand, colour: 'red' } });
    expect([wrong.status, wrong.json['errors']]).toMatchObject([
      400,
      [{ pointer: '/body/brand/colour' }],
    ]);
  });

  it('is not for others, nor of an entity that they do not work for', async () => {
    const support = await api.staff(['support']);
    expect((await ask({ licence: '9' }, support)).status).toBe(403);
    const elsewhere = await api.staff(['admin'], ['off']);
    expect((await ask({ licence: '9' }, elsewhere)).status).toBe(404);
  });

  it('keeps on the page what was typed when somebody else was faster, and shows what differs', async () => {
    const browser = new Browser(api.url);
    await browser.logIn('staff', asker.email);
    const page = await browser.get('/staff/entities/cy/edit');
    expect(page.text).toContain('123/45');
    const { name, brand, currencies, version = 1 } = await present();
    const fields = {
      ...{ 'edit.legalName': name, 'edit.regulator': 'CySEC', 'edit.licence': '777/77' },
      'edit.currencies': currencies.join(', '),
      ...Object.fromEntries(
        Object.entries(brand).map(([key, value]) => [`edit.brand.${key}`, value]),
      ),
    };
    const path = '/staff/entities/cy/edit';
    const stale = await browser.post(path, { ...fields, version: String(version - 1) });
    expect(stale.status).toBe(409);
    expect(stale.text).toContain('value="777/77"');
    expect(stale.text).toContain('beside what the entity is now');
    expect(stale.text).toContain(`name="version" value="${version}"`);
    const wrong = await browser.post(path, {
      ...{ ...fields, version: String(version) },
      'edit.currencies': [...currencies, 'EURO'].join(', '),
    });
    expect(wrong.text).toContain(
      `href="#f-edit.currencies">currencies ${currencies.length + 1}</a> <span>is not a currency`,
    );
    const taken = await browser.post(path, { ...fields, version: String(version) });
    expect(taken.status).toBe(303);
    const shown = await browser.get(String(taken.headers.get('location')));
    expect(shown.text).toContain('777/77');
    expect(shown.text).toContain('href="/staff/entities" aria-current="page"');
    expect((await browser.get('/staff/entities/cy')).text).toContain('Changes that were asked for');
  });
});
