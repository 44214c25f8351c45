import { hashOfText } from '../../domain/agreement/agreement';
import { rows } from '../../db/connection';
import { requestDeposit } from '../../db/deposits';
import { scopeOf } from '../../db/users';
import { inScope } from '../../db/connection';
import { Browser, startApi, testPassword, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let asker: Person;
let approver: Person;
let before: Person & { readonly clientId: string };

type Fields = Record<string, unknown>;

beforeAll(async () => {
  api = await startApi();
  [asker, approver] = [await api.staff(['compliance']), await api.staff(['senior_approver'])];
  before = await api.client();
});
afterAll(() => api.close());

const text = { locale: 'en', title: 'Client agreement', text: 'Between you and us.' };

const ask = (change: Fields = {}, as = asker, entity = 'cy') =>
  api.call('POST', `/api/v1/entities/${entity}/agreements`, {
    as,
    body: { code: 'client_agreement', texts: [text], reaccept: false, graceDays: 30, ...change },
  });

async function decide(taskId: unknown, as: Person, decision = 'approve') {
  const path = `/api/v1/tasks/${String(taskId)}`;
  const { json } = await api.call('GET', path, { as });
  return api.call('POST', `${path}/decision`, {
    as,
    body: {
      ...{ expectedVersion: json['version'], contentHash: json['contentHash'], decision },
      reason: 'Read.',
    },
  });
}

async function publish(change: Fields = {}): Promise<string> {
  const asked = await ask(change);
  expect([asked.status, asked.text]).toEqual([201, asked.text]);
  expect((await decide(asked.json['taskId'], approver)).status).toBe(200);
  return String(asked.json['id']);
}

const own = async (as: Person) => (await api.call('GET', '/api/v1/me/agreements', { as })).json;

const accept = (as: Person, accepted: readonly Fields[]) =>
  api.call('POST', '/api/v1/me/agreements', { as, body: { accepted } });

const acceptAll = async (as: Person) => {
  const waiting = (await own(as))['outstanding'] as {
    versionId: string;
    texts: { hash: string }[];
  }[];
  return accept(
    as,
    waiting.map(({ versionId, texts }) => ({ versionId, hash: texts[0]?.hash })),
  );
};

/** A client asks to pay in, whatever the payment policy says. */
const payIn = (client: typeof before) =>
  api
    .system((tx) => scopeOf(tx, client.user))
    .then((scope) =>
      inScope(api.db, scope, (tx) =>
        requestDeposit(
          tx,
          {
            ...{ entityId: 'cy', clientId: client.clientId, rail: 'card' },
            amount: { amountMinor: 1000n, currency: 'EUR' },
          },
          () => Promise.resolve({ provider: 'bank', evaluationId: null }),
        ),
      ),
    );

describe('a version of an agreement', () => {
  it('is published by another person than the one who asked for it', async () => {
    const both = await api.staff(['compliance', 'senior_approver']);
    const asked = await ask({ code: 'risk_disclosure' }, both);
    expect(asked.json).toMatchObject({ version: 1, state: 'proposed', effectiveFrom: null });
    const self = await decide(asked.json['taskId'], both);
    expect([self.status, self.json['code']]).toEqual([409, 'four_eyes']);
    expect((await decide(asked.json['taskId'], approver)).status).toBe(200);
    const { json } = await api.call('GET', `/api/v1/agreements/${String(asked.json['id'])}`, {
      as: asker,
    });
    expect(json).toMatchObject({ state: 'published', publishedBy: approver.user.id });
    expect(json['texts']).toEqual([
      {
        ...{ locale: 'en', title: text.title, body: text.text },
        hash: hashOfText({ locale: 'en', title: text.title, body: text.text }),
      },
    ]);
  });

  it('waits alone, and is over when it is rejected', async () => {
    const asked = await ask({ code: 'order_execution' });
    const second = await ask({ code: 'order_execution' });
    expect([second.status, second.json['code']]).toEqual([409, 'agreement_proposed']);
    await decide(asked.json['taskId'], approver, 'reject');
    expect((await ask({ code: 'order_execution' })).json).toMatchObject({ version: 1 });
  });

  it.each([
    ['/body/texts/1/locale', { texts: [text, text] }],
    ['/body/texts/0/text', { texts: [{ ...text, text: '' }] }],
    ['/body/graceDays', { graceDays: 400 }],
    ['/body/code', { code: 'Client Agreement' }],
  ])('that has no good %s is a 400', async (pointer, change) => {
    const { status, json } = await ask(change);
    expect(status).toBe(400);
    expect(json['errors']).toEqual([expect.objectContaining({ pointer })]);
  });

  it('is not in force before today', async () => {
    const { status, json } = await ask({ code: 'late_text', effectiveFrom: '2020-01-01' });
    expect([status, json['code']]).toEqual([422, 'in_the_past']);
  });

  it('of another entity is nobody’s business', async () => {
    expect((await ask({}, asker, 'off')).status).toBe(404);
  });

  it('is asked for by nobody without the permission', async () => {
    const { status, json } = await ask({}, await api.staff(['support']));
    expect([status, json['permission']]).toEqual([403, 'entity.propose']);
  });

  it('is never changed once it is there, by whoever writes to the database', async () => {
    const id = await publish({ code: 'privacy_notice' });
    await expect(
      api.system((tx) =>
        rows(tx, `update agreement_version set texts = '[{"x":1}]' where id = :id`, { id }),
      ),
    ).rejects.toThrow();
    const asked = await ask({ code: 'privacy_notice' });
    const proposed = String(asked.json['id']);
    await expect(
      api.system((tx) =>
        rows(tx, `update agreement_version set grace_days = 1 where id = :id`, { id: proposed }),
      ),
    ).rejects.toThrow();
    await expect(
      api.system((tx) => rows(tx, 'delete from agreement_version where id = :id', { id })),
    ).rejects.toThrow();
    await decide(asked.json['taskId'], approver, 'reject');
  });

  it('is listed by entity, code and state, page by page', async () => {
    const { json } = await api.call(
      'GET',
      '/api/v1/agreements?entityId=cy&state=published&limit=1',
      { as: asker },
    );
    expect(json['data']).toHaveLength(1);
    expect(json['nextCursor']).toEqual(expect.any(String));
    const next = await api.call(
      'GET',
      `/api/v1/agreements?state=published&limit=1&cursor=${String(json['nextCursor'])}`,
      { as: asker },
    );
    expect(next.json['data']).not.toEqual(json['data']);
    const unknown = await api.call('GET', '/api/v1/agreements?colour=red', { as: asker });
    expect(unknown.status).toBe(400);
  });
});

describe('a client', () => {
  it('accepts what is in force when they register, in their language', async () => {
    const german = { locale: 'de', title: 'Kundenvertrag', text: 'Zwischen Ihnen und uns.' };
    const id = await publish({ texts: [text, german] });
    const who = await api.client({ locale: 'de' });
    const { json } = await api.call('GET', `/api/v1/clients/${who.clientId}/agreements`, {
      as: asker,
    });
    const data = json['data'] as Fields[];
    expect(data.find(({ versionId }) => versionId === id)).toMatchObject({
      ...{ code: 'client_agreement', title: 'Kundenvertrag', locale: 'de', version: 1 },
      hash: hashOfText({ locale: 'de', title: german.title, body: german.text }),
      acceptedBy: `user:${who.user.id}`,
    });
    expect((await own(who))['outstanding']).toEqual([]);
  });

  it('is not asked again by a version that does not ask', async () => {
    await publish({ texts: [{ ...text, text: 'Other words.' }] });
    expect((await own(before))['outstanding']).toEqual([]);
  });

  it('has the days of grace, and then deposits, accounts and money for trading wait', async () => {
    await publish({ reaccept: true, graceDays: 7, texts: [{ ...text, text: 'Demanding.' }] });
    expect((await own(before))['outstanding']).toMatchObject([
      { code: 'client_agreement', overdue: false },
    ]);
    await expect(payIn(before)).resolves.toMatchObject({ state: 'requested' });

    const id = await publish({ reaccept: true, graceDays: 0, texts: [{ ...text, text: 'Now.' }] });
    await expect(payIn(before)).rejects.toMatchObject({
      code: 'agreements_outstanding',
      detail: expect.stringContaining('Client agreement') as string,
    });
    const account = await api.call('POST', '/api/v1/accounts', {
      as: before,
      body: { accountType: 'standard', currency: 'EUR' },
    });
    expect([account.status, account.json['code']]).toEqual([422, 'agreements_outstanding']);

    const out = await api.call('POST', '/api/v1/withdrawals', {
      as: before,
      body: { amount: { amount: '1.00', currency: 'EUR' } },
    });
    expect(out.json['code']).not.toBe('agreements_outstanding');

    expect((await acceptAll(before)).status).toBe(200);
    await expect(payIn(before)).resolves.toMatchObject({ state: 'requested' });
    const { json } = await api.call('GET', `/api/v1/clients/${before.clientId}/agreements`, {
      as: asker,
    });
    expect(json['data']).toMatchObject([{ versionId: id, version: 4 }]);
  });

  it('accepts nothing that has changed meanwhile, nor another text', async () => {
    const who = await api.client();
    const old = ((await own(who))['inForce'] as { versionId: string; texts: Fields[] }[])[0];
    const wrong = await accept(who, [{ versionId: old?.versionId, hash: 'f'.repeat(64) }]);
    expect([wrong.status, wrong.json['code']]).toEqual([409, 'agreement_changed']);
    const late = await api.client();
    const shown = ((await own(late))['inForce'] as { versionId: string; texts: Fields[] }[]).find(
      ({ versionId }) => versionId !== '',
    );
    await publish({
      code: 'client_agreement',
      reaccept: true,
      texts: [{ ...text, text: 'The newest.' }],
    });
    const { json } = await accept(late, [
      { versionId: shown?.versionId, hash: shown?.texts[0]?.['hash'] },
    ]);
    expect(json['code']).toBe('agreement_changed');
  });

  it('leaves an event of what was accepted, which is never written twice', async () => {
    const who = await api.client();
    await acceptAll(before);
    await acceptAll(before);
    const count = (clientId: string) =>
      api.system((tx) =>
        rows<{ n: number }>(
          tx,
          `select count(*)::int as n from event where client_id = :clientId and type = 'client.agreement_accepted'`,
          { clientId },
        ),
      );
    expect((await count(before.clientId))[0]?.n).toBe(2);
    expect((await count(who.clientId))[0]?.n).toBeGreaterThan(2);
  });
});

describe('the pages', () => {
  it('tell the client of it on every page, and take the acceptance', async () => {
    const who = await api.client();
    await publish({ reaccept: true, graceDays: 3, texts: [{ ...text, text: 'Page by page.' }] });
    const browser = new Browser(api.url);
    await browser.get('/client/login');
    await browser.post('/client/login', { email: who.email, password: testPassword });
    expect((await browser.get('/client/cashier')).text).toContain('Read and accept');
    const shown = await browser.get('/client/agreements');
    expect(shown.text).toContain('Page by page.');
    const seen = /name="seen" value="([^"]+)"/.exec(shown.text)?.[1] ?? '';
    const unticked = await browser.post('/client/agreements', { seen });
    expect(unticked.status).toBe(400);
    expect(unticked.text).toContain('Tick it once you have read them.');
    expect((await browser.post('/client/agreements', { seen, agree: 'yes' })).status).toBe(303);
    expect((await browser.get('/client/cashier')).text).not.toContain('Read and accept');
    const german = { locale: 'de', title: 'Kundenvertrag', text: 'Zwischen Ihnen und uns.' };
    await publish({ reaccept: true, graceDays: 3, texts: [text, german] });
    await api.system((tx) =>
      rows(tx, `update client set locale = 'de' where id = :id`, { id: who.clientId }),
    );
    expect((await browser.get('/client/cashier')).text).toContain('Kundenvertrag has changed');

    const officer = new Browser(api.url);
    await officer.get('/staff/login');
    await officer.post('/staff/login', { email: asker.email, password: testPassword });
    const page = await officer.get(`/staff/clients/${who.clientId}`);
    expect(page.text).toContain('Client agreement, version');
  });

  it('ask for a version, name what is wrong, and keep what was typed', async () => {
    const officer = new Browser(api.url);
    await officer.get('/staff/login');
    await officer.post('/staff/login', { email: asker.email, password: testPassword });
    await officer.get('/staff/entities/cy/agreements/new');
    const fields = {
      'plan.code': 'complaints_policy',
      'plan.texts.0.here': 'yes',
      'plan.texts.0.locale': 'en',
      'plan.texts.0.title': 'Complaints',
      'plan.texts.0.text': 'Write to us.',
      'plan.reaccept': 'no',
    };
    const wrong = await officer.post('/staff/entities/cy/agreements/new', {
      ...fields,
      'plan.graceDays': '9999',
    });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('Write to us.');
    expect(wrong.text).toContain('f-plan.graceDays');
    const right = await officer.post('/staff/entities/cy/agreements/new', {
      ...fields,
      'plan.graceDays': '30',
    });
    expect(right.status).toBe(303);
    const page = await officer.get(right.headers.get('location') ?? '');
    expect(page.text).toContain('Write to us.');
    const { text: entity } = await officer.get('/staff/entities/cy');
    expect(entity).toContain('complaints_policy');
    // What a client is told of waits for no colleague.
    expect(entity).not.toContain('Please accept by');
    const empty = await officer.post('/staff/entities/cy/agreements/new', {
      'plan.texts.0.here': 'yes',
    });
    expect(empty.text).toMatch(/href="#f-plan.code">code<\/a> <span>is required/);
    expect(empty.text).not.toContain('received undefined');
  });

  it('show the terms to everybody', async () => {
    expect((await api.call('GET', '/client/terms')).text).toContain('Client agreement');
  });

  it('show the terms of each company, though two call theirs the same', async () => {
    const [one, other] = [
      await api.staff(['compliance'], ['off']),
      await api.staff(['senior_approver'], ['off']),
    ];
    const texts = [{ ...text, title: 'Agreement offshore' }];
    const asked = await ask({ texts }, one, 'off');
    expect((await decide(asked.json['taskId'], other)).status).toBe(200);
    const { text: page } = await api.call('GET', '/client/terms');
    expect(page).toContain('Client agreement');
    expect(page).toContain('Agreement offshore');
  });
});
