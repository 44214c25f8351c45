import { newId } from '../../domain/ids';
import { inScope, rows } from '../../db/connection';
import { listLines } from '../../db/settlement/lines';
import { scopeOf } from '../../db/users';
import { seedCommission, type Commission } from '../../tests/browser/commission';
import { personOf } from '../../tests/api/holdings';
import { Browser, startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let manager: Person;
let finance: Person;
let root: Person;
let sub: Person;
let commission: Commission;

beforeAll(async () => {
  api = await startApi();
  const client = await api.client({ residence: 'CY', currency: 'EUR' });
  const owner = { entityId: 'cy', clientId: client.clientId };
  const accountId = newId('account');
  await api.system((tx) =>
    rows(
      tx,
      `insert into trading_account (id, entity_id, client_id, server_id, login, group_name, account_type, currency, leverage, state)
       values (:accountId, :entityId, :clientId, 'mt5', '100200', 'real', 'standard', 'EUR', 30, 'active')`,
      { ...owner, accountId },
    ),
  );
  commission = await seedCommission(api.db, { ...owner, accountId });
  root = await personOf(api, commission.partnerId, 'root@partners.example');
  const [below] = await api.system((tx) =>
    rows<{ id: string }>(tx, 'select id from partner where parent_id = :id', {
      id: commission.partnerId,
    }),
  );
  sub = await personOf(api, below?.id ?? '', 'sub@partners.example');
  manager = await api.staff(['partner_manager'], ['cy']);
  finance = await api.staff(['finance'], ['cy']);
}, 120_000);
afterAll(() => api.close());

const path = '/api/v1/commission-disputes';
const ask = (as: Person, body: object) => api.call('POST', path, { as, body });

async function lineOf({ user }: Person): Promise<{ settlementId: string; line: string }> {
  const { settlementId } = commission;
  const scope = await api.system((tx) => scopeOf(tx, user));
  const partnerId = user.partnerId ?? '';
  return inScope(api.db, scope, async (tx) => {
    const [line] = await listLines(tx, { settlementId, partnerId, limit: 1 });
    return { settlementId, line: line?.line ?? '' };
  });
}

async function decide(dispute: string, as: Person, body: object) {
  const list = await api.call('GET', '/api/v1/tasks?kind=commission_dispute&limit=50', {
    as: manager,
  });
  const tasks = list.json['data'] as { id: string; subject: string }[];
  const id = tasks.find(({ subject }) => subject === dispute)?.id ?? '';
  const { json } = await api.call('GET', `/api/v1/tasks/${id}`, { as: manager });
  return api.call('POST', `/api/v1/tasks/${id}/decision`, {
    as,
    body: { expectedVersion: json['version'], contentHash: json['contentHash'], ...body },
  });
}

it('takes a question about a line once, answers it in words, and tells the partner alone', async () => {
  const about = await lineOf(sub);
  const question = 'Was the second deal\nforgotten?';
  const asked = await ask(sub, { ...about, question });
  expect([asked.status, asked.json]).toMatchObject([
    201,
    { ...about, question, state: 'open', answer: null, lineThen: { line: about.line } },
  ]);
  const id = String(asked.json['id']);
  const again = await ask(sub, { ...about, question });
  expect([again.status, again.json]).toMatchObject([409, { code: 'dispute_open', dispute: id }]);

  // Who is above in the network sees the statement, and not what is asked about it.
  expect((await api.call('GET', `${path}/${id}`, { as: root })).status).toBe(404);
  expect((await api.call('GET', path, { as: root })).json['data']).toEqual([]);
  const elsewhere = await api.staff(['partner_manager'], ['off']);
  expect((await api.call('GET', `${path}/${id}`, { as: elsewhere })).status).toBe(404);
  expect((await api.call('GET', `${path}/${id}`, { as: finance })).json['question']).toBe(question);

  const wordless = await decide(id, manager, { decision: 'decline', reason: 'as the plan says' });
  expect([wordless.status, wordless.json]).toMatchObject([
    400,
    { errors: [{ pointer: '/body/note' }] },
  ]);
  const note = 'It opened a position.';
  const forbidden = await decide(id, finance, { decision: 'decline', reason: 'x', note });
  expect(forbidden.status).toBe(403);
  const decided = await decide(id, manager, { decision: 'decline', reason: 'by the plan', note });
  expect(decided.status).toBe(200);

  const read = await api.call('GET', `${path}/${id}`, { as: sub });
  expect(read.json).toMatchObject({ state: 'declined', answer: note });
  const kept = await api.system((tx) =>
    rows<{ words: string; mails: string; events: string[] }>(
      tx,
      `select question_ct || answer_ct as words, (select string_agg(recipient, ',') from mail where kind = 'commission_dispute_answered') as mails,
         (select array_agg(type order by recorded_order) from event where subject = :id) as events
       from commission_dispute where id = :id`,
      { id },
    ),
  );
  expect(kept[0]?.words).not.toMatch(/forgotten|position/);
  expect(kept[0]?.mails).toBe(`partner:${sub.user.partnerId ?? ''}`);
  expect(kept[0]?.events).toEqual([
    ...['dispute.asked', 'task.opened', 'task.decided', 'dispute.declined'],
  ]);

  // What is answered can be asked about again.
  expect((await ask(sub, { ...about, question: 'And now?' })).status).toBe(201);
  const page = await api.call('GET', `${path}?limit=1`, { as: sub });
  expect(page.json).toMatchObject({ data: [{ question: 'And now?' }] });
  const cursor = encodeURIComponent(String(page.json['nextCursor']));
  const rest = await api.call('GET', `${path}?limit=1&cursor=${cursor}`, { as: sub });
  expect(rest.json).toMatchObject({ data: [{ id }], nextCursor: null });
});

it('takes a question about the own lines and deals of the own network alone', async () => {
  const question = 'Why?';
  const notOwn = await ask(root, { ...(await lineOf(sub)), question });
  expect(notOwn.status).toBe(404);
  expect((await ask(root, { server: 'mt5', ticket: '999999', question })).status).toBe(404);
  const nameless = await ask(root, { server: 'mt5', question });
  expect([nameless.status, nameless.json]).toMatchObject([
    400,
    { errors: [{ pointer: '/body/ticket' }] },
  ]);
  const wordless = await ask(root, { ...(await lineOf(root)), question: ' ' });
  expect([wordless.status, wordless.json]).toMatchObject([
    400,
    { errors: [{ pointer: '/body/question' }] },
  ]);
  expect((await ask(manager, { ...(await lineOf(root)), question })).status).toBe(403);
  expect((await api.call('GET', `${path}?line=1`, { as: finance })).status).toBe(400);
});

it('is asked from a line of the statement and answered on the page of the question', async () => {
  const browser = new Browser(api.url);
  await browser.logIn('partner', root.email);
  const about = await lineOf(root);
  const form = await browser.get(
    `/partner/disputes/new?settlementId=${about.settlementId}&line=${about.line}`,
  );
  expect(form.text).toContain(`name="line" value="${about.line}"`);
  const refused = await browser.post('/partner/disputes/new', { ...about });
  expect(refused.status).toBe(400);
  expect(refused.text).toContain(`name="line" value="${about.line}"`);
  const sent = await browser.post('/partner/disputes/new', { ...about, question: 'So <little>?' });
  expect(sent.status).toBe(303);
  const place = sent.headers.get('location') ?? '';
  expect((await browser.get(place)).text).toContain('So &lt;little&gt;?');
  expect((await browser.get('/partner/disputes')).text).toContain('Being looked at');

  const id = place.split('/').at(-1) ?? '';
  const desk = new Browser(api.url);
  await desk.logIn('staff', manager.email);
  expect((await desk.get('/staff/commission-disputes?state=open')).text).toContain(id);
  const page = await desk.get(`/staff/commission-disputes/${id}`);
  expect(page.text).toContain('So &lt;little&gt;?');
  expect(page.text).toContain('Answer to the partner');
});
