import { depositPolicy } from '../../domain/policy/defaults/payments';
import { readEntity, saveEntity } from '../../db/entities';
import { Browser, startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
const everywhere = ['cy', 'off'];
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const ifMatch = (revision: number) => ({ headers: { 'if-match': `"${revision}"` } });

async function readPage(person: Person, path: string) {
  const browser = new Browser(api.url);
  await browser.logIn('staff', person.email);
  return browser.get(path);
}

describe('what concerns every entity', () => {
  it('is policy of the base: written and published by those alone who work for all of them', async () => {
    const [author, publisher] = [
      await api.staff(['operations'], everywhere),
      await api.staff(['compliance'], everywhere),
    ];
    const [local, other] = [await api.staff(['operations']), await api.staff(['compliance'])];
    const body = { kind: 'deposit', layer: 'base', layerKey: '', body: depositPolicy.base };
    const refused = await api.call('POST', '/api/v1/policies', { as: local, body });
    expect([refused.status, refused.json['code']]).toEqual([403, 'not_whole']);
    const drafted = await api.call('POST', '/api/v1/policies', { as: author, body });
    expect(drafted.status).toBe(201);
    const path = `/api/v1/policies/${String(drafted.json['id'])}`;
    const page = `/staff/policies/${String(drafted.json['id'])}`;
    const edit = { body: { body: body.body }, ...ifMatch(1) };
    expect((await api.call('PUT', path, { as: local, ...edit })).json['code']).toBe('not_whole');
    await api.call('POST', `${path}/submit`, { as: author, ...ifMatch(1) });
    const publish = { body: { reach: 'new' }, ...ifMatch(1) };
    const unmet = await api.call('POST', `${path}/publish`, { as: other, ...publish });
    expect([unmet.status, unmet.json['code']]).toEqual([403, 'not_whole']);
    const seen = await readPage(other, page);
    expect(seen.text).toContain('every entity there is');
    expect(seen.text).not.toContain(`${page}/publish`);
    expect((await readPage(publisher, page)).text).toContain(`${page}/publish`);
    const done = await api.call('POST', `${path}/publish`, { as: publisher, ...publish });
    expect([done.status, done.json['state']]).toEqual([200, 'published']);
  });

  it('is a halt of everything: anybody stops, but one entity’s people do not let all go on', async () => {
    const [local, other] = [await api.staff(['finance']), await api.staff(['finance'])];
    const whole = await api.staff(['finance'], everywhere);
    const body = { scope: 'all', reason: 'Something is wrong.' };
    const set = await api.call('POST', '/api/v1/halts', { as: local, body });
    expect(set.status).toBe(201);
    const lift = `/api/v1/halts/${String(set.json['id'])}/lift`;
    const refused = await api.call('POST', lift, { as: other });
    expect([refused.status, refused.json['code']]).toEqual([403, 'not_whole']);
    const page = '/staff/operations';
    const form = `${page}/halts/${String(set.json['id'])}/lift`;
    const seen = await readPage(other, page);
    expect(seen.text).toContain('works for all of them has to lift it');
    expect(seen.text).not.toContain(form);
    expect((await readPage(whole, page)).text).toContain(form);
    expect((await api.call('POST', lift, { as: whole })).status).toBe(204);
  });

  it('leaves an entity’s own switch to its own people', async () => {
    const [one, two] = [await api.staff(['finance']), await api.staff(['finance'])];
    const body = { scope: 'entity', key: 'cy', reason: 'Something is wrong here.' };
    const set = await api.call('POST', '/api/v1/halts', { as: one, body });
    const lift = `/api/v1/halts/${String(set.json['id'])}/lift`;
    expect((await api.call('POST', lift, { as: two })).status).toBe(204);
  });

  // Last, since from here on there is one entity more.
  it('is the overlay of a jurisdiction, which is offered to those alone who work for each of its entities', async () => {
    await api.system(async (tx) => {
      const cyprus = await readEntity(tx, 'cy');
      await saveEntity(tx, { ...cyprus, id: 'cy-two', name: 'A second one of Cyprus' });
    });
    const [local, whole] = [
      await api.staff(['operations']),
      await api.staff(['operations'], ['cy', 'cy-two']),
    ];
    const place = `value="jurisdiction/CY"`;
    const seen = (await readPage(local, '/staff/policies')).text;
    expect(seen).not.toContain(place);
    expect(seen).toContain('value="entity/cy"');
    expect((await readPage(whole, '/staff/policies')).text).toContain(place);
    const draft = { kind: 'deposit', layer: 'jurisdiction', layerKey: 'CY' };
    const body = { ...draft, body: { title: 'In Cyprus', changes: [] } };
    const refused = await api.call('POST', '/api/v1/policies', { as: local, body });
    expect([refused.status, refused.json['code']]).toEqual([403, 'not_whole']);
    expect((await api.call('POST', '/api/v1/policies', { as: whole, body })).status).toBe(201);
  });
});
