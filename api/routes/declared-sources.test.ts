import { inScope, rows } from '../../db/connection';
import { declaredMeans } from '../../db/declared-sources';
import { openCase } from '../../db/kyc';
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
});
beforeEach(async () => {
  client = await api.client();
  const scope = await api.system((tx) => scopeOf(tx, client.user));
  ({ id: caseId } = await inScope(api.db, scope, (tx) => openCase(tx, client.clientId)));
});
afterAll(() => api.close());

const salary = {
  ...{ basis: 'funds', kind: 'salary', per: 'year', narrative: 'Engineer at a shipyard.' },
  ...{ amountFrom: '60000.00', amountTo: '70000.00', currency: 'EUR' },
};
const declare = (change: Fields = {}, as: Person = client) =>
  api.call('POST', `/api/v1/kyc-cases/${caseId}/declared-sources`, {
    as,
    body: { ...salary, ...change },
  });
const decide = (id: unknown, as: Person, body: Fields = {}) =>
  api.call('POST', `/api/v1/declared-sources/${String(id)}/decision`, {
    as,
    body: { decision: 'corroborate', note: 'The payslips agree.', ...body },
  });
const picture = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
const addPaper = async (id: unknown, kind = 'tax_statement', as: Person = client) => {
  const form = new FormData();
  form.set('kind', kind);
  form.set('file', new Blob([picture], { type: 'image/jpeg' }), 'paper.jpg');
  const answer = await fetch(`${api.url}/api/v1/declared-sources/${String(id)}/papers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as.token}` },
    body: form,
  });
  return { status: answer.status, json: (await answer.json()) as Fields };
};
const inState = (state: string) =>
  api.system((tx) =>
    rows(tx, 'update kyc_case set state = :state where id = :caseId', { state, caseId }),
  );
const code = ({ status, json }: { status: number; json: Fields }) => [status, json['code']];

async function browserOf({ email }: Person, where: 'client' | 'staff'): Promise<Browser> {
  const browser = new Browser(api.url);
  await browser.get(`/${where}/login`);
  await browser.post(`/${where}/login`, { email, password: testPassword });
  return browser;
}

describe('sources of funds and wealth', () => {
  it('are declared with papers, and the client reads what an officer decides, but not why', async () => {
    const made = await declare();
    expect([made.status, made.json]).toMatchObject([
      201,
      { state: 'declared', declaredBy: 'client', details: { amountTo: '70000.00' }, papers: [] },
    ]);
    const { json: supported } = await addPaper(made.json['id']);
    expect(supported).toMatchObject({ papers: [{ kind: 'tax_statement' }] });
    await inState('in_review');
    const refused = await decide(made.json['id'], officers[0], {
      ...{ decision: 'refuse', note: 'The employer is in no register.' },
      clientReason: 'The statement is of another year.',
    });
    expect(refused.json).toMatchObject({
      state: 'refused',
      review: { by: officers[0].user.id, note: 'The employer is in no register.' },
    });
    const own = await api.call('GET', `/api/v1/declared-sources/${String(made.json['id'])}`, {
      as: client,
    });
    expect(own.json).toMatchObject({
      ...{ state: 'refused', clientReason: 'The statement is of another year.', review: null },
    });
    expect(JSON.stringify(own.json)).not.toContain('register');
  });

  it('take the same amount twice when only one is told', async () => {
    const { json } = await declare({ amountTo: undefined });
    expect(json).toMatchObject({ details: { amountFrom: '60000.00', amountTo: '60000.00' } });
  });

  it('are refused where they cannot be, and name the field', async () => {
    expect(code(await declare({ amountTo: '1.00' }))).toEqual([422, 'range_upside_down']);
    const fine = await declare({ amountFrom: '1.001' });
    expect([fine.status, fine.json['errors']]).toMatchObject([
      400,
      [{ pointer: '/body/amountFrom' }],
    ]);
    expect((await declare({ kind: 'lottery' })).status).toBe(400);
    const { json } = await declare();
    expect(code(await addPaper(json['id'], 'selfie'))).toEqual([422, 'document_not_accepted']);
    await inState('in_review');
    const silent = await decide(json['id'], officers[0], { decision: 'refuse' });
    expect(code(silent)).toEqual([422, 'reason_missing']);
  });

  it('are not decided by whoever declared them for the client, nor twice', async () => {
    await inState('in_review');
    const { json } = await declare({}, officers[0]);
    expect(json).toMatchObject({ declaredBy: 'officer' });
    expect(code(await decide(json['id'], officers[0]))).toEqual([409, 'four_eyes']);
    expect((await decide(json['id'], officers[1])).status).toBe(200);
    expect(code(await decide(json['id'], officers[1]))).toEqual([409, 'already_decided']);
    const part = await api.system((tx) =>
      rows(
        tx,
        `select 1 from participation where subject = :caseId and user_id = :by and what = 'supplied_evidence'`,
        { caseId, by: officers[0].user.id },
      ),
    );
    expect(part).toHaveLength(1);
  });

  it('are not decided by whoever handed a paper in for the client', async () => {
    const { json } = await declare();
    await inState('in_review');
    expect((await addPaper(json['id'], 'tax_statement', officers[0])).status).toBe(201);
    expect(code(await decide(json['id'], officers[0]))).toEqual([409, 'four_eyes']);
  });

  it('stand still for the client while the case is in review', async () => {
    const { json } = await declare();
    expect(code(await decide(json['id'], officers[0]))).toEqual([409, 'not_in_review']);
    await inState('in_review');
    expect(code(await declare())).toEqual([409, 'not_collecting']);
    expect(code(await addPaper(json['id']))).toEqual([409, 'not_collecting']);
    const withdraw = `/api/v1/declared-sources/${String(json['id'])}/withdraw`;
    expect(code(await api.call('POST', withdraw, { as: client }))).toEqual([409, 'not_collecting']);
  });

  it('count until they are refused or taken back', async () => {
    const means = () => api.system((tx) => declaredMeans(tx, client.clientId));
    const { json: first } = await declare();
    await declare({ basis: 'wealth', kind: 'inheritance', per: 'once' });
    expect(await means()).toEqual({
      yearly: [{ amountMinor: 7_000_000n, currency: 'EUR' }],
      once: [{ amountMinor: 7_000_000n, currency: 'EUR' }],
      kinds: ['funds: salary', 'wealth: inheritance'],
    });
    await api.call('POST', `/api/v1/declared-sources/${String(first['id'])}/withdraw`, {
      as: client,
    });
    expect(await means()).toMatchObject({ yearly: [], kinds: ['wealth: inheritance'] });
  });

  it('are somebody’s own, and decided by officers alone', async () => {
    const { json } = await declare();
    const stranger = await api.client();
    const one = `/api/v1/declared-sources/${String(json['id'])}`;
    expect((await api.call('GET', one, { as: stranger })).status).toBe(404);
    expect((await declare({}, stranger)).status).toBe(404);
    await inState('in_review');
    expect((await decide(json['id'], client)).status).toBe(403);
    expect((await decide(json['id'], await api.staff(['support']))).status).toBe(403);
    const list = `/api/v1/kyc-cases/${caseId}/declared-sources`;
    expect((await api.call('GET', `${list}?colour=red`, { as: client })).status).toBe(400);
    expect((await api.call('GET', list, { as: officers[0] })).json['data']).toHaveLength(1);
  });

  it('keep nothing of what was said in clear', async () => {
    const { json } = await declare({ narrative: 'Heir of Aunt Quiteria.' });
    await inState('in_review');
    await decide(json['id'], officers[0], {
      ...{ decision: 'refuse', note: 'Quiteria lives.', clientReason: 'Quiteria is well.' },
    });
    const kept = await api.system(async (tx) => [
      ...(await rows(tx, 'select s::text as row from declared_source s')),
      ...(await rows(tx, 'select s::text as row from source_review s')),
      ...(await rows(
        tx,
        `select e.payload::text as row from event e where type like 'kyc.source%'`,
      )),
    ]);
    expect(kept.length).toBeGreaterThan(3);
    expect(JSON.stringify(kept)).not.toMatch(/quiteria|salary|60000/i);
  });

  it('are told and decided on the pages, which keep what was typed', async () => {
    const room = await browserOf(client, 'client');
    await room.get('/client/sources');
    const bad = await room.post('/client/sources', { ...salary, amountTo: '1' });
    expect([bad.status, bad.text.includes('Engineer at a shipyard.')]).toEqual([422, true]);
    expect((await room.post('/client/sources', salary)).status).toBe(303);
    const { text: told } = await room.get('/client/sources');
    expect(told).toContain('Salary or wages');
    expect(told).toContain('60000.00 to 70000.00 EUR');
    await inState('in_review');
    const desk = await browserOf(officers[0], 'staff');
    const { text: shown } = await desk.get(`/staff/cases/${caseId}`);
    const id = /\/sources\/(dsr_[0-9a-f-]+)\/decision/.exec(shown)?.[1] ?? '';
    expect(shown).toContain('Engineer at a shipyard.');
    const silent = await desk.post(`/staff/cases/${caseId}/sources/${id}/decision`, {
      ...{ verdict: 'refuse', note: 'Nobody knows the employer.' },
    });
    expect([silent.status, silent.text.includes('Nobody knows the employer.')]).toEqual([
      422,
      true,
    ]);
    const refused = await desk.post(`/staff/cases/${caseId}/sources/${id}/decision`, {
      ...{ verdict: 'refuse', note: 'Not in the register.', clientReason: 'Of another year.' },
    });
    expect(refused.status).toBe(303);
    const { text: after } = await room.get('/client/sources');
    expect(after).toContain('Of another year.');
    expect(after).not.toContain('register');
  });

  it('show their pages again when a paper is of another type', async () => {
    const { json } = await declare();
    const room = await browserOf(client, 'client');
    await room.get('/client/sources');
    const desk = await browserOf(officers[0], 'staff');
    await desk.get(`/staff/cases/${caseId}`);
    const file = new Blob(['GIF89a'], { type: 'image/png' });
    for (const [browser, path] of [
      [room, `/client/sources/${String(json['id'])}/papers`],
      [desk, `/staff/cases/${caseId}/sources/${String(json['id'])}/papers`],
    ] as const) {
      const fields = { paperKind: 'tax_statement' };
      const wrong = await browser.post(path, fields, { isUpload: true, file });
      expect([path, wrong.status]).toEqual([path, 400]);
      expect(wrong.text).toContain('is neither JPEG, PNG nor PDF');
      expect(wrong.text).toContain('Engineer at a shipyard.');
    }
  });
});
