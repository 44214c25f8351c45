import { rows } from '../../db/connection';
import { picture } from '../../tests/processes/applicants';
import { Browser, startApi, testPassword, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let officers: readonly [Person, Person];

type Fields = Record<string, unknown>;
type ClientPerson = Person & { readonly clientId: string };

beforeAll(async () => {
  api = await startApi();
  officers = [await api.staff(['compliance']), await api.staff(['compliance'])];
});
afterAll(() => api.close());

async function verified(): Promise<ClientPerson> {
  const client = await api.client();
  await api.system((tx) =>
    rows(
      tx,
      `update client set approved_at = now(), state = 'approved', kyc_level = 2, risk_level = 'low' where id = :id`,
      { id: client.clientId },
    ),
  );
  return client;
}

const own = async (as: Person) => (await api.call('GET', '/api/v1/me/category', { as })).json;

async function ask(as: Person, change: Fields = {}) {
  const { warningHash } = await own(as);
  return api.call('POST', '/api/v1/me/category-requests', {
    as,
    body: {
      wish: 'professional',
      criteria: ['trades', 'portfolio'],
      statement: 'Ten trades a week.',
      warningHash,
      ...change,
    },
  });
}

function addPaper(as: Person, id: unknown, criterion: string, bytes = picture()) {
  const form = new FormData();
  form.set('criterion', criterion);
  form.set('file', new Blob([new Uint8Array(bytes)]), 'paper.jpg');
  return api.call('POST', `/api/v1/category-requests/${String(id)}/papers`, { as, body: form });
}

const submit = (as: Person, id: unknown) =>
  api.call('POST', `/api/v1/category-requests/${String(id)}/submit`, { as });

async function handedIn(client: ClientPerson): Promise<string> {
  const id = String((await ask(client)).json['id']);
  await addPaper(client, id, 'trades');
  await addPaper(client, id, 'portfolio');
  expect((await submit(client, id)).json).toMatchObject({ state: 'in_review' });
  return id;
}

async function decide(id: string, as: Person, decision = 'approve') {
  const { json: request } = await api.call('GET', `/api/v1/category-requests/${id}`, { as });
  const path = `/api/v1/tasks/${String(request['taskId'])}`;
  const { json } = await api.call('GET', path, { as });
  return api.call('POST', `${path}/decision`, {
    as,
    body: {
      ...{ expectedVersion: json['version'], contentHash: json['contentHash'], decision },
      reason: 'Looked at.',
    },
  });
}

const categoryOf = async (client: ClientPerson) => (await own(client))['category'];

describe('a wish to be a professional', () => {
  it('is granted by two people on two shown criteria, and every rule reads it', async () => {
    const client = await verified();
    const id = await handedIn(client);
    expect((await decide(id, officers[0])).status).toBe(200);
    expect(await categoryOf(client)).toBe('retail');
    const twice = await decide(id, officers[0]);
    expect([twice.status, twice.json['code']]).toEqual([409, 'four_eyes']);
    expect((await decide(id, officers[1])).status).toBe(200);
    expect(await categoryOf(client)).toBe('professional');
    const { json } = await api.call('GET', `/api/v1/clients?category=professional`, {
      as: officers[0],
    });
    expect((json['data'] as Fields[]).map((each) => each['id'])).toContain(client.clientId);
    const again = await ask(client);
    expect([again.status, again.json['code']]).toEqual([422, 'already_so']);
  });

  it('is taken back at any time: protected as a retail client at once', async () => {
    const client = await verified();
    const id = await handedIn(client);
    await decide(id, officers[0]);
    await decide(id, officers[1]);
    const { status, json } = await api.call('POST', '/api/v1/me/category-requests', {
      as: client,
      body: { wish: 'retail' },
    });
    expect([status, json['state']]).toEqual([201, 'granted']);
    expect(await categoryOf(client)).toBe('retail');
    const events = await api.system((tx) =>
      rows<{ to: string }>(
        tx,
        `select payload::jsonb ->> 'to' as to from event where subject = :id and type = 'client.category_changed' order by seq`,
        { id: client.clientId },
      ),
    );
    expect(events.map(({ to }) => to)).toEqual(['professional', 'retail']);
  });

  it('is refused below two criteria with a paper, and papers can be added then', async () => {
    const client = await verified();
    const { json } = await ask(client);
    await addPaper(client, json['id'], 'trades');
    await addPaper(client, json['id'], 'trades');
    const refused = await submit(client, json['id']);
    expect([refused.status, refused.json['code'], refused.json['reasons']]).toEqual([
      422,
      'category_refused',
      ['CRITERIA_TOO_FEW'],
    ]);
    await addPaper(client, json['id'], 'portfolio');
    expect((await submit(client, json['id'])).status).toBe(200);
  });

  it('is refused to whoever is not verified', async () => {
    const client = await api.client();
    const { json } = await ask(client);
    await addPaper(client, json['id'], 'trades');
    await addPaper(client, json['id'], 'portfolio');
    expect((await submit(client, json['id'])).json['reasons']).toContain('NOT_VERIFIED');
  });

  it('needs the warning of now, and one request at a time', async () => {
    const client = await verified();
    const other = await ask(client, { warningHash: 'f'.repeat(64) });
    expect([other.status, other.json['code']]).toEqual([409, 'warning_changed']);
    await ask(client);
    const second = await ask(client);
    expect([second.status, second.json['code']]).toEqual([409, 'category_requested']);
  });

  it('takes papers for what is claimed alone, of known kinds, until it is handed in', async () => {
    const client = await verified();
    const { json } = await ask(client);
    const strange = await addPaper(client, json['id'], 'profession');
    expect([strange.status, strange.json['code']]).toEqual([422, 'not_claimed']);
    const text = await addPaper(client, json['id'], 'trades', Buffer.from('not a picture'));
    expect(text.status).toBe(415);
    await addPaper(client, json['id'], 'trades');
    await addPaper(client, json['id'], 'portfolio');
    await submit(client, json['id']);
    const late = await addPaper(client, json['id'], 'trades');
    expect([late.status, late.json['code']]).toEqual([409, 'not_collecting']);
  });

  it('changes nothing when it is rejected, or taken back', async () => {
    const client = await verified();
    const id = await handedIn(client);
    await decide(id, officers[0], 'reject');
    expect(await categoryOf(client)).toBe('retail');
    const second = await handedIn(client);
    const back = await api.call('POST', `/api/v1/category-requests/${second}/withdraw`, {
      as: client,
    });
    expect(back.json).toMatchObject({ state: 'withdrawn' });
    const { json } = await api.call('GET', `/api/v1/tasks?subject=${second}`, { as: officers[0] });
    expect(json['status']).not.toBe(500);
    const decided = await decide(second, officers[0]);
    expect(decided.status).toBe(409);
  });

  it('shows its papers to whoever may look at documents, which is kept', async () => {
    const client = await verified();
    const id = await handedIn(client);
    const { json } = await api.call('GET', `/api/v1/category-requests/${id}`, { as: officers[0] });
    const [first] = json['papers'] as Fields[];
    const path = `/api/v1/category-requests/${id}/papers/${String(first?.['id'])}`;
    expect((await api.call('GET', path, { as: officers[0] })).status).toBe(200);
    expect((await api.call('GET', path, { as: await api.staff(['support']) })).status).toBe(403);
    expect((await api.call('GET', path, { as: await api.client() })).status).toBe(404);
    const seen = await api.system((tx) =>
      rows<{ reader: string }>(
        tx,
        'select user_id as reader from document_read where document_id = :id',
        { id: String(first?.['id']) },
      ),
    );
    expect(seen.map(({ reader }) => reader)).toEqual([officers[0].user.id]);
  });
});

describe('the test of appropriateness', () => {
  const right = {
    leverage_meaning: '300',
    margin_close: 'Positions are closed',
    product_trades: 'never',
    finance_profession: 'no',
  };
  const wrong = { ...right, leverage_meaning: '10', margin_close: 'Nothing' };

  const take = (as: Person, answers: Fields) =>
    api.call('POST', '/api/v1/me/appropriateness', { as, body: { answers } });
  const acknowledge = (as: Person, id: unknown) =>
    api.call('POST', `/api/v1/me/appropriateness/${String(id)}/acknowledge`, { as });
  const open = (as: Person) =>
    api.call('POST', '/api/v1/accounts', {
      as,
      body: { accountType: 'standard', currency: 'EUR' },
    });

  it('is passed by what the policy gives points for', async () => {
    const client = await verified();
    expect((await take(client, right)).json).toMatchObject({
      outcome: 'appropriate',
      mayGoOnAt: null,
    });
    expect((await open(client)).json['code']).not.toBe('warning_open');
  });

  it('warns, and lets nobody go on at once', async () => {
    const client = await verified();
    const { json } = await take(client, wrong);
    expect(json).toMatchObject({ outcome: 'not_appropriate', acknowledgedAt: null });
    expect((await open(client)).json['code']).toBe('warning_open');
    const soon = await acknowledge(client, json['id']);
    expect([soon.status, soon.json['code']]).toEqual([409, 'cooling']);
    // A day later.
    await api.system((tx) =>
      rows(tx, `update appropriateness_test set may_go_on_at = now() where id = :id`, {
        id: String(json['id']),
      }),
    );
    expect((await acknowledge(client, json['id'])).json['acknowledgedAt']).not.toBeNull();
    expect((await open(client)).json['code']).not.toBe('warning_open');
    const events = await api.system((tx) =>
      rows<{ type: string }>(tx, 'select type from event where subject = :id order by seq', {
        id: String(json['id']),
      }),
    );
    expect(events.map(({ type }) => type)).toEqual([
      'client.appropriateness_tested',
      'client.warning_acknowledged',
    ]);
  });

  it('is not found out by trying', async () => {
    const client = await verified();
    await take(client, wrong);
    const again = await take(client, right);
    expect([again.status, again.json['code']]).toEqual([409, 'taken_lately']);
  });

  it.each([
    ['/body/answers/margin_close', { ...right, margin_close: undefined }],
    ['/body/answers/product_trades', { ...right, product_trades: 'often' }],
    ['/body/answers/colour', { ...right, colour: 'red' }],
  ])('names %s that is missing or cannot be', async (pointer, answers) => {
    const { status, json } = await take(await verified(), answers);
    expect([status, (json['errors'] as Fields[]).map((each) => each['pointer'])]).toEqual([
      400,
      [pointer],
    ]);
  });

  it('is asked of a professional by nobody', async () => {
    const client = await verified();
    await take(client, wrong);
    await api.system((tx) =>
      rows(tx, `update client set category = 'professional' where id = :id`, {
        id: client.clientId,
      }),
    );
    expect((await open(client)).json['code']).not.toBe('warning_open');
  });
});

describe('the pages', () => {
  it('lead a client from the wish to the decision', async () => {
    const client = await verified();
    const browser = new Browser(api.url);
    await browser.get('/client/login');
    await browser.post('/client/login', { email: client.email, password: testPassword });
    const shown = await browser.get('/client/category');
    const warning = /name="warning" value="([0-9a-f]+)"/.exec(shown.text)?.[1] ?? '';
    const typed = { criteria: 'trades', statement: 'Ten trades a week.', warning };
    const unread = await browser.post('/client/category', typed);
    expect(unread.status).toBe(400);
    expect(unread.text).toContain('Ten trades a week.');
    expect(unread.text).toContain('Tick it once you have read the warning.');
    expect((await browser.post('/client/category', { ...typed, agree: 'yes' })).status).toBe(303);
    const papers = await browser.get('/client/category');
    const id = /\/client\/category\/(cat_[0-9a-f-]+)\/papers/.exec(papers.text)?.[1] ?? '';
    expect(papers.text).toContain('Ten significant trades a quarter</span>');
    const early = await browser.post(`/client/category/${id}/submit`, {});
    expect(early.status).toBe(422);
    expect(early.text).toContain('At least two of the three criteria');
    // Said to be of a type that is taken, or not: it is a wrong field of the form.
    for (const type of ['image/gif', 'image/png', 'application/octet-stream']) {
      const wrong = await browser.post(
        `/client/category/${id}/papers`,
        { criterion: 'trades' },
        { isUpload: true, file: new Blob(['GIF89a'], { type }) },
      );
      expect([type, wrong.status >= 400, wrong.status < 500]).toEqual([type, true, true]);
      expect(wrong.text).toMatch(/id="error-file">The file is (neither JPEG|of a type)/);
    }
    await browser.post(`/client/category/${id}/withdraw`, {});
    const officer = new Browser(api.url);
    await officer.get('/staff/login');
    await officer.post('/staff/login', { email: officers[0].email, password: testPassword });
    const page = await officer.get(`/staff/category-requests/${id}`);
    expect(page.text).toContain('Ten trades a quarter'.replace('Ten', 'Ten significant'));
    expect((await officer.get(`/staff/clients/${client.clientId}`)).text).toContain(id);
  });

  it('ask of experience, name what is missing, and warn', async () => {
    const client = await verified();
    const browser = new Browser(api.url);
    await browser.get('/client/login');
    await browser.post('/client/login', { email: client.email, password: testPassword });
    await browser.get('/client/experience');
    const missing = await browser.post('/client/experience', { 'q.leverage_meaning': '10' });
    expect(missing.status).toBe(400);
    expect(missing.text).toContain('is required');
    const done = await browser.post('/client/experience', {
      'q.leverage_meaning': '10',
      'q.margin_close': 'Nothing',
      'q.product_trades': 'never',
      'q.finance_profession': 'no',
    });
    expect(done.status).toBe(303);
    expect((await browser.get('/client/experience')).text).toContain('Please take your time');
  });
});
