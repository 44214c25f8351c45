import { openCase } from '../../db/kyc';
import { inScope, rows } from '../../db/connection';
import { worstMediaOf } from '../../db/adverse-media';
import { scopeOf } from '../../db/users';
import { Browser, startApi, testPassword, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let officers: readonly [Person, Person];
let client: Person & { readonly clientId: string };
let caseId: string;

type Fields = Record<string, unknown>;

beforeAll(async () => {
  api = await startApi();
  officers = [await api.staff(['compliance']), await api.staff(['compliance'])];
  client = await api.client();
  const scope = await api.system((tx) => scopeOf(tx, client.user));
  ({ id: caseId } = await inScope(api.db, scope, (tx) => openCase(tx, client.clientId)));
});
afterAll(() => api.close());

const path = () => `/api/v1/kyc-cases/${caseId}/adverse-media`;
const note = (change: Fields = {}, as = officers[0]) =>
  api.call('POST', path(), {
    as,
    body: {
      source: 'https://news.example/trial',
      finding: 'Named as a defendant.',
      publishedOn: '2026-11-02',
      weight: 'medium',
      ...change,
    },
  });
const aside = (id: unknown, as: Person) =>
  api.call('POST', `/api/v1/adverse-media/${String(id)}/set-aside`, {
    as,
    body: { reason: 'Somebody else of that name.' },
  });
const worst = () => api.system((tx) => worstMediaOf(tx, client.clientId));

describe('what was found published about a client', () => {
  it('weighs as much as the gravest note that stands', async () => {
    expect(await worst()).toBe('none');
    await note({ weight: 'low' });
    const { json } = await note({ weight: 'high' });
    expect(await worst()).toBe('high');
    expect((await aside(json['id'], officers[1])).json).toMatchObject({
      setAsideBy: officers[1].user.id,
      reason: 'Somebody else of that name.',
    });
    expect(await worst()).toBe('low');
  });

  it('is not set aside by whoever noted it, nor twice', async () => {
    const { json } = await note();
    const own = await aside(json['id'], officers[0]);
    expect([own.status, own.json['code']]).toEqual([409, 'four_eyes']);
    await aside(json['id'], officers[1]);
    const twice = await aside(json['id'], officers[1]);
    expect([twice.status, twice.json['code']]).toEqual([409, 'already_set_aside']);
  });

  it('is read by officers alone: not by its client, nor by other colleagues', async () => {
    const statuses = [];
    for (const as of [officers[0], client, await api.staff(['support'])])
      statuses.push((await api.call('GET', path(), { as })).status);
    expect(statuses).toEqual([200, 403, 403]);
    const scope = await api.system((tx) => scopeOf(tx, client.user));
    expect(await inScope(api.db, scope, (tx) => rows(tx, 'select 1 from adverse_media'))).toEqual(
      [],
    );
    const elsewhere = await api.staff(['compliance'], ['off']);
    expect((await api.call('GET', path(), { as: elsewhere })).status).toBe(404);
  });

  it.each([
    ['/body/source', { source: 'javascript:alert(1)' }],
    ['/body/source', { source: 'a newspaper' }],
    ['/body/publishedOn', { publishedOn: '2026-02-30' }],
    ['/body/weight', { weight: 'heavy' }],
    ['/body/finding', { finding: ' ' }],
  ])('that has no good %s is a 400', async (pointer, change) => {
    const { status, json } = await note(change);
    expect([status, (json['errors'] as Fields[])[0]?.['pointer']]).toEqual([400, pointer]);
  });

  it('is of a day that has come', async () => {
    const { status, json } = await note({ publishedOn: '2099-01-01' });
    expect([status, json['code']]).toEqual([422, 'in_the_future']);
  });

  it('excludes whoever noted it from deciding, and leaves an event without a word of it', async () => {
    const found = await api.system((tx) =>
      rows<{ user_id: string }>(
        tx,
        `select user_id from participation where subject = :caseId and what = 'supplied_evidence'`,
        { caseId },
      ),
    );
    expect(found.map((row) => row.user_id)).toContain(officers[0].user.id);
    const events = await api.system((tx) =>
      rows<{ payload: string }>(
        tx,
        `select payload::text as payload from event where type = 'kyc.adverse_media_noted'`,
      ),
    );
    expect(events.length).toBeGreaterThan(0);
    expect(events.map(({ payload }) => payload).join()).not.toContain('defendant');
  });

  it('is noted on the page of the case, which keeps what was typed', async () => {
    const browser = new Browser(api.url);
    await browser.get('/staff/login');
    await browser.post('/staff/login', { email: officers[0].email, password: testPassword });
    await browser.get(`/staff/cases/${caseId}`);
    const typed = { finding: 'On the page.', publishedOn: '2026-11-02', weight: 'none' };
    const wrong = await browser.post(`/staff/cases/${caseId}/media`, { ...typed, source: 'x' });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('On the page.');
    const right = { ...typed, source: 'https://news.example/page' };
    expect((await browser.post(`/staff/cases/${caseId}/media`, right)).status).toBe(303);
    expect((await browser.get(`/staff/cases/${caseId}`)).text).toContain('On the page.');
  });
});
