import { Browser, startApi, type Person, type Reply, type TestApi } from '../testing/api';

let api: TestApi;
let finance: Person;
beforeAll(async () => {
  api = await startApi();
  finance = await api.staff(['finance']);
});
afterAll(() => api.close());

const held = { list: 'payments', name: 'Held', query: 'state=held&kind=deposit' };

function keep(as: Person, filter: object): Promise<Reply> {
  return api.call('POST', '/api/v1/saved-filters', { as, body: filter });
}

async function namesOf(as: Person, list = 'payments'): Promise<unknown[]> {
  const { json } = await api.call('GET', `/api/v1/saved-filters?list=${list}`, { as });
  return (json['data'] as { name: unknown }[]).map(({ name }) => name);
}

describe('a saved filter', () => {
  it('is its author’s, of one list', async () => {
    const made = await keep(finance, held);
    expect(made.json).toMatchObject({ ...held, isOwn: true, entityId: null });
    expect(await namesOf(finance)).toEqual(['Held']);
    expect(await namesOf(finance, 'inbox')).toEqual([]);
    expect(await namesOf(await api.staff(['finance']))).toEqual([]);
  });

  it('can be shared with the colleagues of an entity, by those who may share', async () => {
    const shared = await keep(finance, { ...held, name: 'For all', entityId: 'cy' });
    expect(shared.status).toBe(201);
    const support = await api.staff(['support']);
    expect(await namesOf(support)).toEqual(['For all']);
    expect(await namesOf(await api.staff(['support'], ['off']))).toEqual([]);
    const { status, json } = await keep(support, { ...held, entityId: 'cy' });
    expect([status, json['permission']]).toEqual([403, 'filter.share']);
    expect((await keep(finance, { ...held, name: 'x', entityId: 'off' })).status).toBe(404);
    const path = `/api/v1/saved-filters/${String(shared.json['id'])}`;
    expect((await api.call('DELETE', path, { as: support })).status).toBe(404);
    expect((await api.call('DELETE', path, { as: finance })).status).toBe(204);
    expect(await namesOf(support)).toEqual([]);
  });

  it('has a name that no other of the author’s has, also when it is changed', async () => {
    const other = await keep(finance, { ...held, name: 'Other' });
    expect((await keep(finance, { ...held, name: 'HELD' })).json['code']).toBe('name_taken');
    const path = `/api/v1/saved-filters/${String(other.json['id'])}`;
    const change = (name: string) =>
      api.call('PUT', path, { as: finance, body: { name, query: 'currency=EUR&amountFrom=5' } });
    expect((await change('held')).status).toBe(409);
    expect((await change('Other')).json['query']).toBe('currency=EUR&amountFrom=5');
  });

  it.each([
    ['payments', 'nobody=1'],
    ['payments', 'amountFrom=5'],
    ['payments', ''],
    ['inbox', 'state=held'],
    ['nothing', 'state=held'],
  ])('of the list %s is refused where the list does not know it: %s', async (list, query) => {
    expect((await keep(finance, { list, name: 'x', query })).status).toBe(400);
  });

  it('is one of 40 at most', async () => {
    const busy = await api.staff(['support']);
    const statuses: number[] = [];
    for (let n = 1; n <= 41; n += 1)
      statuses.push(
        (await keep(busy, { list: 'inbox', name: `n${n}`, query: 'view=mine' })).status,
      );
    expect([statuses.filter((status) => status === 201).length, statuses.at(-1)]).toEqual([
      40, 422,
    ]);
  });

  it('is kept by a form on its list, shown there, and taken away', async () => {
    const browser = new Browser(api.url);
    const person = await api.staff(['finance']);
    await browser.logIn('staff', person.email);
    await browser.get('/staff/payments?needsPerson=yes');
    const kept = await browser.post('/staff/filters', {
      list: 'payments',
      name: 'Waiting for us',
      query: 'needsPerson=yes',
    });
    expect(kept.headers.get('location')).toBe('/staff/payments?needsPerson=yes');
    const { text } = await browser.get('/staff/payments?needsPerson=yes');
    expect(text).toContain('Waiting for us');
    const [, id = ''] = /\/staff\/filters\/(flt_[0-9a-f-]+)\/remove/.exec(text) ?? [];
    expect((await browser.post(`/staff/filters/${id}/remove`, {})).status).toBe(303);
    expect((await browser.get('/staff/payments')).text).not.toContain('Waiting for us');
  });
});
