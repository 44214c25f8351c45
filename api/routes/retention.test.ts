import { rows } from '../../db/connection';
import { readLegalHold, taskOfHold } from '../../db/legal-holds';
import { latestTask } from '../../db/tasks';
import type { TaskKind } from '../../domain/task/task';
import { Browser, startApi, type Person, type Reply, type TestApi } from '../testing/api';

let api: TestApi;
let officer: Person;
let senior: Person;
let mlro: Person;
beforeAll(async () => {
  api = await startApi();
  officer = await api.staff(['compliance']);
  senior = await api.staff(['senior_approver']);
  mlro = await api.staff(['mlro']);
});
afterAll(() => api.close());

/** Somebody whom compliance has approved. */
async function customer() {
  const client = await api.client();
  await api.system((tx) =>
    rows(tx, `update client set state = 'approved', approved_at = now() where id = :id`, {
      id: client.clientId,
    }),
  );
  return client;
}

const base = (clientId: string) => `/api/v1/clients/${clientId}`;

const end = (clientId: string) =>
  api.call('POST', `${base(clientId)}/end`, { as: officer, body: { reason: 'by letter' } });

const passYears = (clientId: string, years: number) =>
  api.system((tx) =>
    rows(
      tx,
      `update retention set ended_at = ended_at - :years::int * interval '1 year' - interval '1 day' where client_id = :clientId`,
      { clientId, years },
    ),
  );

const propose = (clientId: string, as = officer) =>
  api.call('POST', `${base(clientId)}/erasures`, { as, body: { cause: 'retention_over' } });

async function decide(subject: string, kind: TaskKind, as: Person): Promise<Reply> {
  const task = await api.system(async (tx) =>
    kind === 'legal_hold'
      ? taskOfHold(tx, await readLegalHold(tx, subject))
      : latestTask(tx, subject, kind),
  );
  return api.call('POST', `/api/v1/tasks/${task?.id ?? ''}/decision`, {
    as,
    body: {
      expectedVersion: task?.version,
      contentHash: task?.contentHash,
      decision: 'approve',
      reason: 'looked into',
    },
  });
}

describe('keeping and erasing', () => {
  it('goes from the end of the relationship to the erasure, by two people', async () => {
    const { clientId } = await customer();
    const live = await api.call('GET', `${base(clientId)}/retention`, { as: officer });
    expect(live.json).toMatchObject({ standing: 'lasts', keptUntil: null });
    expect((await propose(clientId)).json['code']).toBe('relationship_lasts');
    const ended = await end(clientId);
    expect([ended.status, ended.json['standing']]).toEqual([200, 'kept']);
    expect((await end(clientId)).json['code']).toBe('already_ended');
    const early = await propose(clientId);
    expect([early.status, early.json['code']]).toEqual([422, 'retention_runs']);
    expect(early.json['keptUntil']).toBe(ended.json['keptUntil']);
    await passYears(clientId, 6);
    const proposed = await propose(clientId);
    expect([proposed.status, proposed.json['state']]).toEqual([201, 'proposed']);
    const id = String(proposed.json['id']);
    expect((await decide(id, 'erasure_approval', officer)).status).toBe(403);
    expect((await decide(id, 'erasure_approval', senior)).status).toBe(200);
    const read = await api.call('GET', `/api/v1/erasures/${id}`, { as: officer });
    expect(read.json).toMatchObject({ state: 'done', erased: { logIns: 1 } });
    const listed = await api.call('GET', `/api/v1/erasures?state=done&clientId=${clientId}`, {
      as: officer,
    });
    expect(listed.json['data']).toHaveLength(1);
    const parties = await api.call('GET', base(clientId), { as: officer });
    expect([parties.status, parties.text]).toEqual([200, expect.stringContaining('[erased]')]);
  });

  it('is for those who may, and refuses unknown filters and what is not theirs', async () => {
    const { clientId } = await customer();
    const [sales, foreign] = [await api.staff(['sales']), await api.staff(['compliance'], ['off'])];
    expect((await api.call('GET', `${base(clientId)}/retention`, { as: sales })).status).toBe(200);
    expect((await propose(clientId, sales)).status).toBe(403);
    expect((await propose(clientId, foreign)).status).toBe(404);
    expect((await api.call('GET', '/api/v1/erasures?colour=red', { as: officer })).status).toBe(
      400,
    );
  });

  it('answers a client who asks with what is kept', async () => {
    const client = await customer();
    const asked = await api.call('POST', '/api/v1/me/erasure-requests', { as: client });
    expect(asked.status).toBe(201);
    expect(asked.json).toMatchObject({ keptUntil: null });
    expect(JSON.stringify(asked.json['kept'])).toContain('identity');
    const browser = new Browser(api.url);
    await browser.logIn('client', client.email);
    const page = await browser.get('/client/profile/data');
    expect(page.text).toContain('5 years after you leave');
    expect(page.text).toContain('While you are our client');
    const again = await browser.post('/client/profile/data', {});
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('today')]);
    const seen = await api.call('GET', `${base(client.clientId)}/erasure-requests`, {
      as: officer,
    });
    expect(seen.json['data']).toHaveLength(1);
  });

  it('shows the same on pages, and keeps what was typed', async () => {
    const { clientId } = await customer();
    const browser = new Browser(api.url);
    await browser.logIn('staff', officer.email);
    const path = `/staff/clients/${clientId}`;
    const page = await browser.get(`${path}/retention`);
    expect(page.text).toContain('The relationship lasts');
    expect(page.text).not.toContain('Legal holds');
    const wrong = await browser.post(`${path}/end`, { reason: '' });
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('error-reason')]);
    await browser.post(`${path}/end`, { reason: 'by letter' });
    expect((await browser.get(`${path}/retention`)).text).toContain('Kept to the end of');
  });
});

describe('a legal hold', () => {
  const place = (clientId: string, as = mlro) =>
    api.call('POST', '/api/v1/legal-holds', {
      as,
      body: { clientId, reason: 'Order of a court', reference: 'XC-1/26' },
    });

  it('reads as a routine review to everybody outside the circle', async () => {
    const { clientId } = await customer();
    await end(clientId);
    await passYears(clientId, 6);
    const placed = await place(clientId);
    expect([placed.status, placed.json['state']]).toEqual([201, 'proposed']);
    const refused = await propose(clientId);
    expect([refused.status, refused.json['code'], refused.json['detail']]).toEqual([
      422,
      'restricted',
      'This is in a routine review and not possible at the moment.',
    ]);
    expect((await place(clientId, officer)).status).toBe(403);
    const path = `/api/v1/legal-holds/${String(placed.json['id'])}`;
    expect((await api.call('GET', path, { as: officer })).status).toBe(403);
    expect((await api.call('GET', '/api/v1/legal-holds', { as: officer })).status).toBe(403);
  });

  it('is placed and let go of by two, on pages and with the version seen', async () => {
    const { clientId } = await customer();
    const other = await api.staff(['mlro']);
    const browser = new Browser(api.url);
    await browser.logIn('staff', mlro.email);
    await browser.get('/staff/legal-holds/new');
    const empty = await browser.post('/staff/legal-holds/new', { client: clientId, reason: 'x' });
    expect([empty.status, empty.text]).toEqual([400, expect.stringContaining('error-reference')]);
    const made = await browser.post('/staff/legal-holds/new', {
      ...{ client: clientId, reason: 'Order', reference: 'XC-2/26' },
    });
    const path = made.headers.get('location') ?? '';
    const id = path.split('/').at(-1) ?? '';
    expect((await browser.get(path)).text).toContain('XC-2/26');
    expect((await decide(id, 'legal_hold', mlro)).json['code']).toBe('four_eyes');
    expect((await decide(id, 'legal_hold', other)).status).toBe(200);
    const lift = (version: number) =>
      api.call('POST', `/api/v1/legal-holds/${id}/lift`, {
        ...{ as: mlro, headers: { 'if-match': `"${version}"` } },
        body: { reason: 'Withdrawn' },
      });
    expect((await lift(1)).json['code']).toBe('stale');
    expect((await lift(2)).json['state']).toBe('lifting');
    expect((await decide(id, 'legal_hold', other)).status).toBe(200);
    const read = await api.call('GET', `/api/v1/legal-holds/${id}`, { as: other });
    expect(read.json).toMatchObject({ state: 'lifted', liftReason: 'Withdrawn' });
    expect((await browser.get('/staff/legal-holds')).text).toContain(id);
  });
});
