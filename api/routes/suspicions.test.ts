import { rows } from '../../db/connection';
import { isHeld } from '../../db/payout-gate';
import { Browser, startApi, type Person, type Reply, type TestApi } from '../testing/api';

let api: TestApi;
let mlro: Person;
let other: Person;
beforeAll(async () => {
  api = await startApi();
  mlro = await api.staff(['mlro']);
  other = await api.staff(['mlro']);
});
afterAll(() => api.close());

const reports = '/api/v1/suspicion-reports';
const today = new Date().toISOString().slice(0, 10);

interface Drafted {
  readonly id: string;
  readonly clientId: string;
  send(action: string, version: number, body?: object, as?: Person): Promise<Reply>;
}

async function draft(hold = true): Promise<Drafted> {
  const { clientId } = await api.client();
  const made = await api.call('POST', reports, {
    as: mlro,
    body: { clientId, grounds: 'Nine deposits.\nNone traded.', hold },
  });
  expect(made.status).toBe(201);
  const id = String(made.json['id']);
  return {
    ...{ id, clientId },
    send: (action, version, body, as = mlro) =>
      api.call('POST', `${reports}/${id}/${action}`, {
        ...{ as, headers: { 'if-match': `"${version}"` } },
        ...(body === undefined ? {} : { body }),
      }),
  };
}

const submission = { authority: 'NCA', reference: 'XCA-0001', asksConsent: true };
const held = (clientId: string) => api.system((tx) => isHeld(tx, clientId));

/** Decides the report's task. */
async function decide({ id }: Drafted, decision: string, as: Person): Promise<Reply> {
  const report = await api.call('GET', `${reports}/${id}`, { as });
  const taskId = String(report.json['taskId']);
  const task = await api.call('GET', `/api/v1/tasks/${taskId}`, { as });
  return api.call('POST', `/api/v1/tasks/${taskId}/decision`, {
    as,
    body: {
      expectedVersion: task.json['version'],
      contentHash: task.json['contentHash'],
      decision,
      reason: 'looked into',
    },
  });
}

/** As if the authority had been asked, or had refused, so many days earlier. */
async function passDays({ id }: Drafted, days: number): Promise<void> {
  await api.system((tx) =>
    rows(
      tx,
      `update suspicion set notice_ends_on = notice_ends_on - :days::int, moratorium_ends_on = moratorium_ends_on - :days::int
       where id = :id`,
      { id, days },
    ),
  );
}

describe('the register of suspicious activity', () => {
  it('is there for the circle alone', async () => {
    const { id } = await draft();
    for (const role of ['compliance', 'senior_approver', 'auditor', 'admin'] as const) {
      const as = await api.staff([role]);
      const one = await api.call('GET', `${reports}/${id}`, { as });
      expect([role, one.status]).toEqual([role, 403]);
      expect((await api.call('GET', reports, { as })).status).toBe(403);
    }
    const elsewhere = await api.staff(['mlro'], ['off']);
    expect((await api.call('GET', `${reports}/${id}`, { as: elsewhere })).status).toBe(404);
    const own = await api.call('GET', `${reports}/${id}`, { as: mlro });
    expect(own.json).toMatchObject({ state: 'draft', grounds: 'Nine deposits.\nNone traded.' });
  });

  it('is changed by nobody of another entity', async () => {
    const { send, id } = await draft(false);
    const stranger = await api.staff(['mlro'], ['off']);
    const { status } = await api.call('PUT', `${reports}/${id}`, {
      ...{ as: stranger, headers: { 'if-match': '"1"' }, body: { grounds: 'Nothing.' } },
    });
    expect(status).toBe(404);
    for (const [action, body] of [
      ['hold', undefined],
      ['submission', submission],
      ['consent', { answer: 'granted', on: today }],
      ['withdrawal', { reason: 'nothing' }],
    ] as const)
      expect([action, (await send(action, 1, body, stranger)).status]).toEqual([action, 404]);
    const own = await api.call('GET', `${reports}/${id}`, { as: mlro });
    expect(own.json).toMatchObject({ state: 'draft', version: 1 });
  });

  it('takes the grounds of a draft again, from whoever has seen them last', async () => {
    const { id, send } = await draft();
    const edit = (version: number, grounds: string) =>
      api.call('PUT', `${reports}/${id}`, {
        ...{ as: mlro, headers: { 'if-match': `"${version}"` } },
        body: { grounds },
      });
    expect((await edit(1, 'Ten.')).json).toMatchObject({ version: 2, grounds: 'Ten.' });
    expect((await edit(1, 'Eleven.')).json).toMatchObject({ code: 'stale' });
    expect((await send('submission', 2, submission)).status).toBe(200);
    expect((await edit(3, 'Twelve.')).json).toMatchObject({ code: 'report_submitted' });
  });

  it('lets nobody lift the hold in the authority’s time, whose silence then is consent', async () => {
    const report = await draft();
    const sent = await report.send('submission', 1, submission);
    expect(sent.json).toMatchObject({
      state: 'submitted',
      consent: 'asked',
      reference: 'XCA-0001',
    });
    expect(String(sent.json['noticeEndsOn']) > today).toBe(true);
    expect((await decide(report, 'lift', other)).json).toMatchObject({
      code: 'consent_outstanding',
      by: 'notice',
    });
    expect(await held(report.clientId)).toBe(true);
    await passDays(report, 15);
    // Nor does the one who set it, then.
    expect((await decide(report, 'lift', mlro)).json).toMatchObject({ code: 'four_eyes' });
    expect((await decide(report, 'lift', other)).status).toBe(200);
    expect(await held(report.clientId)).toBe(false);
    const closed = await api.call('GET', `${reports}/${report.id}`, { as: mlro });
    expect(closed.json).toMatchObject({ state: 'closed', outcome: 'lifted' });
  });

  it('binds for the moratorium once the authority refused', async () => {
    const report = await draft();
    await report.send('submission', 1, submission);
    const refused = await report.send('consent', 2, { answer: 'refused', on: today });
    expect(refused.json).toMatchObject({ consent: 'refused' });
    const ends = Date.parse(String(refused.json['moratoriumEndsOn']));
    expect((ends - Date.parse(today)) / 86_400_000).toBe(30);
    expect((await decide(report, 'lift', other)).json).toMatchObject({
      code: 'consent_outstanding',
      by: 'moratorium',
    });
    await passDays(report, 31);
    expect((await decide(report, 'lift', other)).status).toBe(200);
    expect(await held(report.clientId)).toBe(false);
  });

  it('keeps the hold where the circle says so', async () => {
    const report = await draft();
    await report.send('submission', 1, submission);
    await report.send('consent', 2, { answer: 'granted', on: today });
    expect((await decide(report, 'keep_hold', mlro)).status).toBe(200);
    expect(await held(report.clientId)).toBe(true);
  });

  it.each([
    [{ answer: 'refused', on: '2999-01-01' }, 422, 'in_the_future'],
    [{ answer: 'refused', on: 'yesterday' }, 400, 'malformed'],
  ] as const)('refuses the answer %j', async (body, status, code) => {
    const report = await draft(false);
    await report.send('submission', 1, submission);
    expect(await report.send('consent', 2, body)).toMatchObject({ status, json: { code } });
  });

  it('takes no answer of an authority that was not asked', async () => {
    const report = await draft(false);
    await report.send('submission', 1, { ...submission, asksConsent: false });
    expect((await report.send('consent', 2, { answer: 'granted', on: today })).json).toMatchObject({
      code: 'not_asked',
    });
  });

  it('closes a draft that is not sent, and lifts its hold by another person', async () => {
    const report = await draft();
    const reason = { reason: 'explained' };
    expect((await report.send('withdrawal', 1, reason)).json).toMatchObject({ code: 'four_eyes' });
    expect((await report.send('withdrawal', 1, reason, other)).json).toMatchObject({
      state: 'closed',
      outcome: 'lifted',
    });
    expect(await held(report.clientId)).toBe(false);
  });

  it('holds a client later, once', async () => {
    const report = await draft(false);
    expect(await held(report.clientId)).toBe(false);
    expect((await report.send('hold', 1)).status).toBe(200);
    expect(await held(report.clientId)).toBe(true);
    expect((await report.send('hold', 2)).json).toMatchObject({ code: 'held_already' });
  });
});

describe('the pages of the register', () => {
  it('lead from a draft to its submission and its answer', async () => {
    const { clientId } = await api.client();
    const browser = new Browser(api.url);
    await browser.logIn('staff', mlro.email);
    const form = await browser.get(`/staff/suspicions/new?client=${clientId}`);
    expect(form.text).toContain(clientId);
    const made = await browser.post('/staff/suspicions/new', {
      client: clientId,
      grounds: 'Money in, money out',
      hold: 'yes',
    });
    expect(made.status).toBe(303);
    const at = made.headers.get('location') ?? '';
    const shown = await browser.get(at);
    expect(shown.text).toContain('Money in, money out');
    expect(shown.text).toContain('the client is held');
    const wrong = await browser.post(`${at}/submission`, {
      ...{ version: '1', authority: 'NCA', reference: '', asksConsent: 'yes' },
    });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('value="NCA"');
    const sent = await browser.post(`${at}/submission`, {
      ...{ version: '1', authority: 'NCA', reference: 'XCA-7', asksConsent: 'yes' },
    });
    expect(sent.status).toBe(303);
    const after = await browser.get(at);
    expect(after.text).toContain('Nothing may be lifted before the end of');
    expect((await browser.get('/staff/suspicions')).text).toContain('XCA-7');
    expect((await browser.get('/staff/aml-alerts')).status).toBe(200);
  });

  it('are none of other colleagues’', async () => {
    const compliance = await api.staff(['compliance', 'auditor', 'admin']);
    const browser = new Browser(api.url);
    await browser.logIn('staff', compliance.email);
    expect((await browser.get('/staff')).text).not.toContain('/staff/suspicions');
    expect((await browser.get('/staff/suspicions')).status).toBe(403);
    expect((await browser.get('/staff/aml-alerts')).status).toBe(403);
  });
});
